"""What the adapters for the object stores of django-storages have in common."""

import posixpath

from django.core.files.base import ContentFile
from django.core.files.utils import validate_file_name

from .adapters import StorageAdapter


class ObjectStoreAdapter(StorageAdapter):
    """Knows the keys under which a storage of django-storages keeps its files."""

    def key(self, name: str) -> str:
        """Return the key of a file."""
        key: str = self.storage._normalize_name(posixpath.normpath(name).replace("\\", "/"))  # noqa: SLF001
        return key

    @property
    def _start(self) -> str:
        """What all keys start with; empty if the storage has the whole bucket."""
        start: str = self.storage._normalize_name("")  # noqa: SLF001 - no public name
        return start

    def save(self, name: str, data: bytes, max_length: int | None) -> str:
        """Store a file without asking for a free name first: the name is new."""
        validate_file_name(name, allow_relative_path=True)
        stored: str = self.storage._save(name, ContentFile(data, name))  # noqa: SLF001
        return stored
