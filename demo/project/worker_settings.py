"""Settings of `dev.py demo --workers`: the saves enqueue tasks, and workers make the thumbnails."""

import django

from .settings import *  # noqa: F403
from .settings import INSTALLED_APPS as _APPS
from .settings import SITE

QUEUE = "thumbnails"

# Django has the framework since 6.0; before, it is an app.
INSTALLED_APPS = [*_APPS, *([] if django.VERSION >= (6, 0) else ["django_tasks"]), "django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": [QUEUE]}}
ADVANCE_THUMBNAIL_TASK = {"queue": QUEUE}
ADVANCE_THUMBNAIL_MODE = "task"
ADVANCE_THUMBNAIL_OBSERVER = "project.notes.Notes"

# Several processes write. Without IMMEDIATE, SQLite refuses a transaction that reads before it writes.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SITE / "db.sqlite3",
        "OPTIONS": {
            "timeout": 60,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
# One cache for all processes, as `advthumb.W011` asks for.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": SITE / "cache",
    }
}
