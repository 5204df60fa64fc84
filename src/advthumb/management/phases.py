"""Measures the phases of a run in all of its threads, and limits how many sources are rendered at a time."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import BoundedSemaphore, Lock
from time import perf_counter

from advthumb.generation import Phase


class PhaseTimer:
    """A `PhaseHook` that measures every phase and limits how many sources are rendered at a time.

    Args:
        renderers: How many sources may be rendered at a time. One for each processor is enough, because
            imaging libraries release the GIL while they work.
        clock: Returns the time in seconds.
    """

    def __init__(self, renderers: int, clock: Callable[[], float] = perf_counter) -> None:
        self._renderers = BoundedSemaphore(renderers)
        self._clock = clock
        self._lock = Lock()
        self._running: Counter[Phase] = Counter()
        self._seconds = dict.fromkeys(Phase, 0.0)
        self._counted_until = clock()

    @contextmanager
    def __call__(self, phase: Phase) -> Iterator[None]:
        """Return the context manager for one phase."""
        with self._renderers if phase is Phase.RENDER else nullcontext():
            self._count(phase, 1)
            try:
                yield
            finally:
                self._count(phase, -1)

    @property
    def seconds(self) -> dict[Phase, float]:
        """The time of each phase until now, summed over all threads. Waiting to render is not counted."""
        with self._lock:
            self._count_until_now()
            return dict(self._seconds)

    def _count(self, phase: Phase, entered: int) -> None:
        with self._lock:
            self._count_until_now()
            self._running[phase] += entered

    def _count_until_now(self) -> None:
        now = self._clock()
        for phase, threads in self._running.items():
            self._seconds[phase] += threads * (now - self._counted_until)
        self._counted_until = now
