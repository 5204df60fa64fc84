"""Find the engine for a setting (an alias, a dotted path, options), and the engine that reads a source."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import RLock, local
from types import MappingProxyType
from typing import Any

from django.utils.module_loading import import_string

from advthumb import conf
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.images import SourceInfo
from advthumb.exceptions import EngineUnavailable

from .advice import INSTALL_HINTS, READ_BY, advice
from .base import ThumbnailEngine

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "pillow": "advthumb.engines.pillow.PillowEngine",
        "vips": "advthumb.engines.vips.VipsEngine",
        "imagemagick": "advthumb.engines.imagemagick.ImageMagickEngine",
    }
)
"""The engines that come with advthumb, by the name that settings use."""

PREVIEWS: Mapping[str, str] = MappingProxyType(
    {
        name: f"advthumb.engines.previews.{name.capitalize()}Engine"
        for name in ("pdf", "svg", "raw", "video", "jxl")
    }
)
"""The engines that come with advthumb for files that are not pictures, or that need a separate library."""

_NAMED = {**ALIASES, **PREVIEWS}

_ISOLATION = "advthumb.engines.isolation.IsolatedEngine"

_instances: dict[tuple[str, str], ThumbnailEngine] = {}


class _Making:
    """A lock that a thread holds while it creates an engine, so that each engine is created once.

    A fork waits until the engine is created. Otherwise, a process that is forked while another thread imports
    a library would wait forever for that import to end. The fork waits at most `patience` seconds, because
    the two threads may be waiting for each other. The new process can create engines in any case.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._lock = RLock()
        self._holding = local()
        os.register_at_fork(before=self._hold, after_in_parent=self._let_go, after_in_child=self._begin)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def _hold(self) -> None:
        self._holding.now = self._lock.acquire(timeout=self._patience)

    def _let_go(self) -> None:
        if self._holding.now:
            self._lock.release()

    def _begin(self) -> None:
        self._let_go()
        if not self._holding.now:
            self._lock = RLock()  # the thread that holds the old lock does not exist in this process


_making = _Making(patience=10)


def engine(reference: conf.EngineReference) -> ThumbnailEngine:
    """Return the engine of a reference; the same instance for the same reference.

    Raises:
        EngineUnavailable: There is no such engine, or its library is missing.
    """
    path, options = _split(reference)
    key = _key(path, options)
    with _making:
        if key not in _instances:
            _instances[key] = _load(path, options)
        return _instances[key]


def probed(
    data: bytes, image_format: ImageFormat, references: Sequence[conf.EngineReference], frames: int
) -> tuple[ThumbnailEngine, SourceInfo]:
    """Return the first engine that can read a source, and what the header says.

    Args:
        data: The whole file.
        image_format: The format that was sniffed.
        references: Engine references, in the order in which they are tried.
        frames: The maximum number of frames to decode.

    Raises:
        EngineUnavailable: An engine that had to be tried is not available.
        ThumbnailError: `unsupported` if no engine reads the source; otherwise the error in the source.
    """
    asked, refusal, able = [], None, []
    for reference in references:
        candidate = engine(reference)
        asked.append(candidate.name)
        if image_format not in candidate.reads:
            continue
        if not _may_decode(candidate, image_format):
            able.append(candidate.name)
            continue
        try:
            return candidate, candidate.probe(data, image_format, max_frames=frames)
        except ThumbnailError as error:
            if error.code is not ErrorCode.UNSUPPORTED:
                raise
            refusal = refusal or error
    if refusal is not None:
        raise refusal
    msg = f"no engine reads {image_format} here (asked: {', '.join(asked)}){advice(image_format, able)}"
    raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)


def _may_decode(candidate: ThumbnailEngine, image_format: ImageFormat) -> bool:
    """Return whether an engine may decode a format: it can do no harm, or the allowed formats are set."""
    return image_format in SAFE_FORMATS or candidate.sealed or conf.allowed_formats() is not None


def readable(references: Sequence[conf.EngineReference]) -> frozenset[ImageFormat]:
    """Return the formats that engines may decode, as far as this is known without starting a process.

    An engine that is not available reads nothing. Using it raises an error, and a system check reports it.
    """
    allowed = conf.allowed_formats()
    found: set[ImageFormat] = set()
    for reference in references:
        with suppress(EngineUnavailable):
            found |= _readable(reference)
    return frozenset(found if allowed is None else found & allowed)


def _readable(reference: conf.EngineReference) -> frozenset[ImageFormat]:
    """Return the formats that an engine may decode.

    If an engine with separate processes has not been created yet, this does not create it, and returns every
    format that an engine of this name can read.
    """
    path, options = _split(reference)
    candidate = _instances.get(_key(path, options))
    if candidate is None and not _loaded(path).isolated:
        candidate = engine(reference)
    if candidate is not None:
        return frozenset(each for each in candidate.reads if _may_decode(candidate, each))
    alias = next((name for name, full in _NAMED.items() if full == path), path)
    named = frozenset(each for each, readers in READ_BY.items() if alias in readers)
    return named if alias in PREVIEWS else named | SAFE_FORMATS


REVISIONS: Mapping[str, int] = MappingProxyType(dict.fromkeys(_NAMED, 1))
"""The revision of each alias, so that a file name can be checked without loading an imaging library."""


def revision(reference: conf.EngineReference) -> int:
    """Return the revision of an engine, or 1 if it cannot be loaded; that error is reported elsewhere."""
    path = reference if isinstance(reference, str) else str(reference.get("BACKEND"))
    if path in REVISIONS:
        return REVISIONS[path]
    try:
        return engine(reference).revision
    except EngineUnavailable:
        return 1


def _key(path: str, options: Mapping[str, Any]) -> tuple[str, str]:
    return path, repr(sorted(options.items()))


def isolated(reference: conf.EngineReference, processes: int) -> conf.EngineReference:
    """Return a reference to the same engine in this many separate processes.

    A reference to an engine that already has separate processes is returned unchanged.
    """
    path, _ = _split(reference)
    with suppress(ImportError, OSError, ValueError):  # reported when the engine is created
        if import_string(_NAMED.get(path, path)).isolated:
            return reference
    return {"BACKEND": _ISOLATION, "OPTIONS": {"engine": reference, "workers": processes}}


def _split(reference: conf.EngineReference) -> tuple[str, dict[str, Any]]:
    if isinstance(reference, str):
        return reference, {}
    backend, options = reference.get("BACKEND"), reference.get("OPTIONS", {})
    unknown = set(reference) - {"BACKEND", "OPTIONS"}
    if unknown or not isinstance(backend, str) or not isinstance(options, Mapping):
        msg = f"an engine is {{'BACKEND': ..., 'OPTIONS': {{...}}}}, not {dict(reference)!r}"
        raise EngineUnavailable(msg)
    return backend, dict(options)


def engine_class(reference: conf.EngineReference) -> type[ThumbnailEngine]:
    """Return the class of an engine, without creating the engine or starting a process.

    Raises:
        EngineUnavailable: There is no such engine, or its library is missing.
    """
    return _loaded(_split(reference)[0])


def _loaded(reference: str) -> type[ThumbnailEngine]:
    path = _NAMED.get(reference, reference)
    if "." not in path:
        msg = f"there is no engine {reference!r}; choose {', '.join(_NAMED)} or a dotted path"
        raise EngineUnavailable(msg)
    try:
        loaded = import_string(path)
    except (ImportError, OSError, ValueError) as error:
        # Either the Python package is missing (ImportError), or the shared library that it loads
        # (OSError from ctypes and cffi). ValueError: a path such as ".Engine".
        raise _missing(reference, error) from error
    if not (isinstance(loaded, type) and issubclass(loaded, ThumbnailEngine)):
        msg = f"{path} is not a ThumbnailEngine"
        raise EngineUnavailable(msg)
    return loaded


def _load(reference: str, options: dict[str, Any]) -> ThumbnailEngine:
    loaded = _loaded(reference)
    try:
        return loaded(**options)
    except TypeError as error:
        msg = f"engine {reference!r} does not take the options {sorted(options)}: {error}"
        raise EngineUnavailable(msg) from error
    except EngineUnavailable as error:  # its library is missing in the separate process
        raise _missing(reference, error) from error


def _missing(reference: str, error: Exception) -> EngineUnavailable:
    hint = INSTALL_HINTS.get(reference, "Check the dotted path and that its library is installed")
    return EngineUnavailable(f"engine {reference!r} cannot be loaded: {error}. {hint}.")
