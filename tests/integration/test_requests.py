"""What an S3 server is asked for each action, counted there: the table of docs/object-storage.md."""

import time
from collections import Counter

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.integration.test_object_storage import run
from tests.management.commands import GENERATE, SYNC, report
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

PHOTOS = ("--model", "testapp.photo")


def stored(count, name="a"):
    """Return rows whose thumbnails are certainly later than their sources, by the clock of the bucket."""
    names = [default_storage.save(f"images/{name}{number}.jpg", upload()) for number in range(count)]
    time.sleep(2.1 - time.time() % 1)  # the bucket counts whole seconds
    Photo.objects.bulk_create([Photo(image=name) for name in names])
    assert refresh_thumbnails(Photo.objects.all()).made == count
    return list(Photo.objects.all())


def test_force_reads_once_writes_once_and_deletes_once(requests):
    stored(1)
    requests()
    assert report(GENERATE, *PHOTOS, "--force").outcomes == {"made": 1}
    assert requests() == Counter(GET=1, PUT=1, DELETE=1)


def test_a_fresh_row_is_checked_with_one_request_for_each_file(requests):
    stored(1)
    requests()
    assert run("thumbnail_status", "--json", "--verify", "stat")["total"]["fresh"] == 1
    assert requests() == Counter(HEAD=2)


def test_many_fresh_rows_are_checked_with_one_request_for_a_thousand_files(requests, bucket):
    stored(30)
    requests()
    assert run("thumbnail_status", "--json", "--verify", "stat")["total"]["fresh"] == 30
    assert requests() == Counter(LIST=1)
    bucket.Object(Photo.objects.first().thumbnail.name).delete()
    requests()
    assert run("thumbnail_status", "--json", "--verify", "stat")["total"]["lost"] == 1
    assert requests() == Counter(LIST=1, HEAD=1)


def test_the_content_of_a_source_is_read_with_one_request_more(requests):
    stored(1)
    requests()
    assert run("thumbnail_status", "--json", "--verify", "content")["total"]["fresh"] == 1
    assert requests() == Counter(HEAD=2, GET=1)


def test_a_lost_thumbnail_is_found_and_made_with_at_most_six_requests(requests, bucket):
    """It is judged once. The last request deletes the lost file, in case it is only hidden."""
    (photo,) = stored(1)
    bucket.Object(photo.thumbnail.name).delete()
    requests()
    assert report(SYNC, *PHOTOS, "--verify", "stat").outcomes == {"made": 1}
    assert requests() == Counter(HEAD=2, GET=1, PUT=1, DELETE=1)
    photo.refresh_from_db()
    assert colour_of(photo.thumbnail) == (254, 0, 0)


def test_a_source_that_is_too_large_is_refused_before_its_download(requests, settings):
    """The answer's header tells the length, so the body is not read."""
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 1000
    Photo.objects.bulk_create([Photo(image=default_storage.save("images/a.jpg", ContentFile(bytes(5000))))])
    requests()
    done = report(GENERATE, *PHOTOS)
    assert done.outcomes == {"failed": 1}
    assert requests() == Counter(GET=1)
    assert "the source has 5000 bytes" in done.out


def test_superseded_files_are_deleted_many_at_a_time(requests, kept):
    stored(12)
    requests()
    assert report(GENERATE, *PHOTOS, "--force").outcomes == {"made": 12}
    assert requests() == Counter({"GET": 12, "PUT": 12, "DELETE MANY": 1})
    assert kept() == sorted(row.thumbnail.name for row in Photo.objects.all())


def test_unused_files_are_pruned_with_one_request(requests, bucket, kept):
    """Besides the listing, and a HEAD for each batch that finds out whether the storage knows case."""
    (photo,) = stored(1)
    for number in range(30):
        bucket.put_object(Key=photo.thumbnail.name.replace("a0_", f"b{number}_"), Body=b"unused")
    requests()
    found = run("prune_thumbnails", "--json", "--older-than", "0s", "--delete", "--yes")
    assert (found["deleted"], found["failed"]) == (30, [])
    assert requests() - Counter(LIST=4, HEAD=2) == Counter({"DELETE MANY": 1})
    assert kept() == [photo.thumbnail.name]
