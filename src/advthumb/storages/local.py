"""What is asked of the system about files of storages that are on this machine."""

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

from django.core.files.storage import Storage

from advthumb.core.errors import ErrorCode, ThumbnailError

from .classes import class_of, keeps, never_overwrites
from .errors import storage_errors

logger = logging.getLogger("advthumb")


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


def path_of_new_file(storage: Storage, name: str) -> Path | None:
    """Return where a storage will put a new file, None if it may choose another place."""
    if not (is_local(storage) and never_overwrites(storage)):
        return None
    path = Path(storage.path(name))
    return None if os.path.lexists(path) else path


def remove_part(path: Path, data: bytes, *, whole: bool = False) -> None:
    """Remove a file that did not exist before and holds only the start of what was to be written.

    If another process used the same name in the meantime, its file is complete, and stays. With `whole`, the
    file is removed only if it holds exactly what was written.
    """
    with suppress(OSError):
        found = path.read_bytes()
        if found == data if whole else len(found) < len(data) and data.startswith(found):
            path.unlink()
