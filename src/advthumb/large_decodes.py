"""Large sources take turns: the memory of one process holds a few of them, and no more, at the same time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from . import conf

LARGE = 20_000_000
"""Pixels from which on a decoded source is large."""


class _Turns:
    """Counts who is at it; everybody else waits."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.running = 0


_turns = _Turns()


def _renew() -> None:
    """Begin anew in a process that was just forked: who held a turn is not in it."""
    global _turns  # noqa: PLW0603
    _turns = _Turns()


os.register_at_fork(after_in_child=_renew)


@contextmanager
def turn(pixels: int) -> Iterator[None]:
    """Wait until a source may be decoded, and let nobody else begin meanwhile if there are enough.

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
