"""What advthumb needs from a Django storage, with one kind of error for everything that fails there."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from django.core.files.storage import Storage

from advthumb.core.errors import ErrorCode, ThumbnailError

from .adapters import StorageAdapter, adapter_for
from .classes import class_of as class_of
from .classes import keeps as keeps
from .classes import never_overwrites as never_overwrites
from .classes import overwrites as overwrites
from .errors import storage_errors as storage_errors
from .errors import trouble as trouble
from .local import is_local as is_local
from .local import mark_superseded as mark_superseded
from .local import path_of_new_file, remove_part
from .local import size_of_local_file as size_of_local_file

logger = logging.getLogger("advthumb")


def read(storage: Storage, name: str, max_bytes: int, with_size: Callable[[int], object]) -> bytes:
    """Return a whole file; of one larger than `max_bytes`, only one byte more than that.

    Args:
        storage: The storage.
        name: The file.
        max_bytes: The limit.
        with_size: Called with the size of the file before it is downloaded, if the storage tells it by then.
            It may raise a ThumbnailError, which ends the reading.

    Raises:
        ThumbnailError: `storage`, or what `with_size` raised.
    """
    with storage_errors(f"reading {name!r}"):
        return adapter_for(storage, "read").read(name, max_bytes, with_size)


def write(storage: Storage, name: str, data: bytes, max_length: int | None) -> str:
    """Store a new file and return the name that the storage gave it.

    If the disk is full, the partial file is removed, provided that it certainly is a part of this file. The
    whole file is removed if the storage returns a name that cannot be kept.

    Args:
        storage: The storage.
        name: The name, which no file ever had.
        data: The content.
        max_length: How long the name may be.

    Raises:
        ThumbnailError: `storage`.
    """
    with storage_errors(f"storing {name!r}"):
        path = path_of_new_file(storage, name)
        try:
            stored: object = adapter_for(storage, "save").save(name, data, max_length)
        except Exception:
            if path is not None:
                remove_part(path, data)
            raise
    if isinstance(stored, str) and stored and (max_length is None or len(stored) <= max_length):
        return stored
    if isinstance(stored, str) and Path(name).stem in stored:  # it contains our unique name
        delete(storage, stored)
    elif path is not None:
        remove_part(path, data, whole=True)
    limit = "" if max_length is None else f" of at most {max_length} characters"
    msg = f"storing {name!r} failed: the storage returned {stored!r} and not a name{limit}"
    raise ThumbnailError(msg, ErrorCode.STORAGE)


def delete(storage: Storage, name: str) -> bool:
    """Delete a file and return whether that was possible; if not, a warning is logged."""
    try:
        with storage_errors(f"deleting {name!r}"):
            storage.delete(name)
    except ThumbnailError as error:
        logger.warning("A thumbnail that is not used any more stays behind: %s", error, exc_info=error)
        return False
    return True


def delete_all(storage: Storage, names: Iterable[str]) -> Iterator[str]:
    """Delete files, many with one request where the storage can do that, and yield the names of the deleted.

    A warning is logged for each file that could not be deleted.
    """
    adapter, rest = adapter_for(storage, "delete_together"), iter(names)
    while batch := list(islice(rest, adapter.most_deleted)):
        left = _left_of(adapter, batch)
        yield from (name for name in batch if name not in left)
        yield from (name for name in batch if name in left and delete(storage, name))


def _left_of(adapter: StorageAdapter, batch: Sequence[str]) -> set[str]:
    """Delete files together if there are several, and return those that must be deleted one by one."""
    if len(batch) == 1:
        return set(batch)
    try:
        with storage_errors(f"deleting {len(batch)} files"):
            return set(adapter.delete_together(batch))
    except ThumbnailError as error:
        logger.debug("Files are deleted one by one: %s", error)
        return set(batch)
