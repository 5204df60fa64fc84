"""Thumbnails that were rendered while an upload was validated, kept until its row is saved.

They are kept outside the upload, so that no copy and no pickle of an upload contains them. They are kept as
long as the upload exists, unless a save takes them first or this process keeps too many bytes. In that case
the oldest are dropped, and the save renders them again. Nothing is reused after the bytes of the upload or a
setting have changed.
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
"""How many bytes of thumbnails may wait in this process for a save; those of the newest upload always may."""

_Header = tuple[ThumbnailEngine, SourceInfo]
_NOTHING: Renderings = MappingProxyType({})


@dataclass
class Prepared:
    """What is known about the bytes of one upload.

    Attributes:
        digest: The digest of the bytes.
        version: The version of the settings (`conf.version`).
        headers: The engine that renders it and what its header says, or the error. The key is the engines,
            and whether frames are counted.
        renderings: The rendering of each recipe, by its key.
    """

    digest: bytes
    version: object = field(default_factory=lambda: conf.version)
    headers: dict[tuple[str, bool], _Header | ThumbnailError] = field(default_factory=dict)
    renderings: dict[tuple[ThumbnailSpec, str], Rendering] = field(default_factory=dict)

    def header(self, data: bytes, recipes: Sequence[Recipe]) -> _Header:
        """Return the engine that renders these recipes, and what the header of the upload says.

        All of the recipes must have the same engines.

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
        """Render what was not rendered yet, and return the errors.

        Errors are kept too: if the validation took too long, the save does not try again.

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
    """Keeps what was prepared for each upload, no longer than the upload itself exists.

    Args:
        limit: Bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = RLock()  # the garbage collector may call `_forget` at any point
        self._kept: dict[int, tuple[weakref.ref[Any], Prepared]] = {}

    def renew_lock(self) -> None:
        """Make a new lock: a thread that held the old one is not in the forked process."""
        self._lock = RLock()

    def get(self, upload: Any) -> Prepared | None:
        """Return what was prepared for an upload."""
        with self._lock:
            reference, prepared = self._kept.get(id(upload), (None, None))
            return prepared if reference is not None and reference() is upload else None

    def put(self, upload: Any, prepared: Prepared) -> None:
        """Keep what was prepared for an upload; older ones may be dropped to make room."""
        key = id(upload)
        try:
            reference = weakref.ref(upload, lambda gone: self._forget(key, gone))
        except TypeError:  # no weak reference is possible: its thumbnails are rendered again
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
        """Stop keeping what was prepared for an upload."""
        with self._lock:
            self._kept.pop(id(upload), None)


_shelf = _Shelf(MAX_PREPARED)
os.register_at_fork(after_in_child=_shelf.renew_lock)


def preparing(upload: Any, data: bytes) -> Prepared:
    """Return what is known about an upload with these bytes; call `keep` after you add to it."""
    return _known(upload, data) or Prepared(_digest(data))


def keep(upload: Any, prepared: Prepared) -> None:
    """Keep what is known about an upload until its row is saved."""
    _shelf.put(upload, prepared)


def taken(upload: Any, data: bytes | None) -> Renderings:
    """Return the renderings of an upload if it still has these bytes, and stop keeping them."""
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
