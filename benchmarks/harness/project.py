"""The Django project of a worker process: one contender with its own database and media."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections


def set_up(module: str, folder: str, apps: Sequence[str], extra: Mapping[str, object]) -> ModuleType:
    """Set Django up for a contender, create its tables, and return its module."""
    place = Path(folder)
    (place / "uploads").mkdir(parents=True)
    settings.configure(
        SECRET_KEY="benchmarks",  # noqa: S106 - nothing is signed here
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "contenders", *apps],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": place / "db.sqlite3"},
            "memory": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        },
        MEDIA_ROOT=place / "media",
        MEDIA_URL="/media/",
        STORAGES={"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}},
        FILE_UPLOAD_TEMP_DIR=place / "uploads",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        **extra,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    contender = import_module(f"contenders.{module}")
    for name in ("Single", "Triple"):
        model = getattr(contender, name, None)
        for alias in connections if model else ():
            with connections[alias].schema_editor() as editor:
                editor.create_model(model)
    return contender
