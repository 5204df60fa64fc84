"""Thumbnails in other parts of Django and in other packages; each module imports what it is named for."""
