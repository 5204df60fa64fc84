"""The processes of one engine: started when needed, used again, and replaced after a number of pictures."""

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from .processes import Process, Time


class BusyError(Exception):
    """No process became free in time."""


class Pool:
    """Starts processes when they are needed, up to a limit. When all are busy, callers wait.

    Args:
        start: Starts a process and waits until it is ready.
        most: The maximum number of processes.
        pictures: A process is replaced after this many pictures, because libraries leak memory.
    """

    def __init__(self, start: Callable[[], Process], most: int, pictures: int) -> None:
        self._start = start
        self._most = most
        self._pictures = pictures
        self.forget()
        _pools.add(self)

    def forget(self) -> None:
        """Start with no processes: when the pool is created, and in a process that has just been forked."""
        self._changed = Condition()
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._starting = 0

    @contextmanager
    def borrowed(self, time: Time, source: bytes | None = None) -> Iterator[Process]:
        """Lend a process to one caller. Any exception in the `with` block ends the process.

        Args:
            time: How long to wait for a free process. The start of a new process does not count.
            source: A process that already holds this source is preferred.

        Raises:
            BusyError: No process became free in time.
        """
        process = self._taken(time, source)
        try:
            yield process
        except BaseException:
            self._returned(process, sound=False)
            raise
        self._returned(process, sound=process.is_ready())

    def _taken(self, time: Time, source: bytes | None) -> Process:
        with self._changed:
            while not self._idle and len(self._busy) + self._starting >= self._most:
                if not self._changed.wait(time.left()):
                    raise BusyError
            while self._idle:
                holding = (process for process in self._idle if source and process.holds is source)
                process = next(holding, self._idle[-1])
                self._idle.remove(process)
                if self._can_serve(process, source):
                    self._busy.add(process)
                    return process
                process.end()
            self._starting += 1
        try:
            with time.stopped():
                process = self._start()
        except BaseException:
            with self._changed:
                self._starting -= 1
                self._changed.notify()
            raise
        with self._changed:
            self._starting -= 1
            self._busy.add(process)
        return process

    def _can_serve(self, process: Process, source: bytes | None) -> bool:
        finishes = source is not None and process.holds is source
        return process.is_ready() and (finishes or process.pictures < self._pictures)

    def _returned(self, process: Process, *, sound: bool) -> None:
        if not sound:
            process.end()
        with self._changed:
            self._busy.discard(process)
            if sound:
                self._idle.append(process)
            self._changed.notify()


_pools: "weakref.WeakSet[Pool]" = weakref.WeakSet()


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()


os.register_at_fork(after_in_child=_forget_all)
