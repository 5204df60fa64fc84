"""Files as a project keeps them: in Django's own storage for local files, without counting calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .pictures import no_files


@pytest.fixture(autouse=True)
def _plain_files(media: Path, settings) -> Iterator[None]:
    """Keep files in a plain `FileSystemStorage`, and empty the storages in memory."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(media)}}
    settings.STORAGES = settings.STORAGES | {"default": options}
    yield
    no_files()
