"""What a storage reports about a file: whether it exists, its size and its times."""

import logging
import os
import time
from collections.abc import Callable  # noqa: TC003 - no type-only imports here
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.files.storage import Storage

from .storages import class_of, is_local, keeps, storage_errors, trouble
from .storages.adapters import FileLook, adapter_for

logger = logging.getLogger("advthumb")

_NOTES_CHANGES = os.name == "posix"
"""Whether `st_ctime` is when a file last changed. On Windows it is when the file was created."""


class FileFacts(NamedTuple):
    """What a storage reports about a file, without its content.

    Times are nanoseconds since 1970 (POSIX), so that any two can be compared. None means that the storage
    does not report a value, or reports one that cannot be compared.

    Attributes:
        exists: Whether the file exists.
        size: Bytes.
        modified: The earliest time at which it can have been written. Tools can set this back (`cp -p`,
            `rsync -t`).
        changed: The latest time at which it can have been written. For a local file this is when the system
            last saw it change, which no tool can set. For other files it differs from `modified` only for a
            naive time in the hour that occurs twice when summer time ends.
        checked_at: A time just before the storage was asked.
    """

    exists: bool
    size: int | None = None
    modified: int | None = None
    changed: int | None = None
    checked_at: int = 0

    @property
    def written(self) -> int | None:
        """The latest time at which the file can have been written: the later of its two times.

        A file cannot have been written in the future. If `modified` is, a tool has set it, and `changed` says
        when.
        """
        if self.modified is None or self.changed is None:
            return None
        if self.modified > self.checked_at and _NOTES_CHANGES:
            return self.changed
        return max(self.modified, self.changed)

    @property
    def stamp(self) -> str:
        """Size and times as one text, to recognise a file that was read before."""
        return f"{self.size} {self.modified} {self.changed}"


_CHECKING = "checking %r"
_FACTS = ("path", "size", "exists", "get_modified_time", "_datetime_from_timestamp")
_PLACE = ("location", "base_location")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class FileChecker:
    """Asks a storage for the size, times and existence of files.

    If the storage reports these with the methods of Django's `FileSystemStorage`, one `stat` replaces several
    calls.

    Args:
        storage: The storage. Its location is read once: make a new checker after settings change.

    Attributes:
        folder: The folder of the files if it is local and fixed, else None.
        is_local: Whether the files are on this machine, so that checks are cheap.
        stats: Whether files are checked by `stat`.
    """

    __slots__ = ("_storage", "check", "check_time", "folder", "is_local", "stats")

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.folder: str | None = None
        self.stats = keeps(class_of(storage), _FACTS)
        self.is_local = self.stats or is_local(storage)
        if self.stats and keeps(class_of(storage), _PLACE):  # no separate folder per tenant
            self.folder = storage.location  # type: ignore[attr-defined]
        self.check: Callable[[str], FileFacts] = self._stat if self.stats else self._ask
        """Return size, times and existence of a file; may raise a `storage` ThumbnailError."""
        self.check_time: Callable[[str], FileFacts] = self._stat if self.stats else self._ask_time
        """Return times and existence of a file; may raise a `storage` ThumbnailError."""

    def _ask(self, name: str) -> FileFacts:
        """Make one request where the storage has an adapter, else two, or three if the file is missing."""
        now = time.time_ns()
        with storage_errors(_CHECKING % name):
            return as_facts(adapter_for(self._storage, "look").look(name), now)

    def _ask_time(self, name: str) -> FileFacts:
        """Make one request, or two if the file is missing or has no time and there is no adapter."""
        now = time.time_ns()
        with storage_errors(_CHECKING % name):
            return as_facts(adapter_for(self._storage, "look").look_at_time(name), now)

    def _stat(self, name: str) -> FileFacts:
        """Ask the system about a file, with one call."""
        now = time.time_ns()
        try:
            found = os.stat(self.path(name))  # noqa: PTH116 - twice as fast as a Path
            return FileFacts(True, found.st_size, found.st_mtime_ns, found.st_ctime_ns, now)
        except FileNotFoundError:
            return FileFacts(exists=False)
        except Exception as error:
            raise trouble(_CHECKING % name, error) from error

    def path(self, name: str) -> str:
        """Return the path of a file; only for storages with `stats`.

        Every save and every row of a table calls this, so it is fast.

        Raises:
            SuspiciousFileOperation: The name leads out of the storage.
        """
        if self.folder is None or _is_odd(name):
            return self._storage.path(name)
        return f"{self.folder}/{name}"

    def set_modified(self, name: str, modified: int) -> None:
        """Set the modification time of a file, if permitted; only for storages with `stats`."""
        try:
            path = self.path(name)
            os.utime(path, ns=(os.stat(path).st_atime_ns, modified))  # noqa: PTH116
        except OSError as error:
            logger.debug("The time of %r cannot be set: %s", name, error)


def _is_odd(name: str) -> bool:
    """Return whether a name may lead out of its storage, so that `Storage.path` has to guard against it."""
    # That guard takes longer than a `stat`, and most names do not need it.
    return name.startswith("/") or ".." in name or "\\" in name


def as_facts(found: FileLook | None, checked_at: int) -> FileFacts:
    """Return the facts of a file, None for one that does not exist.

    A size or a time that makes no sense becomes None.
    """
    if found is None:
        return FileFacts(exists=False)
    size, modified = found
    known = size if isinstance(size, int) and not isinstance(size, bool) else None
    return FileFacts(True, known, *_times(modified), checked_at)


def _times(told: object) -> tuple[int | None, int | None]:
    """Return the earliest and the latest time that a storage can mean by a time, None if unknown.

    By Django's contract a time is aware with `USE_TZ`, and otherwise naive and in the local zone, where one
    hour of the year occurs twice. The zone of a naive time with `USE_TZ` is unknown.
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
    except (ArithmeticError, OSError, ValueError, TypeError):  # before year 1, or a zone that fails
        return None, None


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND * 1000
