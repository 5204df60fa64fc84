"""What advthumb asks of a Django storage, with one kind of error for whatever goes wrong there."""

import logging
import os
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from .core.errors import ErrorCode, ThumbnailError

logger = logging.getLogger("advthumb")


_NOTES_CHANGES = os.name == "posix"
"""Whether `st_ctime` is when a file changed. On Windows it is when the file was made."""


class FileFacts(NamedTuple):
    """What a storage says of a file, without its content.

    Times are nanoseconds since 1970 (POSIX), so that any two can be compared; None is what the storage does
    not tell, or tells in a way that cannot be compared.

    Attributes:
        exists: Whether there is such a file.
        size: Bytes.
        modified: When it was written, at the earliest. Tools can set this back (`cp -p`, `rsync -t`).
        changed: When it was written, at the latest. For a local file, when the system last saw it change,
            which no tool sets. Else it differs from `modified` only for a naive time in the hour that comes
            twice where summer time ends.
        checked_at: A moment before the storage was asked.
    """

    exists: bool
    size: int | None = None
    modified: int | None = None
    changed: int | None = None
    checked_at: int = 0

    @property
    def written(self) -> int | None:
        """When the file was written, at the latest: by the later of its times.

        Nothing was written in the future: such a time was set by a tool, and the system noted when.
        """
        if self.modified is None or self.changed is None:
            return None
        if self.modified > self.checked_at and _NOTES_CHANGES:
            return self.changed
        return max(self.modified, self.changed)

    @property
    def stamp(self) -> str:
        """All of it as one text, to recognise a file that was read before."""
        return f"{self.size} {self.modified} {self.changed}"


class storage_errors:  # noqa: N801 - used like a function, and as one it would take three times as long
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
            raise _trouble(self._doing, error) from error


def _trouble(doing: str, error: Exception) -> ThumbnailError:
    return ThumbnailError(f"{doing} failed: {str(error) or type(error).__name__}", ErrorCode.STORAGE)


def is_local(storage: Storage) -> bool:
    """Return whether files of a storage lie on this machine, so that looking at them is cheap."""
    if _keeps(_class_of(storage), ("path",)):
        return True
    try:
        storage.path("probe")
    except Exception as error:  # noqa: BLE001 - NotImplementedError is the rule, third parties raise anything
        if not isinstance(error, NotImplementedError):
            logger.debug("%r has no paths: %r", storage.__class__, error)
        return False
    return True


def mark_superseded(storage: Storage, name: str) -> bool:
    """Set the modification time of a local file to now: `prune_thumbnails` reads when it was superseded.

    Returns:
        Whether that was possible.
    """
    try:
        with storage_errors(f"marking {name!r}"):
            os.utime(storage.path(name))
    except ThumbnailError:
        return False
    return True


def _class_of(storage: Storage) -> Hashable:
    """Return the class of a storage, also of one that Django makes on first use."""
    return cast("Hashable", storage.__class__)


@cache
def _keeps(storage_class: Hashable, methods: tuple[str, ...]) -> bool:
    """Return whether a storage has these methods as Django's storage for local files has them."""
    return all(getattr(storage_class, name, None) is getattr(FileSystemStorage, name) for name in methods)


def never_overwrites(storage: Storage) -> bool:
    """Return whether a storage surely gives every new file a name that was free.

    So does Django's own way to find a name. A storage that has another is not trusted, and not
    tried either: some delete what is there when they are asked for a name.
    """
    try:
        method = getattr(storage.get_available_name, "__func__", None)
        return method is Storage.get_available_name and not getattr(storage, "_allow_overwrite", False)
    except Exception:  # noqa: BLE001 - a third party's property may raise anything; nothing is sure then
        return False


_OVERWRITE_OPTIONS = ("file_overwrite", "overwrite_files")
"""By which storages of django-storages say whether they overwrite: S3 and Google, Azure."""


def overwrites(storage: Storage) -> bool | None:
    """Return whether a storage overwrites files of the same name, None if it does not say.

    False if it is not set up: other checks report that.
    """
    try:
        said = [bool(getattr(storage, name)) for name in _OVERWRITE_OPTIONS if hasattr(storage, name)]
        if any(said) or getattr(storage, "_allow_overwrite", False):
            return True
        return False if said or never_overwrites(storage) else None
    except Exception:  # noqa: BLE001 - whatever a third party's storage raises for missing settings
        return False


_CHUNK = 4 * 2**20


def read(storage: Storage, name: str, max_bytes: int) -> bytes:
    """Return a whole file, or one byte more than `max_bytes` of a larger one.

    Raises:
        ThumbnailError: `storage`.
    """
    chunks, left = [], max_bytes + 1
    with storage_errors(f"reading {name!r}"), storage.open(name, "rb") as file:
        # Asked for all that is allowed at once, Python would first make room for as much.
        while left and (chunk := file.read(min(left, _CHUNK))):
            chunks.append(chunk)
            left -= len(chunk)
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


def write(storage: Storage, name: str, data: bytes, max_length: int | None) -> str:
    """Store a new file and return the name that the storage gave it.

    What a full disk leaves of it is removed, if that is certainly a part of this very file. So is the whole
    file where the storage returns a name that cannot be kept.

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
    if isinstance(stored, str) and Path(name).stem in stored:  # a unique name of ours is within it
        delete(storage, stored)
    elif path is not None:
        _remove_part(path, data, whole=True)
    limit = "" if max_length is None else f" of at most {max_length} characters"
    msg = f"storing {name!r} failed: the storage returned {stored!r} and not a name{limit}"
    raise ThumbnailError(msg, ErrorCode.STORAGE)


def _path_of_new_file(storage: Storage, name: str) -> Path | None:
    """Return where a storage will put a new file, None where it may choose another place."""
    if not (is_local(storage) and never_overwrites(storage)):
        return None
    path = Path(storage.path(name))
    return None if os.path.lexists(path) else path


def _remove_part(path: Path, data: bytes, *, whole: bool = False) -> None:
    """Remove a file that was not there before and breaks off within what was to be written.

    A file that another process gave the same name meanwhile is complete, and stays, unless `whole` is set:
    then it goes if it is exactly what was written.
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


_CHECKING = "checking %r"
_FACTS = ("path", "size", "exists", "get_modified_time", "_datetime_from_timestamp")
_PLACE = ("location", "base_location")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class FileChecker:
    """Asks a storage for the size, times and existence of files.

    For a storage that tells these as Django's own storage for local files does, one `stat` replaces several
    calls.

    Args:
        storage: The storage. Where its files are is read now: make another checker after settings changed.

    Attributes:
        folder: The folder of the files where that is fixed, None where it is not, or not local.
        is_local: Whether the files lie on this machine, so that checks are cheap.
        stats: Whether files are checked by `stat`.
    """

    __slots__ = ("_storage", "check", "check_time", "folder", "is_local", "stats")

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.folder: str | None = None
        self.stats = _keeps(_class_of(storage), _FACTS)
        self.is_local = self.stats or is_local(storage)
        if self.stats and _keeps(_class_of(storage), _PLACE):  # not a folder of its own for each tenant
            self.folder = storage.location  # type: ignore[attr-defined]
        self.check: Callable[[str], FileFacts] = self._stat if self.stats else self._ask
        """Return size, times and existence of a file; may raise a `storage` ThumbnailError."""
        self.check_time: Callable[[str], FileFacts] = self._stat if self.stats else self._ask_time
        """Return times and existence of a file; may raise a `storage` ThumbnailError."""

    def _ask(self, name: str) -> FileFacts:
        """Make two calls, or three where the file is missing."""
        now = time.time_ns()
        with storage_errors(_CHECKING % name):
            storage = self._storage
            try:
                size, modified = storage.size(name), _modified(storage, name)
            except Exception:
                # Storages differ in what they raise for a missing file; `exists` is the common word.
                if storage.exists(name):
                    raise
                return FileFacts(exists=False)
        return _as_facts(size, modified, now)

    def _ask_time(self, name: str) -> FileFacts:
        """Make one call, or two where the file is missing or has no time."""
        now = time.time_ns()
        with storage_errors(_CHECKING % name):
            storage = self._storage
            try:
                modified = _modified(storage, name)
            except Exception:
                if storage.exists(name):
                    raise
                return FileFacts(exists=False)
            if modified is None and not storage.exists(name):
                return FileFacts(exists=False)
        return _as_facts(None, modified, now)

    def _stat(self, name: str) -> FileFacts:
        """Ask the system about a file; every save and every row of a table does, so it is one call."""
        now = time.time_ns()
        try:
            folder = self.folder
            path = self._storage.path(name) if folder is None or is_odd(name) else f"{folder}/{name}"
            found = os.stat(path)  # noqa: PTH116 - half the price of a Path, for each row of a table
            return FileFacts(True, found.st_size, found.st_mtime_ns, found.st_ctime_ns, now)
        except FileNotFoundError:
            return FileFacts(exists=False)
        except Exception as error:
            raise _trouble(_CHECKING % name, error) from error

    def path(self, name: str) -> str:
        """Return the path of a file, of a storage that `stats`.

        Raises:
            SuspiciousFileOperation: The name leads out of the storage.
        """
        if self.folder is None or is_odd(name):
            return self._storage.path(name)
        return f"{self.folder}/{name}"

    def set_modified(self, name: str, modified: int) -> None:
        """Set the time of a file, of a storage that `stats`; without the right to do so, nothing happens."""
        try:
            path = self.path(name)
            os.utime(path, ns=(os.stat(path).st_atime_ns, modified))  # noqa: PTH116
        except OSError as error:
            logger.debug("The time of %r cannot be set: %s", name, error)


def is_odd(name: str) -> bool:
    """Return whether a name may lead out of its storage, so that `Storage.path` has to guard against it."""
    # Guarding takes longer than a `stat`, and most names cannot need it.
    return name.startswith("/") or ".." in name or "\\" in name


def _modified(storage: Storage, name: str) -> object:
    """Return when a file was written, as the storage tells it; None where it keeps no times."""
    try:
        return storage.get_modified_time(name)
    except NotImplementedError:
        return None


def _as_facts(size: object, modified: object, checked_at: int) -> FileFacts:
    """Return what a storage told of a file that exists, without what makes no sense."""
    known = size if isinstance(size, int) and not isinstance(size, bool) else None
    return FileFacts(True, known, *_times(modified), checked_at)


def _times(told: object) -> tuple[int | None, int | None]:
    """Return the earliest and the latest moment that a storage can mean by a time, None for no idea.

    By Django's contract it is aware with `USE_TZ`, else naive and in the local zone, where one hour of the
    year comes twice. A naive time with `USE_TZ` is of an unknown zone.
    """
    if not isinstance(told, datetime):
        return None, None
    try:
        if told.tzinfo is not None:
            moment = _nanoseconds(told)
            return moment, moment
        if settings.USE_TZ:
            return None, None
        moments = [_nanoseconds(told.replace(fold=fold).astimezone(UTC)) for fold in (0, 1)]
        return min(moments), max(moments)
    except (ArithmeticError, OSError, ValueError, TypeError):  # before year 1, or a zone that cannot tell
        return None, None


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND * 1000
