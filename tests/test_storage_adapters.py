"""`storages.adapters`: which adapter a storage gets, and what the adapters for Google and Azure ask.

Google and Azure are represented by fakes with the few methods of their clients that the adapters call, with
the same names, arguments and errors. S3 is tested with a server, in `tests/integration/test_requests.py`.
"""

import datetime as dt
import logging
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage

from advthumb import storages
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.file_facts import FileChecker
from advthumb.storages import adapters
from advthumb.storages.adapters import FileLook, StorageAdapter, adapter_for, register_adapter
from advthumb.storages.azure import AzureAdapter
from advthumb.storages.google import GoogleAdapter

MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


class Noting:
    """Notes the calls of the methods that tests are about."""

    def __init__(self, files=()):
        self.files = dict(files)
        self.calls = []


class MissingError(Exception):
    """What a client raises for a file that does not exist."""

    code = status_code = 404


class ObjectStore(Storage):
    """What storages of django-storages for object stores have in common."""

    def __init__(self, **files):
        self.service = Noting(files)

    def _normalize_name(self, name):
        return f"site-a/{name}"

    def _save(self, name, content):
        self.service.calls.append("put")
        self.service.files[f"site-a/{name}"] = content.read()
        return name

    def exists(self, name):
        self.service.calls.append("exists")
        return f"site-a/{name}" in self.service.files

    def delete(self, name):
        self.service.calls.append("delete")
        if name.startswith("stuck"):
            raise PermissionError(name)
        self.service.files.pop(f"site-a/{name}", None)


class GoogleLike(ObjectStore):
    """`GoogleCloudStorage`, with a bucket that notes its calls."""

    @property
    def bucket(self):
        return GoogleBucket(self.service)

    @property
    def client(self):
        return self.bucket


class GoogleBucket:
    """`google.cloud.storage.Bucket` and `Client`, as far as the adapter uses them."""

    def __init__(self, service):
        self.service = service

    def get_blob(self, key):
        self.service.calls.append("get_blob")
        data = self.service.files.get(key)
        return None if data is None else SimpleNamespace(name=key, size=len(data), updated=MOMENT)

    def blob(self, key):
        return GoogleBlob(self.service, key)

    def list_blobs(self, *, prefix, start_offset, fields):
        assert fields.startswith("items(name,size,updated)")
        keys = [key for key in sorted(self.service.files) if key.startswith(prefix) and key >= start_offset]
        return SimpleNamespace(pages=self._pages(keys))

    def _pages(self, keys):
        while keys:
            self.service.calls.append("list")
            page, keys = keys[:3], keys[3:]
            yield [
                SimpleNamespace(name=key, size=len(self.service.files[key]), updated=MOMENT) for key in page
            ]

    @contextmanager
    def batch(self, *, raise_exception):
        assert not raise_exception  # that of a file which is gone would hide the answers about the others
        self.service.answers = []
        yield SimpleNamespace(_responses=self.service.answers)
        self.service.calls.append("batch")

    def delete_blob(self, key):
        stuck = key.startswith("site-a/stuck")
        found = None if stuck else self.service.files.pop(key, None)
        status = 403 if stuck else 204 if found is not None else 404
        self.service.answers.append(SimpleNamespace(status_code=status))


class GoogleBlob:
    """`google.cloud.storage.Blob`, as far as the adapter uses it."""

    content_encoding = None

    def __init__(self, service, key):
        self.service, self.key = service, key

    def download_as_bytes(self, *, end, checksum):
        assert checksum is None  # that of the whole file, of which this may be a part
        self.service.calls.append(f"download up to {end}")
        if self.key not in self.service.files:
            raise MissingError
        data = self.service.files[self.key]
        if not data:
            error = MissingError()
            error.code = 416
            raise error
        return data[: end + 1]


class AzureLike(ObjectStore):
    """`AzureStorage`, with a container client that notes its calls."""

    timeout = 20

    def _get_valid_path(self, name):
        return f"site-a/{name}"

    @property
    def client(self):
        return AzureContainer(self.service)


class AzureContainer:
    """`azure.storage.blob.ContainerClient`, as far as the adapter uses it."""

    def __init__(self, service):
        self.service = service

    def get_blob_client(self, key):
        def get_blob_properties(*, timeout):
            self.service.calls.append("properties")
            if key not in self.service.files:
                raise MissingError
            return SimpleNamespace(size=len(self.service.files[key]), last_modified=MOMENT)

        return SimpleNamespace(get_blob_properties=get_blob_properties)

    def download_blob(self, key, *, timeout):
        self.service.calls.append("download")
        if key not in self.service.files:
            raise MissingError
        data = self.service.files[key]
        return SimpleNamespace(size=len(data), read=ContentFile(data).read)

    def delete_blobs(self, *keys, raise_on_any_failure, timeout):
        assert not raise_on_any_failure
        self.service.calls.append("batch")
        for key in keys:
            stuck = key.startswith("site-a/stuck")
            found = None if stuck else self.service.files.pop(key, None)
            yield SimpleNamespace(status_code=403 if stuck else 202 if found is not None else 404)


@pytest.fixture(params=[(GoogleLike, GoogleAdapter), (AzureLike, AzureAdapter)], ids=["google", "azure"])
def store(request, monkeypatch):
    """Return a storage of each family."""
    monkeypatch.setattr(adapters, "_adapters", {})
    storage_class, adapter = request.param
    register_adapter(f"{__name__}.{storage_class.__qualname__}", adapter)
    yield storage_class(**{"site-a/a.jpg": b"abc", "site-a/empty.jpg": b""})
    adapters._adapter_class.cache_clear()


def test_one_request_tells_size_time_and_existence(store):
    for check in (FileChecker(store).check, FileChecker(store).check_time):
        found = check("a.jpg")
        assert (found.exists, found.size, found.modified) == (True, 3, MOMENT.timestamp() * 10**9)
        assert not check("b.jpg").exists
    assert len(store.service.calls) == 4
    assert "exists" not in store.service.calls


def test_a_file_is_read_with_one_request(store):
    assert storages.read(store, "a.jpg", 10, lambda _size: None) == b"abc"
    assert storages.read(store, "empty.jpg", 10, lambda _size: None) == b""
    with pytest.raises(ThumbnailError) as caught:
        storages.read(store, "b.jpg", 10, lambda _size: None)
    assert caught.value.code is ErrorCode.STORAGE
    assert len(store.service.calls) == 3
    assert "properties" not in store.service.calls


def test_no_more_than_a_byte_over_the_limit_is_read(store):
    assert storages.read(store, "a.jpg", 1, lambda _size: None) == b"ab"


def test_azure_tells_the_size_before_the_content_is_read():
    def refuse(size):
        raise ThumbnailError(f"{size} bytes", ErrorCode.TOO_LARGE)

    store = AzureLike(**{"site-a/a.jpg": b"abc"})
    with pytest.raises(ThumbnailError, match="3 bytes"):
        AzureAdapter(store).read("a.jpg", 1, refuse)


def test_a_new_file_is_stored_without_asking_whether_its_name_is_free(store):
    assert storages.write(store, "t/a_x7k2m9q.jpg", b"abcd", 100) == "t/a_x7k2m9q.jpg"
    assert store.service.calls == ["put"]
    assert store.service.files["site-a/t/a_x7k2m9q.jpg"] == b"abcd"


def test_files_are_deleted_together_and_those_that_are_not_one_by_one(store, caplog):
    store.service.files |= {f"site-a/{number}.jpg": b"x" for number in range(5)}
    names = [f"{number}.jpg" for number in range(5)]
    assert list(storages.delete_all(store, [*names, "gone.jpg"])) == [*names, "gone.jpg"]
    assert store.service.calls == ["batch"]
    store.service.files |= {"site-a/0.jpg": b"x", "site-a/stuck.jpg": b"x"}
    with caplog.at_level(logging.WARNING, "advthumb"):
        assert list(storages.delete_all(store, ["0.jpg", "stuck.jpg"])) == ["0.jpg"]
    assert "stuck.jpg" in caplog.text
    assert "site-a/0.jpg" not in store.service.files


def test_a_batch_is_as_large_as_the_service_allows(store):
    most = adapter_for(store, "delete_together").most_deleted
    assert len(list(storages.delete_all(store, (f"{number}.jpg" for number in range(2 * most))))) == 2 * most
    assert store.service.calls == ["batch", "batch"]


def test_a_single_file_is_deleted_by_the_storage(store):
    assert list(storages.delete_all(store, ["a.jpg"])) == ["a.jpg"]
    assert store.service.calls == ["delete"]


# Listings


def test_google_lists_a_page_with_one_request():
    store = GoogleLike(**{f"site-a/{name}.jpg": b"abc" for name in "abcde"}, **{"site-b/a.jpg": b""})
    adapter = GoogleAdapter(store)
    page = adapter.list_after("site-a/b.jp")
    assert page == [(f"site-a/{name}.jpg", FileLook(3, MOMENT)) for name in "bcd"]
    assert store.service.calls == ["list"]
    assert page[0][1] == adapter.look("b.jpg")
    assert page[0][0] == adapter.key("b.jpg")


def test_google_lists_nothing_at_the_end_and_nothing_of_other_locations():
    adapter = GoogleAdapter(GoogleLike(**{"site-a/a.jpg": b"", "site-b/a.jpg": b""}))
    assert adapter.list_after("site-a/b") == []
    assert len(adapter.list_after("")) == 1


@pytest.mark.parametrize("adapter", [StorageAdapter, AzureAdapter])
def test_storages_that_list_no_files_after_a_given_one_are_not_listed(adapter):
    assert not adapter.lists
    with pytest.raises(NotImplementedError):
        adapter(AzureLike()).list_after("a")


# Which adapter


class Plain(InMemoryStorage):
    """A storage of somebody's own."""


class Encrypted(Plain):
    """Keeps something else than it is given."""

    def _open(self, name, mode="rb"):
        return super()._open(name, mode)


class PlainAdapter(StorageAdapter):
    """An adapter of somebody's own."""

    def look(self, name):
        return FileLook(7, None)


@pytest.fixture
def registered(monkeypatch):
    """Register the adapter for `Plain`, for one test."""
    monkeypatch.setattr(adapters, "_adapters", {})
    register_adapter(f"{__name__}.Plain", f"{__name__}.PlainAdapter")
    yield
    adapters._adapter_class.cache_clear()


def test_an_adapter_can_be_registered(registered):
    assert FileChecker(Plain()).check("a.jpg").size == 7
    assert type(adapter_for(InMemoryStorage(), "look")) is StorageAdapter


def test_what_a_subclass_overrides_is_not_bypassed(registered):
    assert type(adapter_for(Encrypted(), "look")) is PlainAdapter
    assert type(adapter_for(Encrypted(), "read")) is StorageAdapter


def test_an_adapter_that_is_registered_later_is_used_at_once(registered):
    assert type(adapter_for(Plain(), "look")) is PlainAdapter
    register_adapter(f"{__name__}.Plain", StorageAdapter)
    assert type(adapter_for(Plain(), "look")) is StorageAdapter


def test_no_package_of_a_storage_is_imported_before_the_storage_is_used():
    script = (
        "import sys; from advthumb.storages import adapters;"
        "import advthumb.storages.s3, advthumb.storages.google, advthumb.storages.azure;"
        "print([name for name in ('storages', 'boto3', 'google', 'azure') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
