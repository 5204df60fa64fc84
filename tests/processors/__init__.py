"""Processors: the pixels that each of them makes, and what one of your own must be."""
