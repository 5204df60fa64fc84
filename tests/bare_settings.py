"""A project that has nothing but advthumb, under its old name."""

SECRET_KEY = "tests only"
INSTALLED_APPS = ["django_advance_thumbnail"]
USE_TZ = True
