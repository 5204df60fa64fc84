"""Settings of the test project: SQLite, or the database of ADVTHUMB_TEST_DATABASE_URL.

For PostgreSQL: `ADVTHUMB_TEST_DATABASE_URL=postgresql://user@127.0.0.1/name`, for MySQL and MariaDB:
`mysql://user@127.0.0.1/name`; test databases are created beside the named one.
"""

import os
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit


def _database(name: str) -> dict[str, object]:
    url = urlsplit(os.environ.get("ADVTHUMB_TEST_DATABASE_URL", ""))
    if not url.scheme:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    if url.scheme == "mysql":
        _use_pymysql()
    return {
        "ENGINE": f"django.db.backends.{url.scheme}",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        "TEST": {"NAME": f"test_advthumb_{name}"},
    }


def _use_pymysql() -> None:
    """Let PyMySQL, which needs no compiler, pass as mysqlclient, whose version Django checks."""
    import pymysql

    pymysql.version_info = (2, 2, 8, "final", 0)
    pymysql.install_as_MySQLdb()


SECRET_KEY = "tests only"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "advthumb",
    "tests.testapp",
    "tests.consistency",
]
DATABASES = {"default": _database("default"), "other": _database("other")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["advthumb.W003"]  # one model has a storage that cannot be inspected
USE_TZ = True
MEDIA_ROOT = Path(tempfile.gettempdir()) / f"advthumb-outside-of-tests-{os.getpid()}"
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
ROOT_URLCONF = "tests.testapp.urls"
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
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
