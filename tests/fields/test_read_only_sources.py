"""Sources in a storage that the site may only read: nothing of ours writes to it or deletes from it."""

import time
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, picture, upload
from tests.management.commands import ALL, GENERATE, REGENERATE, SYNC, report
from tests.testapp.models import Photo
from tests.testapp.storages import ReadOnlyDisk, ReadOnlyRemote

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

RED, BLUE = (254, 0, 0), (0, 0, 254)
PHOTOS = ("--model", "testapp.photo")


@pytest.fixture(params=["disk", "the disk of the thumbnails", "remote"])
def sources(request, monkeypatch, tmp_path, media):
    """Return the storage of the sources, which has two, and check at the end that nothing tried to write."""
    if request.param == "remote":
        storage = ReadOnlyRemote()
    else:
        storage = ReadOnlyDisk(location=tmp_path / "archive" if request.param == "disk" else media)
    storage.put("images/a.jpg", picture())
    storage.put("images/b.jpg", picture("blue"))
    time.sleep(0.02)  # so that thumbnails are later
    before = states(storage)
    monkeypatch.setattr(Photo._meta.get_field("image"), "storage", storage)
    yield storage
    assert storage.tried == []
    assert states(storage) == before


def states(storage):
    """Return name, times and content of each source."""
    if isinstance(storage, FileSystemStorage):
        paths = sorted(Path(storage.path("images")).iterdir())
        return [(path, path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.read_bytes()) for path in paths]
    return [(name, storage.open(f"images/{name}").read()) for name in sorted(storage.listdir("images")[1])]


@pytest.fixture
def row(sources):
    """Return a row that names a source and has no thumbnail."""
    Photo.objects.bulk_create([Photo(image="images/a.jpg")])
    Photo.objects.update(thumbnail="")
    return Photo.objects.get()


@pytest.mark.parametrize("command", ALL)
def test_commands_make_what_is_missing_and_make_it_again(row, command, stored):
    first, second = [report(command, *PHOTOS, *force).outcomes for force in ([], ["--force"])]
    assert first == ({"left": 1} if command == REGENERATE else {"made": 1})
    assert second == {"made": 1}
    row.refresh_from_db()
    assert colour_of(row.thumbnail) == RED
    assert stored("thumbnails/") == [row.thumbnail.name]


@pytest.mark.parametrize("verify", ["name", "stat", "content"])
def test_each_level_of_checking_only_reads(row, verify):
    assert report(SYNC, *PHOTOS).outcomes == {"made": 1}
    assert report(SYNC, *PHOTOS, "--verify", verify, "--clear-cache").verdicts == {"fresh": 1}


def test_a_save_replaces_and_clears_a_source_by_its_stored_name(row, stored):
    row.save()
    assert colour_of(Photo.objects.get().thumbnail) == RED
    row.image = "images/b.jpg"
    row.save()
    row = Photo.objects.get()
    assert colour_of(row.thumbnail) == BLUE
    assert stored("thumbnails/") == [row.thumbnail.name]
    row.image = None
    row.save()
    assert (row.thumbnail.name, stored("thumbnails/")) == (None, [])


def test_a_row_that_is_deleted_or_rolled_back_takes_its_thumbnail_only(row, stored):
    with pytest.raises(LookupError), transaction.atomic():
        row.save()
        assert len(stored("thumbnails/")) == 1
        raise LookupError
    assert stored("thumbnails/") == []
    assert refresh_thumbnails(Photo.objects.all()).made == 1
    Photo.objects.get().delete()
    assert stored("thumbnails/") == []


def test_a_source_that_cannot_be_read_is_reported(sources):
    Photo.objects.bulk_create([Photo(image="images/gone.jpg")])
    done = report(GENERATE, *PHOTOS)
    assert (done.code, done.outcomes) == (1, {"failed": 1})


def test_prune_deletes_unused_thumbnails_also_those_in_the_folder_of_the_sources(row, stored):
    row.save()
    unused = row.thumbnail.name.replace("a_", "c_")
    default_storage.save(unused, upload())
    assert report("prune_thumbnails", *PHOTOS, "--older-than", "0s", "--delete").json["files"] == [unused]
    assert stored("thumbnails/") == [row.thumbnail.name]


def test_an_upload_fails_as_it_does_without_thumbnails(row, sources, stored):
    """The project uploads to where it must not: its own error, and nothing of ours stays."""
    row.image = upload("c.jpg")
    with pytest.raises(PermissionError):
        row.save()
    assert sources.tried == [("save", "images/c.jpg")]
    sources.tried.clear()
    assert not Photo.objects.get().thumbnail
    assert stored("thumbnails/") == []
