"""Large sources take turns, so that one process holds only a few of them in memory at the same time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from . import conf

LARGE = 20_000_000
"""A decoded source with more pixels than this is large."""


class _Turns:
    """Counts the large decodes that are running; the others wait."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.running = 0


_turns = _Turns()


def _renew() -> None:
    """Start with a count of zero in a forked process: the threads that had a turn are not in it."""
    global _turns  # noqa: PLW0603
    _turns = _Turns()


os.register_at_fork(after_in_child=_renew)


@contextmanager
def turn(pixels: int) -> Iterator[None]:
    """Wait until a source may be decoded, and take its turn until the block ends.

    Args:
        pixels: How many pixels it has once it is decoded.
    """
    if pixels <= LARGE:
        yield
        return
    turns = _turns
    with turns.changed:
        turns.changed.wait_for(lambda: turns.running < conf.max_large_decodes())
        turns.running += 1
    try:
        yield
    finally:
        with turns.changed:
            turns.running -= 1
            turns.changed.notify()
