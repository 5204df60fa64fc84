"""Calls a function with many items in several threads, and returns the results in the order of the items."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from .workers import WorkerPool

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_AHEAD = 2
"""How many items may be begun for each thread, so that no thread waits for the caller."""

_PATIENCE = 0.25
"""Seconds between two chances for Ctrl-C."""


class _Task(Generic[ItemT, ResultT]):
    """One call."""

    def __init__(self, work: Callable[[ItemT], ResultT], item: ItemT) -> None:
        self.is_done = False
        self._work = work
        self._item = item
        self._result: ResultT
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call. What it raises is kept: not even a SystemExit of a storage may end the thread."""
        try:
            self._result = self._work(self._item)
        except BaseException as error:  # noqa: BLE001 - `result` raises it in the thread that waits
            self._error = error

    def result(self) -> ResultT:
        """Return what the call returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result


def in_order(items: Iterable[ItemT], work: Callable[[ItemT], ResultT], threads: int) -> Iterator[ResultT]:
    """Yield `work(item)` for each item, in order. The items are taken in the calling thread, a few ahead.

    Args:
        items: The items.
        work: Called in one of the threads.
        threads: The maximum number of threads.
    """
    begun: deque[_Task[ItemT, ResultT]] = deque()
    with WorkerPool[_Task[ItemT, ResultT]](threads, _Task.run) as pool:
        for item in items:
            begun.append(_Task(work, item))
            pool.begin(begun[-1])
            if len(begun) == threads * _AHEAD:
                yield _first(begun, pool)
        while begun:
            yield _first(begun, pool)


def _first(begun: deque[_Task[ItemT, ResultT]], pool: WorkerPool[_Task[ItemT, ResultT]]) -> ResultT:
    """Wait for the first task and return its result."""
    while not begun[0].is_done:
        finished = pool.finished(_PATIENCE)
        if finished is not None:
            finished.is_done = True
    return begun.popleft().result()
