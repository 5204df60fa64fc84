"""How a family of storages does in one request what Django's storage API takes several for.

`StorageAdapter` uses Django's API alone and works for every storage. The adapters of the storages of
django-storages for S3, Google Cloud Storage and Azure ask the service itself. You can register an adapter
for a storage of your own.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils.module_loading import import_string

from .classes import class_of

__all__ = ["FileLook", "StorageAdapter", "register_adapter"]

Operation = Literal["look", "read", "save", "delete_together", "list_after"]
"""The methods of an adapter."""


class FileLook(NamedTuple):
    """What a storage reports about a file that exists.

    Attributes:
        size: Bytes; None if unknown.
        modified: When the file was written, as a `datetime` like that of `Storage.get_modified_time`; None
            if unknown.
    """

    size: object
    modified: object


class StorageAdapter:
    """How advthumb uses a storage. This class uses Django's storage API; subclasses take fewer requests.

    Methods that you do not override work as they do for every other storage. Methods may raise anything:
    errors become `storage` errors. They are called in several threads at a time.

    Args:
        storage: The storage.

    Attributes:
        stands_for: For each method of the adapter, the methods of the storage that it replaces. If a subclass
            of the storage overrides one of these, the adapter's method is not used, because the subclass may
            encrypt files or rename them, for example.
        most_deleted: How many files `delete_together` may be given; 1 if the storage deletes files one by
            one.
        lists: Whether `list_after` works. If so, it must report the same as `look`.
    """

    stands_for: ClassVar[Mapping[Operation, tuple[str, ...]]] = MappingProxyType(
        {
            "look": ("exists", "size", "get_modified_time"),
            "read": ("open", "_open"),
            "save": ("save", "get_available_name", "exists"),
            "delete_together": ("delete",),
            "list_after": ("exists", "size", "get_modified_time", "listdir"),
        }
    )
    most_deleted: ClassVar[int] = 1
    lists: ClassVar[bool] = False

    def __init__(self, storage: Storage) -> None:
        self.storage: Any = storage

    def look(self, name: str) -> FileLook | None:
        """Return size and time of a file, None if it does not exist."""
        try:
            return FileLook(self.storage.size(name), self._modified(name))
        except Exception:
            # Storages raise different errors for a missing file, but all of them have `exists`.
            if self.storage.exists(name):
                raise
            return None

    def look_at_time(self, name: str) -> FileLook | None:
        """Return at least the time of a file, None if it does not exist."""
        try:
            modified = self._modified(name)
        except Exception:
            if self.storage.exists(name):
                raise
            return None
        return None if modified is None and not self.storage.exists(name) else FileLook(None, modified)

    def _modified(self, name: str) -> object:
        """Return when a file was written, as the storage reports it; None if it keeps no times."""
        try:
            return self.storage.get_modified_time(name)
        except NotImplementedError:
            return None

    def read(self, name: str, max_bytes: int, with_size: Callable[[int], object]) -> bytes:
        """Return a whole file; of one larger than `max_bytes`, at most one byte more than that.

        Args:
            name: The file.
            max_bytes: The limit.
            with_size: Call this with the size of the file before the content is downloaded, if the storage
                tells the size by then. It raises an error if the file is too large.
        """
        with self.storage.open(name, "rb") as file:
            return read_chunks(file, max_bytes)

    def save(self, name: str, data: bytes, max_length: int | None) -> str:
        """Store a new file and return its name. No other file has this name or ever had it.

        Args:
            name: The name, which fits into `max_length`.
            data: The content.
            max_length: How long the returned name may be; None for no limit.
        """
        stored: str = self.storage.save(name, ContentFile(data), max_length=max_length)
        return stored

    def delete_together(self, names: Sequence[str]) -> Collection[str]:
        """Delete files with one request, and return the names of those that could not be deleted.

        Files that do not exist count as deleted. Files that could not be deleted are then deleted one by one,
        and all of them if this raises an error.

        Args:
            names: Their names: at least two, and not more than `most_deleted`.
        """
        return names

    def key(self, name: str) -> str:
        """Return what `list_after` calls a file: here its name."""
        return name

    def list_after(self, key: str) -> Sequence[tuple[str, FileLook]]:
        """Return a page of the listing of all files: their keys, and what `look` returns for each.

        Commands use it to check many rows with one request. A file that is not in the listing is then asked
        for with `look`, before it counts as lost.

        Args:
            key: The page begins with the first file after this key, in the order of the keys' bytes in UTF-8.
                It need not be the key of a file. The file of this very key may be listed, too.

        Returns:
            Files in this order, as many as one request returns; nothing if no file comes after the key.
        """
        raise NotImplementedError


class Readable(Protocol):
    """An open file."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end of the file."""
        ...


_CHUNK = 4 * 2**20


def read_chunks(file: Readable, max_bytes: int) -> bytes:
    """Return the content of an open file; of one larger than `max_bytes`, only one byte more than that."""
    chunks, left = [], max_bytes + 1
    # Read in chunks: `read(limit)` would allocate the whole limit up front.
    while left and (chunk := file.read(min(left, _CHUNK))):
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


_adapters: dict[str, type[StorageAdapter] | str] = {
    "storages.backends.s3.S3Storage": "advthumb.storages.s3.S3Adapter",
    "storages.backends.gcloud.GoogleCloudStorage": "advthumb.storages.google.GoogleAdapter",
    "storages.backends.azure_storage.AzureStorage": "advthumb.storages.azure.AzureAdapter",
}


def register_adapter(storage_class: str, adapter: type[StorageAdapter] | str) -> None:
    """Use an adapter for a class of storages and its subclasses.

    Call it in the `ready` method of an `AppConfig`.

    Args:
        storage_class: The dotted path of the class, as its module defines it. It is not imported.
        adapter: A subclass of `StorageAdapter`, or its dotted path, which is imported when it is needed.
    """
    _adapters[storage_class] = adapter
    _adapter_class.cache_clear()


def adapter_for(storage: Storage, operation: Operation) -> StorageAdapter:
    """Return the adapter for one operation on a storage.

    That is Django's API if there is no adapter, or if the class of the storage overrides what the adapter
    replaces.
    """
    return _adapter_class(class_of(storage), operation)(storage)


@cache
def _adapter_class(storage_class: Hashable, operation: Operation) -> type[StorageAdapter]:
    for parent in getattr(storage_class, "__mro__", ()):
        found = _adapters.get(f"{parent.__module__}.{parent.__qualname__}")
        if found is not None:
            adapter: type[StorageAdapter] = import_string(found) if isinstance(found, str) else found
            kept = all(
                getattr(storage_class, name, None) is getattr(parent, name, None)
                for name in adapter.stands_for[operation]
            )
            return adapter if kept else StorageAdapter
    return StorageAdapter
