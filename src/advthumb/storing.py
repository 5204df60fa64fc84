"""Store a rendered thumbnail with the other files of its set: all of them, or none."""

from collections import deque
from pathlib import Path

from django.core.files.storage import Storage

from . import storages
from .core.errors import ErrorCode, ThumbnailError
from .core.names import siblings_of
from .core.rendered import RenderedThumbnail


def store(storage: Storage, name: str, thumbnail: RenderedThumbnail, max_length: int | None) -> str:
    """Store a thumbnail, and return the name that the storage gave to its main file.

    The siblings are stored first. So wherever there is a main file, its set is complete. If a sibling cannot
    be stored, or if the storage gives a file of a set another name, what was stored is deleted again.

    Args:
        storage: The storage.
        name: The name of the main file, which no file ever had.
        thumbnail: The thumbnail.
        max_length: How long the name of the main file may be; None for no limit.

    Raises:
        ThumbnailError: `storage`.
    """
    if not thumbnail.siblings:
        return storages.write(storage, name, thumbnail.data, max_length)
    names = siblings_of(name)
    if len(names) != len(thumbnail.siblings):
        raise _not_kept(name, "upload_to, or the storage, gave it this name")
    stored: list[str] = []
    try:
        for sibling, each in zip(names, thumbnail.siblings, strict=True):
            _store_as(storage, sibling, each.data, None, stored)
        _store_as(storage, name, thumbnail.data, max_length, stored)
    except ThumbnailError:
        deque(storages.delete_all(storage, stored), maxlen=0)
        raise
    return name


def _store_as(storage: Storage, name: str, data: bytes, max_length: int | None, stored: list[str]) -> None:
    """Store a file under exactly this name, and note it.

    If it gets another name, it is noted only if that contains ours: a storage can also return the name of
    an older file with the same content, which others use.
    """
    given = storages.write(storage, name, data, max_length)
    if Path(name).stem in given:
        stored.append(given)
    if given != name:
        raise _not_kept(name, f"the storage gave it the name {given!r}")


def _not_kept(name: str, why: str) -> ThumbnailError:
    msg = (
        f"storing {name!r} failed: {why}. A field with widths, densities or formats needs a storage and an "
        "upload_to that keep the names of files"
    )
    return ThumbnailError(msg, ErrorCode.STORAGE)
