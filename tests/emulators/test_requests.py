"""What Google and Azure are asked for each action: the table of docs/object-storage.md."""

import time
from collections import Counter

import pytest
from django.core.files.base import ContentFile

from advthumb import refresh_thumbnails
from advthumb.places import walk
from tests.conftest import colour_of, upload
from tests.management.commands import GENERATE, SYNC, report
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

PHOTOS = ("--model", "testapp.photo")


@pytest.fixture
def one_write(store):
    """Return what it costs to store a thumbnail: django-storages asks Google for the file first."""
    return Counter(upload=1, metadata=1) if "google" in type(store.client).__module__ else Counter(upload=1)


def made(store, count):
    """Return rows whose thumbnails are later than their sources, by a clock of whole seconds."""
    names = [store.save(f"images/a{number}.jpg", upload()) for number in range(count)]
    time.sleep(2.1 - time.time() % 1)
    Photo.objects.bulk_create([Photo(image=name) for name in names])
    assert refresh_thumbnails(Photo.objects.all()).made == count
    return list(Photo.objects.all())


def thumbnails(store):
    return sorted(walk(store, "thumbnails"))


def test_a_row_is_created_changed_and_deleted(requests, one_write, request):
    """Azure's storage does not overwrite by default, so Django asks for a free name of each upload."""
    free_name = Counter() if "google" in request.node.name else Counter(metadata=1)
    photo = Photo.objects.create(image=upload())
    assert requests() == one_write + one_write + free_name
    photo.title = "new"
    photo.save()
    assert (photo.thumbnail.width, photo.thumbnail.height, bool(photo.thumbnail.url)) == (60, 40, True)
    assert requests() == Counter()
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert requests() == one_write + one_write + free_name + Counter(delete=1)
    photo.delete()
    assert requests() == Counter(delete=1)


def test_force_reads_once_writes_once_and_deletes_once(store, requests, one_write):
    made(store, 1)
    requests()
    assert report(GENERATE, *PHOTOS, "--force").outcomes == {"made": 1}
    assert requests() == Counter(download=1, delete=1) + one_write


def test_a_fresh_row_is_checked_with_one_request_for_each_file(store, requests):
    made(store, 1)
    requests()
    assert report("thumbnail_status", *PHOTOS, "--verify", "stat").json["total"]["fresh"] == 1
    assert requests() == Counter(metadata=2)
    assert report("thumbnail_status", *PHOTOS, "--verify", "content").json["total"]["fresh"] == 1
    assert requests() == Counter(metadata=2, download=1)


def test_a_lost_thumbnail_is_found_and_made(store, requests, one_write):
    (photo,) = made(store, 1)
    store.delete(photo.thumbnail.name)
    requests()
    assert report(SYNC, *PHOTOS, "--verify", "stat").outcomes == {"made": 1}
    assert requests() == Counter(metadata=2, download=1, delete=1) + one_write
    photo.refresh_from_db()
    assert colour_of(photo.thumbnail) == (254, 0, 0)


def test_a_source_that_is_too_large_is_refused_with_one_request(store, requests, settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 1000
    Photo.objects.bulk_create([Photo(image=store.save("images/a.jpg", ContentFile(bytes(5000))))])
    requests()
    done = report(GENERATE, *PHOTOS)
    assert done.outcomes == {"failed": 1}
    assert "the source has " in done.out
    assert requests() == Counter(download=1)


def test_superseded_files_are_deleted_many_at_a_time(store, requests):
    made(store, 12)
    requests()
    assert report(GENERATE, *PHOTOS, "--force").outcomes == {"made": 12}
    found = requests()
    assert (found["download"], found["upload"], found["batch"], found["delete"]) == (12, 12, 1, 0)
    assert thumbnails(store) == sorted(row.thumbnail.name for row in Photo.objects.all())


def test_unused_files_are_pruned_with_one_request(store, requests):
    """Azure's storage lists full names."""
    (photo,) = made(store, 1)
    for number in range(30):
        store.save(photo.thumbnail.name.replace("a0_", f"b{number}_"), ContentFile(b"unused"))
    store.save("thumbnails/by-hand.jpg", ContentFile(b"not ours"))
    requests()
    found = report("prune_thumbnails", *PHOTOS, "--older-than", "0s", "--delete", "--yes").json
    assert (found["deleted"], found["failed"]) == (30, [])
    # Two requests find out whether the storage knows case.
    assert requests() == Counter(list=1, metadata=2, batch=1)
    assert thumbnails(store) == sorted([photo.thumbnail.name, "thumbnails/by-hand.jpg"])
