"""Which storages may share a file, and what is in their folders."""

import os

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, default_storage

from advthumb.core.errors import ThumbnailError
from advthumb.places import (
    is_same_file,
    listing,
    may_share,
    names_elsewhere,
    walk,
    whereabouts,
)
from tests.testapp.storages import PathlessDisk, RemoteStorage


class Bucket(Storage):
    """Has a bucket and a prefix, like object storages."""

    def __init__(self, bucket, location="", **options):
        self.bucket_name, self.location, self.options = bucket, location, options


class Sharded(FileSystemStorage):
    """Puts files in folders that it invents."""

    def path(self, name):
        return super().path(f"{hash(name)}/{name}")


class Rude(Storage):
    """Raises on comparison and on unknown attributes."""

    __hash__ = Storage.__hash__

    def __eq__(self, other):
        raise RuntimeError

    def __getattr__(self, name):
        raise LookupError(name)

    def path(self, name):
        raise TypeError(name)

    def deconstruct(self):
        raise ValueError

    @property
    def location(self):
        raise KeyError


def inner():
    class Inner(FileSystemStorage):
        pass

    return Inner()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: default_storage, FileSystemStorage),
        (lambda: default_storage, inner),
        (lambda: default_storage, lambda: FileSystemStorage(location=f"{settings.MEDIA_ROOT}/x/..")),
        (lambda: default_storage, RemoteStorage),
        (lambda: default_storage, Sharded),
        (lambda: default_storage, PathlessDisk),
        (lambda: default_storage, Rude),
        (Rude, Rude),
        (Rude, lambda: Bucket("a")),
        (RemoteStorage, RemoteStorage),
        (lambda: Bucket("a"), lambda: Bucket("a", file_overwrite=True)),
        (lambda: Bucket("a"), RemoteStorage),
    ],
)
def test_storages_that_may_share_files_use_the_same_names(one, other):
    one, other = one(), other()
    for here, there in [(one, other), (other, one)]:
        found = names_elsewhere(["thumbs/a.jpg"], here, there)
        assert found is None or found["thumbs/a.jpg"] == ("thumbs/a.jpg",)
        assert may_share(here, there)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: FileSystemStorage(location="/srv/a"), lambda: FileSystemStorage(location="/srv/ab")),
        (lambda: Bucket("a"), lambda: Bucket("b")),
        (lambda: Bucket("a"), lambda: default_storage),
    ],
)
def test_storages_that_cannot_share_files_are_ignored(one, other):
    one, other = one(), other()
    for here, there in [(one, other), (other, one)]:
        assert names_elsewhere(["a.jpg"], here, there) == {}
        assert not may_share(here, there)


def test_a_nested_folder_has_the_file_under_a_shorter_name(media):
    outer, nested = default_storage, FileSystemStorage(location=media / "thumbs" / "nested")
    assert names_elsewhere(["thumbs/nested/a.jpg", "thumbs/a.jpg"], outer, nested) == {
        "a.jpg": ("thumbs/nested/a.jpg",)
    }
    assert names_elsewhere(["a.jpg"], nested, outer) == {"thumbs/nested/a.jpg": ("a.jpg",)}
    assert may_share(outer, nested)
    assert may_share(nested, outer)


def test_a_link_to_a_folder_is_followed(media, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (media / "thumbs").symlink_to(elsewhere)
    found = names_elsewhere(["thumbs/a.jpg"], default_storage, FileSystemStorage(location=elsewhere))
    assert found == {"a.jpg": ("thumbs/a.jpg",)}


def test_prefixes_within_one_bucket_are_considered():
    whole, part = Bucket("a"), Bucket("a", "/media/")
    assert names_elsewhere(["thumbs/a.jpg"], part, whole) == {
        "thumbs/a.jpg": ("thumbs/a.jpg",),
        "media/thumbs/a.jpg": ("thumbs/a.jpg",),
    }
    assert names_elsewhere(["media/a.jpg", "a.jpg"], whole, part) == {
        "media/a.jpg": ("media/a.jpg",),
        "a.jpg": ("a.jpg", "media/a.jpg"),
    }


def test_only_identical_listings_are_merged():
    assert listing(default_storage) == listing(FileSystemStorage(location="/srv"))  # the folders differ
    assert listing(Bucket("a")) == listing(Bucket("a", file_overwrite=True))
    assert listing(Bucket("a")) != listing(Bucket("b"))
    assert listing(Bucket("a")) != listing(Bucket("a", "media"))
    assert listing(RemoteStorage()) != listing(RemoteStorage())  # each has its own files
    assert listing(Rude())


def test_names_that_differ_in_case_are_one_file_only_on_a_caseless_disk(media):
    (media / "a.jpg").write_bytes(b"")
    assert not is_same_file(default_storage, "a.jpg", default_storage, "A.jpg")
    os.link(media / "a.jpg", media / "A.jpg")  # as on a disk that ignores case
    assert is_same_file(default_storage, "a.jpg", default_storage, "A.jpg")
    assert not is_same_file(RemoteStorage(), "a.jpg", RemoteStorage(), "A.jpg")


def test_if_case_sensitivity_is_unknown_names_count_as_one_file(media):
    (media / "file").write_bytes(b"")
    assert is_same_file(default_storage, "file/a.jpg", default_storage, "file/A.jpg")


class Listed(Storage):
    """Lists the given names."""

    def __init__(self, listings, location=""):
        self.listings, self.location = listings, location

    def listdir(self, path):
        return self.listings[path]

    def exists(self, name):
        return name.endswith("really/there.jpg")


@pytest.mark.parametrize(
    ("listings", "location", "folder", "found"),
    [
        ({"t": (["sub"], ["a.jpg"]), "t/sub": ([], ["b.jpg"])}, "", "t", ["t/a.jpg", "t/sub/b.jpg"]),
        ({"t": ([], ["t/a.jpg", "t/sub/b.jpg"])}, "", "t", ["t/a.jpg", "t/sub/b.jpg"]),
        ({"": ([], ["t/a.jpg"])}, "", "", ["t/a.jpg"]),
        ({"t": ([], ["media/t/a.jpg"])}, "media", "t", ["t/a.jpg"]),
        ({"": ([], ["media/t/a.jpg"])}, "media", "", ["t/a.jpg"]),
        ({"t": ([], ["t2/a.jpg", "really/there.jpg"])}, "", "t", ["t/really/there.jpg"]),
        ({"t": (["t/sub/"], []), "t/sub": ([], ["b.jpg"])}, "", "t", ["t/sub/b.jpg"]),
        ({"t": (["", ".", ".."], [""])}, "", "t", ["t/"]),
    ],
)
def test_listings_of_all_kinds_are_understood(listings, location, folder, found):
    assert list(walk(Listed(listings, location), folder)) == found


def test_an_endless_listing_is_an_error():
    class Endless(Storage):
        def listdir(self, path):
            return ["again"], []

    with pytest.raises(ThumbnailError, match="more than 100 nested folders"):
        list(walk(Endless(), "t"))


@pytest.mark.parametrize("kind", [Storage, Rude])
def test_a_storage_that_cannot_list_is_an_error(kind):
    with pytest.raises(ThumbnailError, match="listing 't' failed"):
        list(walk(kind(), "t"))


def test_a_local_folder_that_cannot_be_read_is_an_error(media, monkeypatch):
    def refuse(path):
        raise PermissionError(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ThumbnailError, match="listing 't' failed"):
        list(walk(default_storage, "t"))


def test_a_local_folder_outside_of_its_storage_is_an_error(media):
    with pytest.raises(ThumbnailError, match="listing '/etc' failed"):
        list(walk(default_storage, "/etc"))


def test_a_folder_that_does_not_exist_has_no_files(media):
    assert list(walk(default_storage, "nothing")) == []
    assert list(walk(RemoteStorage(), "nothing")) == []


def test_a_storage_with_a_custom_path_is_not_treated_as_a_plain_folder():
    assert not whereabouts(Sharded()).is_folder
    assert whereabouts(default_storage).is_folder
