"""Limits the bytes of uploads that this process holds for a later save."""

import os
import threading
import weakref
from collections.abc import Callable

from advthumb.generation import Source

MAX_WAITING = 8 * 2**20
"""How many bytes of uploads may wait in this process, not counting the newest one of each thread."""

_NOTHING: "tuple[Callable[[], Source | None], int]" = (lambda: None, 0)


class UploadMemory:
    """Limits the bytes of uploads whose row is not saved yet: the oldest are dropped.

    The newest upload of each thread is not counted, because most are rendered right away. But an upload above
    the limit is kept only while its row is being saved.

    Args:
        limit: Bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.RLock()  # the garbage collector may call `_forget` during `add`
        self._total = 0
        self._counted: dict[int, tuple[weakref.ref[Source], int]] = {}
        self._newest = threading.local()

    def go_on_after_fork(self) -> None:
        """Make a new lock and count again: a thread that held the old lock is not in the new process."""
        self._lock = threading.RLock()
        self._total = sum(size for _, size in self._counted.values())

    def add(self, source: Source, size: int, *, in_a_save: bool) -> None:
        """Hold an upload; older ones may be dropped to make room."""
        last: tuple[Callable[[], Source | None], int] = getattr(self._newest, "upload", _NOTHING)
        self._newest.upload = weakref.ref(source), size
        if size > self._limit and not in_a_save:
            source.drop()
        with self._lock:
            self._count(*last)
            while self._total > self._limit:
                oldest = self._counted[next(iter(self._counted))][0]()
                if oldest is not None:
                    oldest.drop()
                    self.remove(oldest)

    def _count(self, reference: Callable[[], Source | None], size: int) -> None:
        source = reference()
        if source is not None and size:
            key = id(source)
            self._counted[key] = weakref.ref(source, lambda _gone: self._forget(key)), size
            self._total += size

    def remove(self, source: Source) -> None:
        """Stop counting an upload, if it was counted."""
        self._forget(id(source))
        last: tuple[Callable[[], Source | None], int] = getattr(self._newest, "upload", _NOTHING)
        if last[0]() is source:
            self._newest.upload = _NOTHING

    def _forget(self, key: int) -> None:
        with self._lock:
            self._total -= self._counted.pop(key, (None, 0))[1]


memory = UploadMemory(MAX_WAITING)
"""The uploads that wait in this process."""

os.register_at_fork(after_in_child=memory.go_on_after_fork)
