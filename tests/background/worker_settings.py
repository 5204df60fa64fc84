"""A site with workers: its database, files and cache are in the folder ADVTHUMB_SITE."""

import os
from pathlib import Path

import django

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as _APPS

_SITE = Path(os.environ["ADVTHUMB_SITE"])
INSTALLED_APPS = [*_APPS, *([] if django.VERSION >= (6, 0) else ["django_tasks"]), "django_tasks_db"]
if not os.environ.get("ADVTHUMB_TEST_DATABASE_URL"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": _SITE / "db.sqlite3",
            "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"},
        },
    }
MEDIA_ROOT = _SITE / "media"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(_SITE / "cache"),
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
ADVANCE_THUMBNAIL_MODE = "task"
