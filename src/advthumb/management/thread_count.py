"""How many threads a run has: more than at the start if the processors wait for a slow storage."""

from collections.abc import Callable
from math import ceil
from time import monotonic, process_time
from typing import NamedTuple, Self

from advthumb.generation import Phase

from .phases import PhaseTimer

THREADS_PER_WORKER = 3
"""How many threads there are for each renderer at the start: while one renders, others read and store."""

MOST_THREADS_PER_WORKER = 8
"""How many there may be in the end. Each may hold one source in memory."""

_BUSY = 0.85
"""Processors that are busy for more than this share of the time gain nothing from more threads."""

_WAITING = 0.7
"""Threads that wait for the storage for less than this share of the time have other things to wait for."""

_GROWTH = 1.5
_SECONDS = 0.25
"""How long the threads are watched before their number changes."""


class Usage(NamedTuple):
    """What the threads of a run did, in seconds: since its start, or in a part of it.

    Attributes:
        wall: How long it took.
        processor: The processor time of this process.
        rendering: The time of all renderers, which may be other processes.
        storage: The time that all threads spent to read sources and to store thumbnails.
    """

    wall: float
    processor: float
    rendering: float
    storage: float

    def since(self, before: Self) -> "Usage":
        """Return what was done between two moments."""
        return Usage(*(now - then for now, then in zip(self, before, strict=True)))


def threads_wanted(threads: int, workers: int, usage: Usage) -> int:
    """Return how many threads a run should have from now on.

    Args:
        threads: How many it has.
        workers: How many sources may be rendered at a time.
        usage: What the threads did in the last moments.
    """
    busy = max(usage.processor, usage.rendering) / (usage.wall * workers)
    waiting = usage.storage / (usage.wall * threads)
    if busy > _BUSY or waiting < _WAITING:
        return threads
    return min(ceil(threads * _GROWTH), workers * MOST_THREADS_PER_WORKER)


class ThreadCount:
    """Watches a run, and changes its number of threads.

    Args:
        workers: How many sources may be rendered at a time.
        timer: Measures the phases of the run.
        clock: Returns the time in seconds.

    Attributes:
        threads: How many threads the run should have.
    """

    def __init__(self, workers: int, timer: PhaseTimer, clock: Callable[[], float] = monotonic) -> None:
        self.threads = workers * THREADS_PER_WORKER
        self._workers = workers
        self._timer = timer
        self._clock = clock
        self._before = self._usage()

    def update(self) -> int:
        """Return how many threads the run should have. Call this often."""
        if self._clock() - self._before.wall > _SECONDS:
            now = self._usage()
            self.threads = threads_wanted(self.threads, self._workers, now.since(self._before))
            self._before = now
        return self.threads

    def _usage(self) -> Usage:
        seconds = self._timer.seconds
        storage = seconds[Phase.READ] + seconds[Phase.STORE]
        return Usage(self._clock(), process_time(), seconds[Phase.RENDER], storage)
