"""Template tags: `{% load advthumb %}`."""
