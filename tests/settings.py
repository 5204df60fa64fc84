"""Settings of the test project: SQLite, files in memory unless a test says otherwise."""

SECRET_KEY = "tests only"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "advthumb",
    "tests.testapp",
]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
MEDIA_URL = "/media/"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
