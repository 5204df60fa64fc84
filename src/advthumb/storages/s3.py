"""`S3Storage` of django-storages, and every service with the API of S3: one request for each operation."""

from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from typing import Any, ClassVar

from .adapters import FileLook, read_chunks
from .object_stores import ObjectStoreAdapter

_ALSO_FOR_READING = frozenset(
    {"SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "RequestPayer", "ExpectedBucketOwner"}
)
"""Those of a storage's `object_parameters` that reading an object requires, too."""

_ALSO_FOR_LISTING = frozenset({"RequestPayer", "ExpectedBucketOwner"})
"""Those that listing objects requires, too."""

_NOT_FOUND = 404


class S3Adapter(ObjectStoreAdapter):
    """Uses the client of the storage, which may be shared by threads."""

    most_deleted: ClassVar[int] = 1000
    lists: ClassVar[bool] = True

    @property
    def _client(self) -> Any:
        return self.storage.bucket.meta.client

    def _of_object(self, name: str) -> dict[str, str]:
        """Return the parameters of a request about one object."""
        key = self.key(name)
        return {"Key": key, **self._parameters(key, _ALSO_FOR_READING)}

    def _parameters(self, key: str, wanted: frozenset[str]) -> dict[str, str]:
        """Return the bucket, and those of the storage's `object_parameters` that are wanted."""
        given = self.storage.get_object_parameters(key)
        also = {name: value for name, value in given.items() if name in wanted}
        return {"Bucket": self.storage.bucket_name, **also}

    def look(self, name: str) -> FileLook | None:
        """Make one HEAD request."""
        try:
            answer = self._client.head_object(**self._of_object(name))
        except self._client.exceptions.ClientError as error:
            if _status(error) == _NOT_FOUND:
                return None
            raise
        return FileLook(answer["ContentLength"], answer["LastModified"])

    look_at_time = look

    def read(self, name: str, max_bytes: int, with_size: Callable[[int], object]) -> bytes:
        """Make one GET request. Its answer tells the size before the content is read."""
        try:
            answer = self._client.get_object(**self._of_object(name))
        except self._client.exceptions.ClientError as error:
            if _status(error) == _NOT_FOUND:
                raise FileNotFoundError(f"there is no {name!r}") from error
            raise
        with closing(answer["Body"]) as body:
            if not (self.storage.gzip and answer.get("ContentEncoding") == "gzip"):
                with_size(answer["ContentLength"])
                return read_chunks(body, max_bytes)
        return super().read(name, max_bytes, with_size)  # it decompresses the file

    def delete_together(self, names: Sequence[str]) -> Collection[str]:
        """Make one DeleteObjects request."""
        keys = {self.key(name): name for name in names}
        wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        answer = self._client.delete_objects(Bucket=self.storage.bucket_name, Delete=wanted)
        return [keys[error["Key"]] for error in answer.get("Errors", ())]

    def list_after(self, key: str) -> Sequence[tuple[str, FileLook]]:
        """Make one ListObjectsV2 request, which lists up to 1000 objects."""
        request = {"Prefix": self._start, "StartAfter": key}
        given = {name: value for name, value in request.items() if value}
        answer = self._client.list_objects_v2(**given, **self._parameters(key, _ALSO_FOR_LISTING))
        # Some services list milliseconds, but all of them answer a HEAD request in whole seconds.
        return [
            (each["Key"], FileLook(each["Size"], each["LastModified"].replace(microsecond=0)))
            for each in answer.get("Contents", ())
        ]


def _status(error: Any) -> object:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
