"""Files as a project keeps them: Django's own storage for local files, which is not watched here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .pictures import no_files


@pytest.fixture(autouse=True)
def _plain_files(media: Path, settings) -> Iterator[None]:
    """Keep files by a plain `FileSystemStorage`, and leave nothing in memory."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(media)}}
    settings.STORAGES = settings.STORAGES | {"default": options}
    yield
    no_files()
