"""`thumbnail_status` counts, writes nothing, and fails when monitoring asks for it."""

import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import picture, upload
from tests.testapp.models import Photo, Remote

pytestmark = pytest.mark.django_db


def status(*arguments):
    out = StringIO()
    call_command("thumbnail_status", "--model", "testapp.Photo", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def photos(media):
    fresh = Photo.objects.create(image=upload())
    lost = Photo.objects.create(image=upload("b.jpg"))
    (media / lost.thumbnail.name).unlink()
    Photo.objects.bulk_create(
        [
            Photo(image="images/a.jpg"),
            Photo(image="images/a.jpg", thumbnail="thumbnails/a_thumbnail.jpg"),
            Photo(thumbnail=fresh.thumbnail.name),
            Photo(),
        ]
    )


def test_counts_by_verdict_at_each_level(photos):
    by_name = "testapp.Photo.thumbnail: 2 fresh (by name), 1 missing, 1 unknown, 1 orphaned\n"
    assert status("--verify", "name") == by_name
    assert status() == "testapp.Photo.thumbnail: 1 fresh (by stat), 1 missing, 2 lost, 1 orphaned\n"


def test_only_content_detects_a_replacement_of_the_same_size_and_age(media):
    photo = Photo.objects.create(image=upload())
    path = media / photo.image.name
    times = path.stat()
    path.write_bytes(picture("blue"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    found = {"name": "fresh (by name)", "stat": "fresh (by stat)", "content": "source-changed"}
    for level, verdict in found.items():
        assert status("--verify", level) == f"testapp.Photo.thumbnail: 1 {verdict}\n"


def test_json(photos):
    report = json.loads(status("--json", "--verify", "name"))
    assert report["fields"]["testapp.Photo.thumbnail"]["fresh"] == 2
    assert report["fields"]["testapp.Photo.thumbnail"]["level"] == "name"
    assert report["verify"] == "name"
    assert report["unread"] == []
    assert report["total"]["orphaned"] == 1


def test_fail_on(photos):
    assert status("--fail-on", "failed")
    for words, count in (("missing", 1), ("stale", 1), ("stale,missing,lost,failed", 4)):
        with pytest.raises(CommandError, match=f"^{count} thumbnails are"):
            status("--fail-on", words)
    with pytest.raises(CommandError, match="choose from fresh"):
        status("--fail-on", "broken")


def test_nothing_is_written(photos, calls, stored, django_assert_num_queries):
    before = stored()
    calls.clear()
    with django_assert_num_queries(1):
        status("--verify", "stat")
    assert stored() == before
    assert not set(calls) & {"save", "delete", "open"}


def test_a_lost_file_on_a_remote_storage_is_only_detected_at_level_stat():
    row = Remote.objects.create(image=upload())
    row.thumbnail.storage.delete(row.thumbnail.name)
    assert status("--model", "testapp.Remote").endswith("testapp.Remote.thumbnail: 1 fresh (by name)\n")
    assert status("--model", "testapp.Remote", "--verify", "stat").endswith(
        "testapp.Remote.thumbnail: 1 lost\n"
    )


def test_rows_changed_by_an_update_are_found(photos):
    Photo.objects.exclude(thumbnail="").update(image="images/other.jpg")
    report = json.loads(status("--json", "--verify", "name"))
    assert report["total"]["source-changed"] == 4


def test_a_table_without_thumbnails():
    assert status() == "testapp.Photo.thumbnail: no thumbnails\n"


def test_an_unknown_level_is_refused():
    with pytest.raises(CommandError, match="choose from auto"):
        call_command("thumbnail_status", verify="closely")
