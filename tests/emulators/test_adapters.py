"""What the adapters for Google and Azure ask, with the real clients: each operation and its requests."""

from collections import Counter

import pytest
from django.core.files.base import ContentFile

from advthumb import storages
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.file_facts import FileChecker
from advthumb.places import walk
from advthumb.storages.adapters import adapter_for
from advthumb.storages.azure import AzureAdapter
from advthumb.storages.google import GoogleAdapter


@pytest.fixture
def is_google(store):
    return "google" in type(store.client).__module__


def put(store, *names, data=b"abc"):
    for name in names:
        store.save(name, ContentFile(data))


def test_each_storage_has_its_adapter(store, is_google):
    wanted = GoogleAdapter if is_google else AzureAdapter
    assert {type(adapter_for(store, each)) for each in ("look", "read", "save", "delete_together")} == {
        wanted
    }


def test_one_request_tells_size_time_and_existence(store, requests):
    put(store, "t/a.jpg")
    requests()
    for check in (FileChecker(store).check, FileChecker(store).check_time):
        found = check("t/a.jpg")
        assert (found.exists, found.size) == (True, 3)
        assert found.modified / 10**9 == pytest.approx(
            store.get_modified_time("t/a.jpg").timestamp(), abs=1e-3
        )
        requests()
        assert not check("t/b.jpg").exists
        assert requests() == Counter(metadata=1)


def test_a_file_is_read_with_one_request(store, requests):
    put(store, "t/a.jpg")
    put(store, "t/empty.jpg", data=b"")
    requests()
    assert storages.read(store, "t/a.jpg", 10, lambda _size: None) == b"abc"
    assert requests() == Counter(download=1)
    assert storages.read(store, "t/empty.jpg", 10, lambda _size: None) == b""
    with pytest.raises(ThumbnailError) as caught:
        storages.read(store, "t/b.jpg", 10, lambda _size: None)
    assert caught.value.code is ErrorCode.STORAGE


def test_no_more_than_a_byte_over_the_limit_is_read(store):
    put(store, "t/a.jpg", data=bytes(5000))
    assert len(storages.read(store, "t/a.jpg", 1000, lambda _size: None)) == 1001


def test_azure_refuses_a_size_before_the_content_is_read(store, requests, is_google):
    def refuse(size):
        raise ThumbnailError(f"{size} bytes", ErrorCode.TOO_LARGE)

    put(store, "t/a.jpg", data=bytes(5000))
    requests()
    if is_google:  # the client does not tell the size
        assert len(storages.read(store, "t/a.jpg", 9999, refuse)) == 5000
    else:
        with pytest.raises(ThumbnailError, match="5000 bytes"):
            storages.read(store, "t/a.jpg", 9999, refuse)
    assert requests() == Counter(download=1)


def test_a_new_file_is_stored_without_asking_whether_its_name_is_free(store, requests, is_google):
    assert storages.write(store, "t/a_x7k2m9q.jpg", b"abcd", 100) == "t/a_x7k2m9q.jpg"
    assert requests() == (Counter(metadata=1, upload=1) if is_google else Counter(upload=1))
    with store.open("t/a_x7k2m9q.jpg") as file:
        assert file.read() == b"abcd"


def test_files_are_deleted_together_also_those_that_are_gone(store, requests):
    names = [f"t/{number}.jpg" for number in range(5)]
    put(store, *names, "t/kept.jpg")
    requests()
    assert sorted(storages.delete_all(store, [*names, "t/gone.jpg"])) == sorted([*names, "t/gone.jpg"])
    assert requests() == Counter(batch=1)
    assert list(walk(store, "t")) == ["t/kept.jpg"]


def test_a_batch_is_as_large_as_the_service_allows(store, requests):
    most = adapter_for(store, "delete_together").most_deleted
    names = [f"t/{number}.jpg" for number in range(most)]
    put(store, names[0], names[-1])
    requests()
    assert len(list(storages.delete_all(store, names))) == most
    assert requests() == Counter(batch=1)
    assert list(walk(store, "t")) == []


def test_a_folder_is_walked_with_the_names_of_the_storage(store):
    """Azure lists full names and no folders, Google names and folders."""
    names = ["t/a.jpg", "t/b c.jpg", "t/deep/down/c.jpg", "t/ünï.jpg"]
    put(store, *names, "t2/d.jpg", "e.jpg")
    assert sorted(walk(store, "t")) == names
    assert sorted(walk(store, "")) == sorted([*names, "t2/d.jpg", "e.jpg"])
    assert list(walk(store, "nothing")) == []
