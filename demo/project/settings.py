"""Settings of the demo: SQLite and files in one folder and a thumbnail size; the environment can set both."""

import os
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent
WORK = DEMO / ".work"
# The database and the media. Every run of the demo first deletes its own, which is in WORK.
SITE = Path(os.environ.get("GALLERY_SITE", WORK / "site"))

SECRET_KEY = "the demo serves 127.0.0.1 only"  # noqa: S105 - nothing to protect
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "advthumb",
    "gallery",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "project.policy.forbid_inline_code",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "project.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": SITE / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
MEDIA_ROOT = SITE / "media"
MEDIA_URL = "media/"
TIME_ZONE = "UTC"

# Simulates changing a size in models.py and restarting the site.
GALLERY_THUMBNAIL_SIZE = int(os.environ.get("GALLERY_THUMBNAIL_SIZE", "300"))
