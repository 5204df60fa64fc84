"""The project that the django-stubs plugin loads."""

SECRET_KEY = "type checks only"
INSTALLED_APPS = ["django.contrib.contenttypes", "advthumb", "typing_tests"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
