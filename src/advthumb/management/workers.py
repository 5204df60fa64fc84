"""The threads that make thumbnails for a command."""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

from django.db import connections

JobT = TypeVar("JobT")


class WorkerPool(Generic[JobT]):
    """Threads that process jobs and return each job when it is done, in any order.

    Use it as a context manager. At the end, it waits for the jobs that have started, except after a second
    Ctrl-C. After an exception, jobs that have not started are dropped. Threads are started only when there
    are jobs for them, because most runs find nothing to do.

    Args:
        size: The maximum number of threads.
        work: Called with each job in one of the threads. It must not raise.
    """

    def __init__(self, size: int, work: Callable[[JobT], None]) -> None:
        self._size = size
        self._work = work
        self._waiting: SimpleQueue[JobT | None] = SimpleQueue()
        self._done: SimpleQueue[JobT] = SimpleQueue()
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        """Return the pool itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the threads."""
        with suppress(Empty):
            while True:
                self._waiting.get_nowait()
        for _ in self._threads:
            self._waiting.put(None)
        if kind is not KeyboardInterrupt:
            for thread in self._threads:
                thread.join()

    def begin(self, job: JobT) -> None:
        """Give a job to the next free thread."""
        self._waiting.put(job)
        if len(self._threads) < self._size:
            self._start_thread()

    def grow(self, size: int) -> None:
        """Raise the maximum number of threads, and start some for the jobs that wait.

        Args:
            size: The new maximum. A lower one changes nothing.
        """
        self._size = max(size, self._size)
        for _ in range(min(self._size - len(self._threads), self._waiting.qsize())):
            self._start_thread()

    def _start_thread(self) -> None:
        # A daemon thread: otherwise the interpreter would wait for it after a second Ctrl-C.
        thread = Thread(target=self._serve, name="advthumb", daemon=True)
        self._threads.append(thread)
        thread.start()

    def finished(self, patience: float) -> JobT | None:
        """Return a job that is done; None if there is none after `patience` seconds."""
        try:
            return self._done.get(timeout=patience) if patience else self._done.get_nowait()
        except Empty:
            return None

    def _serve(self) -> None:
        try:
            while (job := self._waiting.get()) is not None:
                try:
                    self._work(job)
                finally:
                    self._done.put(job)
                    del job  # else a thread that waits keeps its last job, with all that belongs to it
        finally:
            # A project's `upload_to` may have used a database connection in this thread.
            connections.close_all()
