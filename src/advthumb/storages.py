"""What advthumb needs from a Django storage, with one kind of error for everything that fails there."""

import logging
import os
import stat
from collections.abc import Hashable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import cast

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from .core.errors import ErrorCode, ThumbnailError

logger = logging.getLogger("advthumb")


class storage_errors:  # noqa: N801 - used like a function, but three times as fast as one
    """Turn any exception of a storage into a `storage` ThumbnailError with its cause.

    Broad on purpose: storages are third-party code over a network and share no exception type.

    Args:
        doing: What is being done, for the message.
    """

    __slots__ = ("_doing",)

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Raise what went wrong, if anything did."""
        if isinstance(error, Exception) and not isinstance(error, ThumbnailError):
            raise trouble(self._doing, error) from error


def trouble(doing: str, error: Exception) -> ThumbnailError:
    """Return the error for an exception that a storage raised."""
    return ThumbnailError(f"{doing} failed: {str(error) or type(error).__name__}", ErrorCode.STORAGE)


def is_local(storage: Storage) -> bool:
    """Return whether the files of a storage are on this machine, so that checking them is cheap."""
    if keeps(class_of(storage), ("path",)):
        return True
    try:
        storage.path("probe")
    except Exception as error:  # noqa: BLE001 - usually NotImplementedError, but third parties raise anything
        if not isinstance(error, NotImplementedError):
            logger.debug("%r has no paths: %r", storage.__class__, error)
        return False
    return True


def mark_superseded(storage: Storage, name: str) -> bool:
    """Set the modification time of a local file to now, as the time when it was superseded.

    `prune_thumbnails` reads it.

    Returns:
        Whether that was possible.
    """
    try:
        with storage_errors(f"marking {name!r}"):
            os.utime(storage.path(name))
    except ThumbnailError:
        return False
    return True


def class_of(storage: Storage) -> Hashable:
    """Return the class of a storage, also if Django makes the storage on first use."""
    return cast("Hashable", storage.__class__)


@cache
def keeps(storage_class: Hashable, methods: tuple[str, ...]) -> bool:
    """Return whether a storage class has these methods unchanged from Django's `FileSystemStorage`."""
    return all(getattr(storage_class, name, None) is getattr(FileSystemStorage, name) for name in methods)


def never_overwrites(storage: Storage) -> bool:
    """Return whether a storage certainly gives every new file a name that was free.

    Django's own `get_available_name` does. A storage with another one is not trusted, and not tried either:
    some delete the existing file when they are asked for a name.
    """
    try:
        method = getattr(storage.get_available_name, "__func__", None)
        return method is Storage.get_available_name and not getattr(storage, "_allow_overwrite", False)
    except Exception:  # noqa: BLE001 - a third party's property may raise anything; then nothing is certain
        return False


_OVERWRITE_OPTIONS = ("file_overwrite", "overwrite_files")
"""How storages of django-storages say whether they overwrite: S3 and Google, then Azure."""


def overwrites(storage: Storage) -> bool | None:
    """Return whether a storage overwrites files of the same name, None if it does not say.

    False if it is not set up: other checks report that.
    """
    try:
        said = [bool(getattr(storage, name)) for name in _OVERWRITE_OPTIONS if hasattr(storage, name)]
        if any(said) or getattr(storage, "_allow_overwrite", False):
            return True
        return False if said or never_overwrites(storage) else None
    except Exception:  # noqa: BLE001 - a third party's storage may raise anything for missing settings
        return False


def size_of_local_file(storage: Storage, name: str) -> int | None:
    """Return the size of a local file in bytes, None if it is not local or cannot be checked.

    Raises:
        ThumbnailError: `storage`: it is not a regular file. Opening a pipe would wait for a writer, and some
            devices never end.
    """
    if not is_local(storage):
        return None
    with storage_errors(f"reading {name!r}"):
        path = storage.path(name)
        try:
            found = os.stat(path)  # noqa: PTH116 - twice as fast as a Path
        except OSError:
            return None
    if not stat.S_ISREG(found.st_mode):
        msg = f"reading {name!r} failed: it is no regular file"
        raise ThumbnailError(msg, ErrorCode.STORAGE)
    return found.st_size


_CHUNK = 4 * 2**20


def read(storage: Storage, name: str, max_bytes: int) -> bytes:
    """Return a whole file; of one larger than `max_bytes`, only one byte more than that.

    Raises:
        ThumbnailError: `storage`.
    """
    chunks, left = [], max_bytes + 1
    with storage_errors(f"reading {name!r}"), storage.open(name, "rb") as file:
        # Read in chunks: `read(limit)` would allocate the whole limit up front.
        while left and (chunk := file.read(min(left, _CHUNK))):
            chunks.append(chunk)
            left -= len(chunk)
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


def write(storage: Storage, name: str, data: bytes, max_length: int | None) -> str:
    """Store a new file and return the name that the storage gave it.

    If the disk is full, the partial file is removed, provided that it certainly is a part of this file. The
    whole file is removed if the storage returns a name that cannot be kept.

    Raises:
        ThumbnailError: `storage`.
    """
    with storage_errors(f"storing {name!r}"):
        path = _path_of_new_file(storage, name)
        try:
            stored: object = storage.save(name, ContentFile(data), max_length=max_length)
        except Exception:
            if path is not None:
                _remove_part(path, data)
            raise
    if isinstance(stored, str) and stored and (max_length is None or len(stored) <= max_length):
        return stored
    if isinstance(stored, str) and Path(name).stem in stored:  # it contains our unique name
        delete(storage, stored)
    elif path is not None:
        _remove_part(path, data, whole=True)
    limit = "" if max_length is None else f" of at most {max_length} characters"
    msg = f"storing {name!r} failed: the storage returned {stored!r} and not a name{limit}"
    raise ThumbnailError(msg, ErrorCode.STORAGE)


def _path_of_new_file(storage: Storage, name: str) -> Path | None:
    """Return where a storage will put a new file, None if it may choose another place."""
    if not (is_local(storage) and never_overwrites(storage)):
        return None
    path = Path(storage.path(name))
    return None if os.path.lexists(path) else path


def _remove_part(path: Path, data: bytes, *, whole: bool = False) -> None:
    """Remove a file that did not exist before and holds only the start of what was to be written.

    If another process used the same name in the meantime, its file is complete, and stays. With `whole`, the
    file is removed only if it holds exactly what was written.
    """
    with suppress(OSError):
        found = path.read_bytes()
        if found == data if whole else len(found) < len(data) and data.startswith(found):
            path.unlink()


def delete(storage: Storage, name: str) -> bool:
    """Delete a file and return whether that was possible; if not, a warning is logged."""
    try:
        with storage_errors(f"deleting {name!r}"):
            storage.delete(name)
    except ThumbnailError as error:
        logger.warning("A thumbnail that is not used any more stays behind: %s", error, exc_info=error)
        return False
    return True
