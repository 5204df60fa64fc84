"""A file storage that counts its calls."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, ClassVar
from unittest.mock import patch

from django.core.files.storage import FileSystemStorage
from django.test import override_settings


class CountingStorage(FileSystemStorage):
    """Django's file storage; `calls` counts by the name of the method, except urls."""

    calls: ClassVar[Counter[str]] = Counter()

    def _open(self, name: str, mode: str = "rb") -> Any:
        self.calls["open"] += 1
        return super()._open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        self.calls["save"] += 1
        return super()._save(name, content)

    def exists(self, name: str) -> bool:
        """Count the call, and make it."""
        self.calls["exists"] += 1
        return super().exists(name)

    def size(self, name: str) -> int:
        """Count the call, and make it."""
        self.calls["size"] += 1
        return super().size(name)

    def get_modified_time(self, name: str) -> Any:
        """Count the call, and make it."""
        self.calls["get_modified_time"] += 1
        return super().get_modified_time(name)


@contextmanager
def storage_calls() -> Iterator[Counter[str]]:
    """Replace the default storage with one that counts; timed runs have the usual one."""
    counting = {"default": {"BACKEND": f"{__name__}.{CountingStorage.__name__}"}}
    with override_settings(STORAGES=counting):
        CountingStorage.calls.clear()
        yield CountingStorage.calls


@contextmanager
def file_calls() -> Iterator[Counter[str]]:
    """Count the calls of every file storage, also of those that a package created itself.

    Making a URL is not counted, because it does not access the disk.
    """
    calls: Counter[str] = Counter()
    with ExitStack() as stack:
        for method in ("_open", "_save", "exists", "size", "get_modified_time", "delete", "listdir"):
            stack.enter_context(patch.object(FileSystemStorage, method, _counting(method, calls)))
        yield calls


def _counting(method: str, calls: Counter[str]) -> Any:
    original = getattr(FileSystemStorage, method)

    @wraps(original)
    def counted(*arguments: Any, **options: Any) -> Any:
        calls[method.lstrip("_")] += 1
        return original(*arguments, **options)

    return counted
