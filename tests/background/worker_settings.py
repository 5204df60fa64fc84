"""A site with workers: its files and cache are in the folder ADVTHUMB_SITE.

Its database is that of ADVTHUMB_TEST_DATABASE_URL, or SQLite in the same folder.
"""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES as _DATABASES
from tests.settings import INSTALLED_APPS as _APPS

from .worker_backends import BACKEND, QUEUE

_SITE = Path(os.environ["ADVTHUMB_SITE"])
INSTALLED_APPS = [*_APPS, *BACKEND.apps]
DATABASES = {"default": _DATABASES["default"]}
if not os.environ["ADVTHUMB_TEST_DATABASE_URL"]:
    DATABASES["default"] |= {
        "NAME": _SITE / "db.sqlite3",
        "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"},
    }
MEDIA_ROOT = _SITE / "media"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(_SITE / "cache"),
    }
}
TASKS = {"default": {"BACKEND": BACKEND.backend, "QUEUES": [QUEUE], "OPTIONS": BACKEND.options}}
ADVANCE_THUMBNAIL_TASK = {"queue": QUEUE, "priority": int(os.environ.get("ADVTHUMB_WORKER_PRIORITY", "0"))}
ADVANCE_THUMBNAIL_MODE = "task"
globals().update(BACKEND.settings)
