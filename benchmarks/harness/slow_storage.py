"""A storage in memory whose calls wait and are counted, as if each were a request over a network."""

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import ClassVar

from django.core.files.storage import Storage

from advthumb.storages.adapters import FileLook, StorageAdapter

_PAGE = 1000


class SlowStorage(Storage):
    """Knows sizes and times of files, and no content.

    Args:
        call_seconds: How long each call takes.

    Attributes:
        calls: The number of calls: `look` and `list`.
    """

    def __init__(self, call_seconds: float) -> None:
        self.calls: Counter[str] = Counter()
        self._call_seconds = call_seconds
        self._lock = Lock()
        self._files: dict[str, FileLook] = {}
        self._names: list[str] = []

    def put(self, size: int, modified: datetime, names: Sequence[str]) -> None:
        """Add files of one size and time."""
        self._files.update(dict.fromkeys(names, FileLook(size, modified)))
        self._names = sorted(self._files)

    def look(self, name: str) -> FileLook | None:
        """Return size and time of a file."""
        self._wait("look")
        return self._files.get(name)

    def list_after(self, name: str) -> list[tuple[str, FileLook]]:
        """Return a page of the listing."""
        self._wait("list")
        start = bisect_right(self._names, name)
        return [(found, self._files[found]) for found in self._names[start : start + _PAGE]]

    def _wait(self, kind: str) -> None:
        with self._lock:
            self.calls[kind] += 1
        time.sleep(self._call_seconds)


class LookingAdapter(StorageAdapter):
    """Makes one call for each file."""

    def look(self, name: str) -> FileLook | None:
        """Make one call."""
        found: FileLook | None = self.storage.look(name)
        return found

    look_at_time = look


class ListingAdapter(LookingAdapter):
    """Makes one call for up to 1000 files."""

    lists: ClassVar[bool] = True

    def list_after(self, key: str) -> list[tuple[str, FileLook]]:
        """Make one call."""
        page: list[tuple[str, FileLook]] = self.storage.list_after(key)
        return page
