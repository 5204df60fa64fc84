"""The commands as Django finds them, one module each."""
