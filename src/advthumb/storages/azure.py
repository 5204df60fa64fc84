"""`AzureStorage` of django-storages."""

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from .adapters import FileLook, read_chunks
from .object_stores import ObjectStoreAdapter

_NOT_FOUND = 404

_DELETED = frozenset({200, 202, 204, 404})
"""The statuses with which Azure answers that a blob is deleted, or was."""


class AzureAdapter(ObjectStoreAdapter):
    """Uses the container client of the storage."""

    most_deleted: ClassVar[int] = 256

    def key(self, name: str) -> str:
        """Return the name of a blob."""
        path: str = self.storage._get_valid_path(name)  # noqa: SLF001 - no public name
        return path

    def look(self, name: str) -> FileLook | None:
        """Make one request for the properties."""
        blob = self.storage.client.get_blob_client(self.key(name))
        try:
            found = blob.get_blob_properties(timeout=self.storage.timeout)
        except Exception as error:
            if getattr(error, "status_code", None) == _NOT_FOUND:
                return None
            raise
        return FileLook(found.size, found.last_modified)

    look_at_time = look

    def read(self, name: str, max_bytes: int, with_size: Callable[[int], object]) -> bytes:
        """Make one request, and more only for files of more than 32 MB: they come in parts."""
        stream = self.storage.client.download_blob(self.key(name), timeout=self.storage.timeout)
        with_size(stream.size)
        return read_chunks(stream, max_bytes)

    def delete_together(self, names: Sequence[str]) -> Collection[str]:
        """Make one batch request."""
        answers = self.storage.client.delete_blobs(
            *map(self.key, names), raise_on_any_failure=False, timeout=self.storage.timeout
        )
        pairs = zip(names, answers, strict=True)
        return [name for name, answer in pairs if answer.status_code not in _DELETED]
