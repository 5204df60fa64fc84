"""Times each phase of the work on thumbnails, and reports it to the observer of the project, if there is one.

`ADVANCE_THUMBNAIL_OBSERVER` names the observer. It is called with one `Observation` after each phase.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from time import perf_counter
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from . import conf
from .core.errors import ThumbnailError
from .core.sniffing import sniff

__all__ = ["Observation"]

logger = logging.getLogger("advthumb")


@dataclass(frozen=True, slots=True)
class Observation:
    """One phase of the work on the thumbnails of one source.

    Attributes:
        phase: `read` (the source is read from its storage), `render` (it is decoded and its thumbnails are
            made) or `store` (one thumbnail is written to its storage).
        fields: The thumbnail fields that the phase worked for, such as `shop.Product.thumbnail`. A phase
            `store` has one.
        verdicts: Why their thumbnails were due, such as `missing`, in the same order.
        engine: The name of the engine; empty if none was chosen yet.
        format: The format of the source; that of the thumbnail in a phase `store`. Empty if it is unknown.
        bytes: The bytes that were read, rendered or stored; 0 after an error.
        seconds: How long the phase took.
        error: The code of the error that ended the phase, such as `corrupt`; empty if there was none. If the
            phase made several thumbnails, it is the first error among them.
    """

    phase: str
    fields: tuple[str, ...]
    verdicts: tuple[str, ...]
    engine: str
    format: str
    bytes: int
    seconds: float
    error: str


Observer = Callable[[Observation], object]
"""What `ADVANCE_THUMBNAIL_OBSERVER` names. It may be called from several threads at a time."""


class Subject(NamedTuple):
    """A thumbnail that is worked on.

    Attributes:
        field: The label of its field.
        verdict: Why it is due.
    """

    field: str
    verdict: str


UNNAMED = Subject("", "")
"""A thumbnail of no field."""


class PhaseNotes:
    """What becomes known while a phase runs; the attributes are those of `Observation`.

    Attributes:
        source: The bytes of the source, whose format is determined only if there is an observer.
    """

    def __init__(self) -> None:
        self.engine = self.format = self.error = ""
        self.bytes = 0
        self.source = b""


class Watch:
    """Times the work on some thumbnails of one source.

    Args:
        subjects: The thumbnails.
        seconds: The time that was already spent on them.

    Attributes:
        seconds: The time of all phases so far.
    """

    def __init__(self, subjects: Sequence[Subject], seconds: float = 0.0) -> None:
        self._subjects = subjects
        self.seconds = seconds

    @contextmanager
    def phase(self, phase: str) -> Iterator[PhaseNotes]:
        """Time a phase, and report it to the observer when it ends, also with an error."""
        notes = PhaseNotes()
        started = perf_counter()
        try:
            yield notes
        except Exception as error:
            notes.error = str(error.code) if isinstance(error, ThumbnailError) else type(error).__name__
            raise
        finally:
            took = perf_counter() - started
            self.seconds += took
            told = observer()
            if told is not None:
                self._tell(told, phase, notes, took)

    def _tell(self, told: Observer, phase: str, notes: PhaseNotes, seconds: float) -> None:
        image_format = notes.format or (sniff(notes.source) if notes.source else None)
        observation = Observation(
            phase=str(phase),  # not members of enumerations, which some libraries refuse
            fields=tuple(subject.field for subject in self._subjects),
            verdicts=tuple(str(subject.verdict) for subject in self._subjects),
            engine=notes.engine,
            format=str(image_format or ""),
            bytes=notes.bytes,
            seconds=seconds,
            error=notes.error,
        )
        try:
            told(observation)
        except Exception:
            logger.exception("The observer of ADVANCE_THUMBNAIL_OBSERVER failed; nothing else is affected")


_built: dict[str, Observer | None] = {}
_lock = RLock()


def _renew_lock() -> None:
    """Make a new lock: a thread that held the old one is not in the forked process."""
    global _lock  # noqa: PLW0603 - replaced only here
    _lock = RLock()


os.register_at_fork(after_in_child=_renew_lock)


def observer() -> Observer | None:
    """Return the observer of the project; None if there is none, or if it cannot be used, which is logged."""
    try:
        path = conf.observer()
    except ImproperlyConfigured:
        return None  # a system check reports it
    if path is not None and path not in _built:
        try:
            load_observer(path)
        except ImproperlyConfigured:
            _built[path] = None
            logger.exception("The work on thumbnails is not observed")
    return None if path is None else _built[path]


def load_observer(path: str) -> None:
    """Import what a dotted path names, once for each process. A class is called without arguments.

    Raises:
        ImproperlyConfigured: It cannot be imported or called.
    """
    with _lock:
        if _built.get(path) is None:
            _built[path] = _loaded(path)


def _loaded(path: str) -> Observer:
    try:
        found = import_string(path)
        found = found() if isinstance(found, type) else found
    except Exception as error:
        msg = f"ADVANCE_THUMBNAIL_OBSERVER is {path!r}, which cannot be loaded: {error}"
        raise ImproperlyConfigured(msg) from error
    if not callable(found):
        msg = f"ADVANCE_THUMBNAIL_OBSERVER is {path!r}, which cannot be called"
        raise ImproperlyConfigured(msg)
    loaded: Observer = found
    return loaded
