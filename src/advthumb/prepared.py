"""Thumbnails that were rendered while an upload was validated, kept until the save of its row takes them.

They are kept beside the upload and not in it, so that no copy and no pickle of an upload has them. They live
as long as it does, unless a save takes them before or too many bytes wait in this process: then the oldest
are dropped, and rendered again by the save. Nothing is reused once the bytes of the upload or a setting have
changed.
"""

import os
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import RLock
from types import MappingProxyType
from typing import Any

from . import conf
from .core.errors import ThumbnailError
from .core.images import SourceInfo
from .core.spec import ThumbnailSpec
from .engines.base import ThumbnailEngine
from .rendering import Recipe, Rendering, Renderings, by_engines, bytes_of, identify, render

MAX_PREPARED = 8 * 2**20
"""Bytes of thumbnails that may wait in this process for a save, beside those of the newest upload."""

_Header = tuple[ThumbnailEngine, SourceInfo]
_NOTHING: Renderings = MappingProxyType({})


@dataclass
class Prepared:
    """What is known of the bytes of one upload.

    Attributes:
        digest: Of its bytes.
        version: Of the settings (`conf.version`).
        headers: Who renders it and what its header says, or why that is not known, by engines and whether
            frames are counted.
        renderings: What came of each recipe, by its key.
    """

    digest: bytes
    version: object = field(default_factory=lambda: conf.version)
    headers: dict[tuple[str, bool], _Header | ThumbnailError] = field(default_factory=dict)
    renderings: dict[tuple[ThumbnailSpec, str], Rendering] = field(default_factory=dict)

    def header(self, data: bytes, recipes: Sequence[Recipe]) -> _Header:
        """Return who renders recipes of the same engines, and what the header of the upload says.

        Raises:
            EngineUnavailable: An engine that had to be asked is not available.
            ThumbnailError: The upload is refused.
        """
        engines, animated = recipes[0].engines, any(recipe.spec.animated for recipe in recipes)
        key = repr(engines), animated
        if key not in self.headers:
            try:
                self.headers[key] = identify(data, engines, animated=animated)
            except ThumbnailError as error:
                self.headers[key] = kept = _bare(error)
                self.renderings |= {recipe.key: Rendering(kept) for recipe in recipes}
                raise
        found = self.headers[key]
        if isinstance(found, ThumbnailError):
            raise _bare(found)
        return found

    def render(self, data: bytes, recipes: Sequence[Recipe]) -> list[ThumbnailError]:
        """Render what was not rendered yet, and return what went wrong.

        An error is kept, too: what took too long for the validation is not tried again by the save.

        Raises:
            EngineUnavailable: An engine that had to be asked is not available.
        """
        for group in by_engines(recipes):
            due = {number: each for number, each in group.items() if each.key not in self.renderings}
            if due:
                made = self._rendered(data, list(group.values()), due)
                self.renderings |= {due[number].key: _lasting(each) for number, each in made.items()}
        outcomes = [self.renderings[recipe.key].outcome for recipe in recipes]
        return [outcome for outcome in outcomes if isinstance(outcome, ThumbnailError)]

    def _rendered(
        self, data: bytes, group: Sequence[Recipe], due: Mapping[int, Recipe]
    ) -> dict[int, Rendering]:
        try:
            return render(data, due, *self.header(data, group))
        except ThumbnailError as error:
            return dict.fromkeys(due, Rendering(error))


def _lasting(rendering: Rendering) -> Rendering:
    outcome = rendering.outcome
    return Rendering(_bare(outcome)) if isinstance(outcome, ThumbnailError) else rendering


def _bare(error: ThumbnailError) -> ThumbnailError:
    """Return an error without its traceback, which would hold the upload and its bytes."""
    return ThumbnailError(error.message, error.code, for_now=error.for_now)


class _Shelf:
    """Keeps what is prepared of each upload, no longer than the upload itself.

    Args:
        limit: Bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = RLock()  # the garbage collector may call `_forget` at any point
        self._kept: dict[int, tuple[weakref.ref[Any], Prepared]] = {}

    def renew_lock(self) -> None:
        """Begin with a new lock: a thread that had the old one is not in the forked process."""
        self._lock = RLock()

    def get(self, upload: Any) -> Prepared | None:
        """Return what is prepared of an upload."""
        with self._lock:
            reference, prepared = self._kept.get(id(upload), (None, None))
            return prepared if reference is not None and reference() is upload else None

    def put(self, upload: Any, prepared: Prepared) -> None:
        """Keep what is prepared of an upload; older ones may be dropped for it."""
        key = id(upload)
        try:
            reference = weakref.ref(upload, lambda gone: self._forget(key, gone))
        except TypeError:  # an object that nobody can watch: its thumbnails are rendered again
            return
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = reference, prepared
            others = list(self._kept)[:-1]
            while others and self._bytes() > self._limit:
                self._kept.pop(others.pop(0), None)

    def _bytes(self) -> int:
        return sum(bytes_of(prepared.renderings) for _, prepared in list(self._kept.values()))

    def _forget(self, key: int, reference: Any) -> None:
        with self._lock:
            if self._kept.get(key, (None,))[0] is reference:
                del self._kept[key]

    def take(self, upload: Any) -> None:
        """Keep no longer what is prepared of an upload."""
        with self._lock:
            self._kept.pop(id(upload), None)


_shelf = _Shelf(MAX_PREPARED)
os.register_at_fork(after_in_child=_shelf.renew_lock)


def preparing(upload: Any, data: bytes) -> Prepared:
    """Return what is known of an upload with these bytes; `keep` it once something was learnt."""
    return _known(upload, data) or Prepared(_digest(data))


def keep(upload: Any, prepared: Prepared) -> None:
    """Keep what was learnt of an upload for the save of its row."""
    _shelf.put(upload, prepared)


def taken(upload: Any, data: bytes | None) -> Renderings:
    """Return what was rendered of an upload if it still has these bytes, and keep it no longer."""
    prepared = None if data is None else _known(upload, data)
    _shelf.take(upload)
    return _NOTHING if prepared is None else prepared.renderings


def _known(upload: Any, data: bytes) -> Prepared | None:
    prepared = _shelf.get(upload)
    if prepared is None or prepared.version is not conf.version or prepared.digest != _digest(data):
        return None
    return prepared


def _digest(data: bytes) -> bytes:
    return blake2b(data).digest()
