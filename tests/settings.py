"""Settings of the test project: SQLite, or the database of ADVTHUMB_TEST_DATABASE_URL.

For PostgreSQL: `ADVTHUMB_TEST_DATABASE_URL=postgresql://user@127.0.0.1/name`; test databases are
made beside the named one.
"""

import os
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit


def _database(name: str) -> dict[str, object]:
    url = urlsplit(os.environ.get("ADVTHUMB_TEST_DATABASE_URL", ""))
    if not url.scheme:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        "TEST": {"NAME": f"test_advthumb_{name}"},
    }


SECRET_KEY = "tests only"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "advthumb",
    "tests.testapp",
    "tests.consistency",
]
DATABASES = {"default": _database("default"), "other": _database("other")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
MEDIA_ROOT = Path(tempfile.gettempdir()) / f"advthumb-outside-of-tests-{os.getpid()}"
MEDIA_URL = "/media/"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
