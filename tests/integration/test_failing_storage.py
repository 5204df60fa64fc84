"""Promise 5: a full, dead or slow disk never breaks a save and leaves no wrong thumbnail."""

import resource
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from advthumb import storages
from tests.conftest import colour_of, picture, upload
from tests.management.commands import GENERATE, report
from tests.testapp.models import Photo
from tests.testapp.storages import FaultyStorage

pytestmark = pytest.mark.django_db(transaction=True)

BLUE = (0, 0, 254)
KINDS = ["RenamingDisk", "SuffixingDisk", "DjangoSuffixingDisk", "PathlessDisk"]
"""Storages that do something other than asked, and fail on demand."""


@pytest.fixture
def fault(request, settings, monkeypatch, media):
    """Return a function that makes calls of the default storage fail."""
    kind = getattr(request, "param", "FaultyStorage")
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": f"tests.testapp.storages.{kind}", "OPTIONS": {"location": str(media)}}
    }

    def happen(**faults):
        monkeypatch.setattr(FaultyStorage, "fault", staticmethod(lambda call: faults.get(call, "")))

    return happen


@contextmanager
def files_no_larger_than(size):
    """Have the operating system refuse to write more to a file, as a full disk does."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def turn_blue(photo):
    photo.image = upload("b.jpg", "blue")
    photo.save()


@pytest.mark.parametrize("faults", [{"save": "error"}, {"save": "partial"}, {"exists": "error"}])
def test_a_thumbnail_that_cannot_be_stored(faults, fault, stored):
    """The save succeeds without a thumbnail, no partial file stays, and the next command makes it."""
    photo = Photo.objects.create(title="before", image=upload())
    fault(**faults)
    photo.title = "after"
    turn_blue(photo)
    row = Photo.objects.get()
    assert (row.title, row.image.name, row.thumbnail.name) == ("after", photo.image.name, "")
    assert not photo.thumbnail
    assert stored("thumbnails/") == []

    refused = report(GENERATE)
    assert (refused.code, refused.verdicts, refused.outcomes) == (1, {"missing": 1}, {"failed": 1})
    assert stored("thumbnails/") == []
    fault()
    assert report(GENERATE).outcomes == {"made": 1}
    assert colour_of(Photo.objects.get().thumbnail) == BLUE


@pytest.mark.parametrize("fault", KINDS, indirect=True)
def test_the_life_of_a_row_on_a_storage_that_renames(fault, stored):
    """Instance and row agree on the name that the storage gave, and nothing else is kept."""
    photo = Photo.objects.create(image=upload())
    turn_blue(photo)
    row = Photo.objects.get()
    assert row.thumbnail.name == photo.thumbnail.name
    assert stored("thumbnails/") == [row.thumbnail.name]
    row.title = "new"
    row.save()
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name
    assert colour_of(row.thumbnail) == BLUE
    twin = Photo.objects.get()
    twin.pk = None
    twin.save()
    assert len(stored("thumbnails/")) == 2
    twin.delete()
    row.image = None
    row.save()
    assert stored("thumbnails/") == []


@pytest.mark.parametrize("faults", [{"save": "error"}, {"save": "partial"}, {"delete": "error"}])
@pytest.mark.parametrize("fault", KINDS, indirect=True)
def test_a_storage_of_any_kind_that_fails(fault, faults, stored):
    """The save succeeds, row and instance agree, no wrong picture stays; the next command reports the row.

    A file that the storage left under a name it did not report is unused.
    """
    photo = Photo.objects.create(title="before", image=upload())
    fault(**faults)
    photo.title = "after"
    turn_blue(photo)
    row = Photo.objects.get()
    assert (row.title, row.image.name) == ("after", photo.image.name)
    assert (row.thumbnail.name or "") == (photo.thumbnail.name or "")
    if "save" not in faults:
        assert colour_of(row.thumbnail) == BLUE
        return
    assert not row.thumbnail
    refused = report(GENERATE)
    assert (refused.code, refused.outcomes) == (1, {"failed": 1})
    fault()
    assert report(GENERATE).outcomes == {"made": 1}
    assert colour_of(Photo.objects.get().thumbnail) == BLUE


def test_a_disk_that_is_really_full(media, stored):
    photo = Photo.objects.create(image=upload())
    (media / "images/b.jpg").write_bytes(picture("blue"))
    photo.image = "images/b.jpg"
    with files_no_larger_than(100):
        photo.save()
    row = Photo.objects.get()
    assert (row.image.name, row.thumbnail.name) == ("images/b.jpg", "")
    assert stored("thumbnails/") == []


def test_a_partial_file_is_deleted_even_if_another_row_has_the_same_source(fault, stored):
    """No name is used twice, so the partial file under this name is not another row's."""
    photo = Photo.objects.create(image=upload())
    twin = Photo.objects.create()
    fault(save="partial")
    Photo.objects.filter(pk=twin.pk).update(image=photo.image.name)
    Photo.objects.get(pk=twin.pk).save()
    assert not Photo.objects.get(pk=twin.pk).thumbnail
    assert colour_of(Photo.objects.get(pk=photo.pk).thumbnail) == (254, 0, 0)
    assert stored("thumbnails/") == [photo.thumbnail.name]


def test_a_complete_file_of_another_process_is_never_treated_as_partial(tmp_path):
    """Its name was free when the storage was asked, and its content is not part of our file."""

    class Raced(FaultyStorage):
        def _save(self, name, content):
            Path(self.path(name)).write_bytes(b"theirs")
            raise FileExistsError

    with pytest.raises(storages.ThumbnailError):
        storages.write(Raced(location=tmp_path), "thumbnail.jpg", b"ours, and longer", None)
    assert (tmp_path / "thumbnail.jpg").read_bytes() == b"theirs"


def test_a_file_that_cannot_be_deleted_does_no_other_harm(fault, stored, caplog):
    photo = Photo.objects.create(image=upload())
    before = photo.thumbnail.name
    fault(delete="error")
    turn_blue(photo)
    assert "the disk fails during delete" in caplog.text
    assert colour_of(Photo.objects.get().thumbnail) == BLUE
    assert stored("thumbnails/") == sorted([before, photo.thumbnail.name])


def test_a_slow_storage_delays_no_other_process(fault, monkeypatch):
    """During a long store the row is neither locked nor half-written; the later save wins."""
    photo = Photo.objects.create(image=upload())
    slow = Photo.objects.get()
    storing, go_on = threading.Event(), threading.Event()
    save = FaultyStorage._save

    def save_when_told(storage, name, content):
        if name.startswith("thumbnails/"):
            storing.set()
            assert go_on.wait(30), "the other save waited for this one"
        return save(storage, name, content)

    monkeypatch.setattr(FaultyStorage, "_save", save_when_told)

    def save_slowly():
        slow.title = "slow"
        turn_blue(slow)
        connection.connection.close()  # Django keeps connections to in-memory databases open

    thread = threading.Thread(target=save_slowly)
    thread.start()
    assert storing.wait(30)
    Photo.objects.filter(pk=photo.pk).update(title="quick")
    seen = Photo.objects.get().thumbnail.name
    go_on.set()
    thread.join()
    assert seen == photo.thumbnail.name
    row = Photo.objects.get()
    assert row.title == "slow"
    assert row.thumbnail.name == slow.thumbnail.name
    assert colour_of(row.thumbnail) == BLUE
