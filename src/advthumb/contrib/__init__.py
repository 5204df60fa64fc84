"""Integrations with other parts of Django and other packages; each module imports what it is named after."""
