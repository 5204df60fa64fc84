"""Storages that behave like third-party ones."""

import errno
import posixpath
import time
import uuid
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage


class CountingStorage(FileSystemStorage):
    """Counts its calls by the name of the method."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: Counter[str] = Counter()

    def _open(self, name: str, mode: str = "rb") -> Any:
        self.calls["open"] += 1
        return super()._open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        self.calls["save"] += 1
        return super()._save(name, content)

    def exists(self, name: str) -> bool:
        self.calls["exists"] += 1
        return super().exists(name)

    def size(self, name: str) -> int:
        self.calls["size"] += 1
        return super().size(name)

    def get_modified_time(self, name: str) -> Any:
        self.calls["get_modified_time"] += 1
        return super().get_modified_time(name)

    def delete(self, name: str) -> None:
        self.calls["delete"] += 1
        super().delete(name)


class NestedStorage(FileSystemStorage):
    """Keeps its files in a folder of the default storage."""

    @property
    def location(self) -> str:  # type: ignore[override]
        return str(Path(settings.MEDIA_ROOT, "thumbnails", "nested"))


class RenamingStorage(InMemoryStorage):
    """Discards the requested name but keeps the extension, as some object stores are set up."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        path = PurePosixPath(name)
        return str(path.with_name(f"{uuid.uuid4().hex}{path.suffix}"))


class RemoteStorage(Storage):
    """Has no `path()`, and fails on demand like a network."""

    broken: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._files = InMemoryStorage()

    def _behind(self, call: str) -> InMemoryStorage:
        if call in self.broken:
            msg = f"the network is down during {call}"
            raise ConnectionError(msg)
        return self._files

    def _open(self, name: str, mode: str = "rb") -> Any:
        return self._behind("open").open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        return self._behind("save").save(name, content)

    def delete(self, name: str) -> None:
        self._behind("delete").delete(name)

    def exists(self, name: str) -> bool:
        return self._behind("exists").exists(name)

    def size(self, name: str) -> int:
        return self._behind("size").size(name)

    def get_modified_time(self, name: str) -> Any:
        return self._behind("get_modified_time").get_modified_time(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self._behind("listdir").listdir(path)

    def url(self, name: str | None) -> str:
        return f"https://files.example/{name}"


class _ReadOnly:
    """Refuses every write, and lists what was tried."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tried: list[tuple[str, str]] = []

    def _refuse(self, call: str, name: str) -> Any:
        self.tried.append((call, name))
        raise PermissionError(errno.EACCES, f"{call} is forbidden", name)

    def save(self, name: str, content: Any, max_length: int | None = None) -> str:
        return self._refuse("save", name)

    def _save(self, name: str, content: Any) -> str:
        return self._refuse("_save", name)

    def delete(self, name: str) -> None:
        self._refuse("delete", name)


class ReadOnlyDisk(_ReadOnly, FileSystemStorage):
    """A folder that is mounted for reading."""

    def put(self, name: str, data: bytes) -> None:
        """Store a file, as its owner does."""
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class ReadOnlyRemote(_ReadOnly, RemoteStorage):
    """A bucket for which the site has no right to write."""

    def put(self, name: str, data: bytes) -> None:
        """Store a file, as its owner does."""
        self._files.save(name, ContentFile(data))


class OverwritingStorage(InMemoryStorage):
    """Gives every file the requested name and overwrites existing files, as S3 does by default."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        if self.exists(name):
            self.delete(name)
        return name


class FaultyStorage(FileSystemStorage):
    """Fails with thumbnails as `fault` says: it is called before each call and names the failure.

    Sources are stored as usual, because how a project handles them is its own affair.
    """

    lag = 0.2
    """Seconds that a `slow` call takes."""

    left: list[str] = []
    """The files that a fault left behind: not deleted, or half-written under an unreported name."""

    @staticmethod
    def fault(call: str) -> str:  # noqa: ARG004 - tests replace it
        """Return `error`, `partial` (half is written, then the disk is full), `slow`, or an empty string."""
        return ""

    def _meet(self, call: str, name: str) -> str:
        fault = "" if name.startswith("images/") else self.fault(call)
        if fault == "error":
            if call == "delete":
                self.left.append(name)
            raise OSError(errno.EIO, f"the disk fails during {call}")
        if fault == "slow":
            time.sleep(self.lag)
        return fault

    def _save(self, name: str, content: Any) -> str:
        if self._meet("save", name) != "partial":
            return super()._save(name, content)
        data = content.read()
        self.left.append(super()._save(name, ContentFile(data[: len(data) // 2])))
        raise OSError(errno.ENOSPC, "the disk is full")

    def exists(self, name: str) -> bool:
        self._meet("exists", name)
        return super().exists(name)

    def get_modified_time(self, name: str) -> Any:
        self._meet("get_modified_time", name)
        return super().get_modified_time(name)

    def delete(self, name: str) -> None:
        self._meet("delete", name)
        super().delete(name)


class LaggingStorage(FileSystemStorage):
    """Returns a moment after a file was written, like a network."""

    def _save(self, name: str, content: Any) -> str:
        stored = super()._save(name, content)
        time.sleep(0.03)
        return stored


class RenamingDisk(FaultyStorage):
    """Discards the requested name, on a local disk."""

    get_available_name = RenamingStorage.get_available_name


class SuffixingDisk(FaultyStorage):
    """Stores under a different name than requested, as storages that add a version do."""

    def _save(self, name: str, content: Any) -> str:
        path = PurePosixPath(name)
        return super()._save(str(path.with_name(f"{path.stem}-v1{path.suffix}")), content)


class DjangoSuffixingDisk(FaultyStorage):
    """Adds a suffix like Django's to every name, taken or not."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return self.get_alternative_name(*posixpath.splitext(name))


class PathlessDisk(FaultyStorage):
    """Has no paths, like storages on a network."""

    def path(self, name: str) -> str:
        if name == "probe":
            raise NotImplementedError
        return super().path(name)
