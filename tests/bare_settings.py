"""A project that has only advthumb installed, under its old name."""

SECRET_KEY = "tests only"
INSTALLED_APPS = ["django_advance_thumbnail"]
USE_TZ = True
