"""What a command changes about its process while it runs: Ctrl-C, and logging's last resort."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Have the first Ctrl-C set an event, so that the rows being made are finished.

    The second one interrupts at once, as ever. A program that handles the signal by itself, and
    a command in another thread, are left alone.
    """
    usual = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) != usual:
        yield
        return

    def on_first(*_args: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, on_first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def errors_not_repeated(stream: TextIO) -> Iterator[None]:
    """Keep Python from printing the errors that the command reports by itself; warnings still are.

    Where a project configures no logging, Python prints whatever is logged on stderr.
    """
    logger = logging.getLogger("advthumb")
    if logger.hasHandlers():
        yield
        return
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: record.levelno < logging.ERROR)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
