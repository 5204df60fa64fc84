"""A file storage that counts what is asked of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.files.storage import FileSystemStorage
from django.test import override_settings


class CountingStorage(FileSystemStorage):
    """Django's file storage; `calls` counts by the name of the method, urls aside."""

    calls: ClassVar[Counter[str]] = Counter()

    def _open(self, name: str, mode: str = "rb") -> Any:
        self.calls["open"] += 1
        return super()._open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        self.calls["save"] += 1
        return super()._save(name, content)

    def exists(self, name: str) -> bool:
        """Count, and look."""
        self.calls["exists"] += 1
        return super().exists(name)

    def size(self, name: str) -> int:
        """Count, and look."""
        self.calls["size"] += 1
        return super().size(name)

    def get_modified_time(self, name: str) -> Any:
        """Count, and look."""
        self.calls["get_modified_time"] += 1
        return super().get_modified_time(name)


@contextmanager
def storage_calls() -> Iterator[Counter[str]]:
    """Put a storage that counts in the place of the default one; what is timed has the usual one."""
    counting = {"default": {"BACKEND": f"{__name__}.{CountingStorage.__name__}"}}
    with override_settings(STORAGES=counting):
        CountingStorage.calls.clear()
        yield CountingStorage.calls
