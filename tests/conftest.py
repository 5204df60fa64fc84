"""Fixtures for every test that saves rows: a place for files, and pictures to save."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.contenttypes.management import create_contenttypes
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.db.models import FileField
from django.db.models.signals import post_migrate
from PIL import Image

from advthumb.engines.pillow import PillowEngine

Upload = Callable[..., ContentFile]


def picture(colour: str = "red", size: tuple[int, int] = (120, 80), image_format: str = "JPEG") -> bytes:
    """Return a small picture of one colour."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, image_format)
    return out.getvalue()


def upload(
    name: str = "a.jpg",
    colour: str = "red",
    size: tuple[int, int] = (120, 80),
    image_format: str = "JPEG",
) -> ContentFile:
    """Return a freshly uploaded picture."""
    return ContentFile(picture(colour, size, image_format), name=name)


def made_later(*thumbnails: object) -> None:
    """Date a local thumbnail a minute later: a tiny one is made within one tick of the clock.

    Otherwise the times do not order it and its source, and the source is read once more.
    """
    for thumbnail in thumbnails:
        path = Path(thumbnail.storage.path(thumbnail.name))  # type: ignore[attr-defined]
        later = path.stat().st_mtime + 60
        os.utime(path, (later, later))


def colour_of(file: object) -> tuple[int, int, int]:
    """Return the colour in the middle of a stored picture."""
    with file.open("rb") as stream, Image.open(stream) as image:  # type: ignore[attr-defined]
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_filled_in_after_a_flush() -> None:
    """Stop Django from writing permissions and content types again after each test with transactions.

    No test needs them, and they took a fifth of the time of such tests.
    """
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    assert post_migrate.disconnect(create_contenttypes)


@pytest.fixture(scope="session", autouse=True)
def _nothing_outlives_its_test() -> Iterator[None]:
    """Fail if files were written outside of any test, by a thread that a test left behind."""
    root = Path(django_settings.MEDIA_ROOT)
    yield
    assert not root.exists(), f"written after a test ended: {[*root.rglob('*')]}"


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Iterator[Path]:
    """Give each test an empty default storage that counts its calls, and empty the storages in memory.

    A test that leaves a thread of a command running fails itself: otherwise the thread would keep writing
    into the storage of the next test, or outside of any test.
    """
    root = tmp_path / "media"
    root.mkdir()
    settings.MEDIA_ROOT = root
    settings.STORAGES = {
        "default": {
            "BACKEND": "tests.testapp.storages.CountingStorage",
            "OPTIONS": {"location": str(root)},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    caches["default"].clear()
    for storage in _storages_in_memory():
        storage._root = type(storage._root)()
    yield root
    left = [thread for thread in threading.enumerate() if thread.name == "advthumb"]
    assert not left, "threads that the test started are still running"


@cache
def _storages_in_memory() -> list[InMemoryStorage]:
    """Return the storages of models that keep files in memory: fields keep a storage across tests."""
    fields = (field for model in apps.get_models() for field in model._meta.get_fields())
    storages = (
        getattr(field.storage, "_files", field.storage) for field in fields if isinstance(field, FileField)
    )
    return [storage for storage in storages if isinstance(storage, InMemoryStorage)]


@pytest.fixture
def stored(media: Path) -> Callable[[str], list[str]]:
    """Return a function that lists the files below a folder of the default storage."""

    def below(folder: str = "") -> list[str]:
        files = (path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())
        return sorted(name for name in files if name.startswith(folder))

    return below


@pytest.fixture
def calls(media: Path) -> Counter[str]:
    """Return the counted calls of the default storage, for all models that use it."""
    return default_storage.calls


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list to which every decoded source is added."""
    decoded = []
    decode = PillowEngine._decode

    def counting(self: PillowEngine, *args: object) -> object:
        decoded.append(args)
        return decode(self, *args)

    monkeypatch.setattr(PillowEngine, "_decode", counting)
    return decoded
