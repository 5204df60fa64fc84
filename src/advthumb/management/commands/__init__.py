"""The commands, one module each, where Django finds them."""
