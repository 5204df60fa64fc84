"""Process-wide changes while a command runs: the handling of Ctrl-C, and logging's handler of last resort."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Make the first Ctrl-C set an event, so that rows which have started are finished.

    The second Ctrl-C interrupts immediately, as usual. Nothing is changed if the program has its own signal
    handler, or if the command runs outside the main thread.
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
    """Keep Python from printing errors that the command already reports; warnings are still printed.

    If a project does not configure logging, Python prints log messages on stderr.
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
