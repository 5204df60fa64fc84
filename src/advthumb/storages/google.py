"""`GoogleCloudStorage` of django-storages."""

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from .adapters import FileLook
from .object_stores import ObjectStoreAdapter

_LISTED = "items(name,size,updated),nextPageToken"
"""The fields of a listing that are used."""

_NOTHING_THERE = 416
"""The status with which Google answers that a range is not in the file, as no range is in an empty one."""

_DELETED = frozenset({200, 204, 404})
"""The statuses with which Google answers that a file is deleted, or was."""


class GoogleAdapter(ObjectStoreAdapter):
    """Uses the bucket of the storage."""

    most_deleted: ClassVar[int] = 100
    lists: ClassVar[bool] = True

    def look(self, name: str) -> FileLook | None:
        """Make one request for the metadata."""
        blob = self.storage.bucket.get_blob(self.key(name))
        return None if blob is None else FileLook(blob.size, blob.updated)

    look_at_time = look

    def read(self, name: str, max_bytes: int, with_size: Callable[[int], object]) -> bytes:
        """Make one request, which asks for at most one byte more than the limit.

        The client does not tell the size before it downloads, so `with_size` is not called.
        """
        blob = self.storage.bucket.blob(self.key(name))
        try:
            data: bytes = blob.download_as_bytes(end=max_bytes, checksum=None)
        except Exception as error:
            if getattr(error, "code", None) == _NOTHING_THERE:
                return b""
            raise
        if blob.content_encoding == "gzip":  # Google may then ignore which bytes were asked for
            return super().read(name, max_bytes, with_size)
        return data

    def delete_together(self, names: Sequence[str]) -> Collection[str]:
        """Make one batch request."""
        # Otherwise a single file that is gone is an error, which does not tell what became of the others.
        with self.storage.client.batch(raise_exception=False) as batch:
            for name in names:
                self.storage.bucket.delete_blob(self.key(name))
        pairs = zip(names, batch._responses, strict=True)  # noqa: SLF001 - no public name
        return [name for name, answer in pairs if answer.status_code not in _DELETED]

    def list_after(self, key: str) -> Sequence[tuple[str, FileLook]]:
        """Make one request, which lists up to 1000 blobs."""
        found = self.storage.bucket.list_blobs(prefix=self._start, start_offset=key, fields=_LISTED)
        return [(blob.name, FileLook(blob.size, blob.updated)) for blob in next(found.pages, ())]
