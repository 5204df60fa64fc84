"""Storages that keep their files in memory: one overwrites, as S3 does by default; one renames."""

import posixpath
import uuid
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Self

from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils import timezone
from django.utils.deconstruct import deconstructible


class MemoryStorage(Storage):
    """Looks like a remote storage: it has no `path()`, and its times are whole seconds."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, datetime]] = {}

    def _open(self, name: str, mode: str = "rb") -> File:
        return File(BytesIO(self._found(name)[0]), name)

    def _save(self, name: str, content: File) -> str:
        content.seek(0)
        self.files[name] = (content.read(), timezone.now().replace(microsecond=0))
        return name

    def _found(self, name: str) -> tuple[bytes, datetime]:
        try:
            return self.files[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    def exists(self, name: str) -> bool:
        return name in self.files

    def size(self, name: str) -> int:
        return len(self._found(name)[0])

    def get_modified_time(self, name: str) -> datetime:
        return self._found(name)[1]

    def url(self, name: str | None) -> str:
        return f"https://files.example/{name}"

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        start = f"{path.rstrip('/')}/" if path else ""
        below = [name.removeprefix(start) for name in self.files if name.startswith(start)]
        folders = {name.partition("/")[0] for name in below if "/" in name}
        return sorted(folders), [name for name in below if "/" not in name]


@deconstructible(path="tests.consistency.storages.BucketStorage")
class BucketStorage(MemoryStorage):
    """Writes over a file that has the wanted name."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name


@deconstructible(path="tests.consistency.storages.RenamingStorage")
class RenamingStorage(MemoryStorage):
    """Replaces every wanted name by a random one and keeps the extension."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        folder, base = posixpath.split(name)
        return posixpath.join(folder, uuid.uuid4().hex + posixpath.splitext(base)[1])


BUCKET = BucketStorage()
RENAMING = RenamingStorage()


class Fault:
    """Makes one call of a storage fail: `with Fault(storage, "save", when=2): ...` fails the second one.

    Only calls about thumbnails fail, and `open`: how a project handles its sources is its own affair.

    Args:
        storage: The storage.
        call: `save`, `open`, or the name of another method.
        when: Which call of that method fails, counted from 1; 0 for none.
        folder: Calls fail for files whose name contains this.
        for_good: Whether all later calls fail too.
    """

    def __init__(
        self, storage: Storage, call: str, *, when: int = 1, folder: str = "thumbs/", for_good: bool = False
    ) -> None:
        self._storage, self._left, self._folder, self._for_good = storage, when, folder, for_good
        self._method = {"save": "_save", "open": "_open"}.get(call, call)
        self.happened = False

    def __enter__(self) -> Self:
        real = getattr(self._storage, self._method)

        def failing(name: str, *args: Any, **kwargs: Any) -> Any:
            if self._folder in name or self._method == "_open":
                self._left -= 1
                if self._left == 0 or (self._for_good and self._left < 0):
                    self.happened = True
                    raise ConnectionError(f"the network is down during {self._method} of {name}")
            return real(name, *args, **kwargs)

        setattr(self._storage, self._method, failing)
        return self

    def __exit__(self, *_error: object) -> None:
        # This removes only our override; the class keeps its method.
        delattr(self._storage, self._method)


def make_old(storage: MemoryStorage, age: timedelta) -> None:
    """Make all files look older."""
    storage.files = {name: (data, time - age) for name, (data, time) in storage.files.items()}
