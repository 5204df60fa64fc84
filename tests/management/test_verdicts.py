"""Which command acts on which verdict, and what a second run still finds to do."""

import os
import time
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.conftest import colour_of, picture, upload
from tests.testapp.models import Fingerprinted, Gallery, Photo, Renamed

from .commands import ALL, GENERATE, REGENERATE, SYNC, broken_photo, photo, report, run

pytestmark = pytest.mark.django_db(transaction=True)

THUMBNAIL = Photo._meta.get_field("thumbnail")


def names(stored):
    """Return the thumbnail files, and the names of thumbnails in the rows."""
    rows = sorted(row.thumbnail.name for row in Photo.objects.all() if row.thumbnail)
    return stored("thumbnails/"), rows


def replace_in_place(name, data):
    """Overwrite a file, and make it look newer than its thumbnail."""
    default_storage.delete(name)
    default_storage.save(name, ContentFile(data))
    later = time.time() + 60
    os.utime(default_storage.path(name), (later, later))


@pytest.mark.parametrize("no_name", ["", None])
def test_generate_makes_missing_thumbnails(no_name, stored):
    photo()
    photo(thumbnail=no_name)
    first, second = report(GENERATE), report(GENERATE)
    assert first.verdicts == {"fresh": 1, "missing": 1}
    assert first.outcomes == {"left": 1, "made": 1}
    assert (first.code, second.code) == (0, 0)
    assert second.outcomes == {"left": 2}
    files, rows = names(stored)
    assert len(files) == 3  # no row names the file whose name was removed
    assert set(rows) < set(files)


def test_generate_makes_lost_thumbnails(stored):
    row = photo()
    default_storage.delete(row.thumbnail.name)
    assert report(GENERATE).outcomes == {"made": 1}
    files, rows = names(stored)
    assert files == rows
    assert report(GENERATE).outcomes == {"left": 1}


def test_generate_leaves_stale_thumbnails_to_regenerate(monkeypatch):
    before = photo().thumbnail.name
    monkeypatch.setattr(THUMBNAIL, "size", (30, 30))
    done = report(GENERATE)
    assert done.verdicts == {"spec-changed": 1}
    assert done.outcomes == {"left": 1}
    assert Photo.objects.get().thumbnail.name == before


def test_regenerate_leaves_missing_and_lost_thumbnails_to_generate():
    photo(thumbnail="")
    default_storage.delete(photo().thumbnail.name)
    done = report(REGENERATE)
    assert done.verdicts == {"missing": 1, "lost": 1}
    assert done.outcomes == {"left": 2}


def test_regenerate_follows_a_changed_size(monkeypatch, stored):
    photo()
    monkeypatch.setattr(THUMBNAIL, "size", (30, 30))
    photo(name="new.jpg")
    first, second = report(REGENERATE), report(REGENERATE)
    assert first.verdicts == {"spec-changed": 1, "fresh": 1}
    assert first.outcomes == {"made": 1, "left": 1}
    assert second.outcomes == {"left": 2}
    assert [(row.thumbnail.width, row.thumbnail.height) for row in Photo.objects.all()] == [(30, 20)] * 2
    files, rows = names(stored)
    assert files == rows


def test_regenerate_follows_a_source_that_was_changed_by_an_update(stored):
    row = photo()
    name = default_storage.save("images/b.jpg", upload(colour="blue"))
    Photo.objects.update(image=name)
    assert report(REGENERATE, "--verify", "name").outcomes == {"made": 1}
    row.refresh_from_db()
    assert colour_of(row.thumbnail)[2] > 200
    files, rows = names(stored)
    assert files == rows


def test_regenerate_follows_a_source_that_was_replaced_in_place():
    row = photo()
    replace_in_place(row.image.name, picture("blue"))
    assert report(REGENERATE, "--verify", "name").outcomes == {"left": 1}
    assert report(REGENERATE).outcomes == {"made": 1}
    row.refresh_from_db()
    assert colour_of(row.thumbnail)[2] > 200
    assert report(REGENERATE).outcomes == {"left": 1}


def test_only_content_detects_a_replacement_of_the_same_size_and_age():
    row = photo()
    data = bytearray(picture())
    data[-3] ^= 1
    age = Path(row.image.path).stat()
    default_storage.delete(row.image.name)
    default_storage.save(row.image.name, ContentFile(bytes(data)))
    os.utime(row.image.path, ns=(age.st_atime_ns, age.st_mtime_ns))
    assert report(REGENERATE, "--verify", "stat").outcomes == {"left": 1}
    assert report(REGENERATE, "--verify", "content").outcomes == {"made": 1}
    assert report(REGENERATE, "--verify", "content").outcomes == {"left": 1}


def test_regenerate_remakes_names_of_version_2_and_leaves_no_file_behind(stored):
    row = photo()
    old = default_storage.save("thumbnails/a_thumbnail.jpg", upload())
    default_storage.delete(row.thumbnail.name)
    Photo.objects.update(thumbnail=old)
    assert report(GENERATE).outcomes == {"left": 1}
    first, second = report(REGENERATE), report(REGENERATE)
    assert first.verdicts == {"unknown": 1}
    assert first.outcomes == {"made": 1}
    assert second.outcomes == {"left": 1}
    files, rows = names(stored)
    assert files == rows
    assert old not in files


def test_regenerate_clears_orphaned_thumbnails(stored):
    photo()
    Photo.objects.update(image="")
    assert report(GENERATE, "--force").outcomes == {"left": 1}
    first, second = report(REGENERATE), report(REGENERATE)
    assert first.verdicts == {"orphaned": 1}
    assert first.outcomes == {"cleared": 1}
    assert second.json["scanned"] == 1
    assert second.outcomes == {}
    assert stored("thumbnails/") == []
    assert not Photo.objects.get().thumbnail


@pytest.mark.parametrize("command", ALL)
def test_force_makes_every_row_with_a_source(command, stored):
    rows = [photo(), photo(thumbnail=""), Photo.objects.create()]
    before = rows[0].thumbnail.name
    done = report(command, "--force")
    assert done.outcomes == {"made": 2}
    assert done.json["scanned"] == 3
    rows[0].refresh_from_db()
    assert rows[0].thumbnail.name != before
    assert before not in stored()


@pytest.mark.parametrize("command", ALL)
def test_rows_without_source_and_thumbnail_need_nothing(command):
    Photo.objects.create()
    done = report(command)
    assert (done.code, done.outcomes, done.json["scanned"]) == (0, {}, 1)


def test_a_recorded_failure_is_counted_but_not_retried(calls):
    broken_photo()
    photo(thumbnail="")
    calls.clear()
    done = report(GENERATE)
    assert done.verdicts == {"failed": 1, "missing": 1}
    assert done.outcomes == {"failed": 1, "made": 1}
    assert done.code == 1
    assert calls["open"] == 1


def test_results_are_the_same_when_the_cache_is_lost(settings):
    broken_photo()
    photo(thumbnail="")
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    for outcomes in ({"failed": 1, "made": 1}, {"failed": 1, "left": 1}):
        done = report(GENERATE)
        assert (done.code, done.outcomes) == (1, outcomes)


@pytest.mark.parametrize("cache", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_regenerate_ignores_recorded_failures(cache, settings):
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{cache}"}}
    broken_photo()
    done = report(REGENERATE)
    assert (done.code, done.outcomes) == (0, {"left": 1})


@pytest.mark.parametrize("command", ALL)
def test_force_retries_a_recorded_failure(command):
    row = broken_photo()
    assert report(command, "--force").outcomes == {"failed": 1}
    replace_in_place(row.image.name, picture())
    assert report(command, "--force").outcomes == {"made": 1}
    assert report(command).code == 0


def test_a_failure_in_the_fingerprint_field_outlives_the_cache(calls):
    file = upload()
    file.truncate(len(file) // 2)
    Fingerprinted.objects.create(image=file)
    caches["default"].clear()
    calls.clear()
    done = report(GENERATE)
    assert (done.code, done.verdicts, done.outcomes) == (1, {"failed": 1}, {"failed": 1})
    assert calls["open"] == 0


@pytest.mark.parametrize("command", ALL)
def test_a_missing_source_file_is_reported_and_its_row_left_unchanged(command):
    row = photo()
    default_storage.delete(row.image.name)
    done = report(command)
    assert (done.code, done.verdicts, done.outcomes) == (1, {"failed": 1}, {"failed": 1})
    assert "the source's file is gone" in done.json["rows"][0]["reason"]
    assert Photo.objects.get().thumbnail.name == row.thumbnail.name
    assert default_storage.exists(row.thumbnail.name)


def test_a_source_that_turns_bad_loses_its_thumbnail(stored):
    row = photo()
    replace_in_place(row.image.name, picture("blue")[:300])
    done = report(REGENERATE)
    assert (done.code, done.verdicts, done.outcomes) == (1, {"source-changed": 1}, {"failed": 1})
    assert "[corrupt]" in done.json["rows"][0]["reason"]
    assert stored("thumbnails/") == []
    assert not Photo.objects.get().thumbnail


def test_a_failing_row_never_stops_the_others():
    rows = [photo(thumbnail=""), photo(thumbnail=""), photo(thumbnail="")]
    replace_in_place(rows[1].image.name, b"no picture")
    done = run(GENERATE)
    assert done.code == 1
    assert [bool(row.thumbnail) for row in Photo.objects.order_by("pk")] == [True, False, True]
    assert (
        f"testapp.Photo.thumbnail pk={rows[1].pk}: failed (missing): the source is not an image" in done.err
    )


def test_all_thumbnails_of_a_source_are_made_together(monkeypatch, calls):
    Gallery.objects.create(image=upload())
    monkeypatch.setattr(Gallery._meta.get_field("small"), "size", (20, 20))
    monkeypatch.setattr(Gallery._meta.get_field("webp"), "size", (20, 20))
    calls.clear()
    assert report(REGENERATE).outcomes == {"made": 2, "left": 1}
    assert calls["open"] == 1
    assert calls["save"] == 2
    assert report(REGENERATE).outcomes == {"left": 3}


def test_renamed_thumbnails_are_recognized_by_the_cache_and_remade_without_it():
    Renamed.objects.create(image=upload())
    assert report(REGENERATE).outcomes == {"left": 1}
    caches["default"].clear()
    assert report(REGENERATE).verdicts == {"unknown": 1}
    assert report(REGENERATE).verdicts == {"fresh": 1}


def test_renamed_thumbnails_with_a_fingerprint_field_need_no_cache(settings, monkeypatch):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    Fingerprinted.objects.create(image=upload())
    assert report(REGENERATE).verdicts == {"fresh": 1}
    monkeypatch.setattr(Fingerprinted._meta.get_field("thumbnail"), "size", (20, 20))
    assert report(REGENERATE).outcomes == {"made": 1}
    assert report(REGENERATE).verdicts == {"fresh": 1}


def test_sync_repairs_everything_in_one_pass(monkeypatch, stored):
    photo(name="old.jpg")
    monkeypatch.setattr(THUMBNAIL, "size", (30, 30))
    photo(thumbnail="")
    photo(thumbnail="thumbnails/a_thumbnail.jpg")
    default_storage.delete(photo(name="lost.jpg").thumbnail.name)
    Photo.objects.filter(pk=photo(name="gone.jpg").pk).update(image="")
    first, second = report(SYNC, "--verify", "stat"), report(SYNC, "--verify", "stat")
    assert first.verdicts == {"spec-changed": 1, "missing": 1, "source-changed": 1, "lost": 1, "orphaned": 1}
    assert first.outcomes == {"made": 4, "cleared": 1}
    assert (first.code, second.code) == (0, 0)
    assert second.outcomes == {"left": 4}
    assert run("thumbnail_status", "--fail-on", "stale,missing,lost,failed").code == 0


def test_sync_counts_recorded_failures_as_generate_does():
    broken_photo()
    done = report(SYNC)
    assert (done.code, done.verdicts, done.outcomes) == (1, {"failed": 1}, {"failed": 1})


def test_failed_means_the_same_on_each_line():
    row = broken_photo()
    photo(thumbnail="")
    done = run(GENERATE)
    assert f"pk={row.pk}: failed (known to fail): this source already failed" in done.err
    assert "testapp.Photo.thumbnail: 1 missing, 1 known to fail; 1 made, 1 failed" in done.out
    line = next(line for line in done.out.splitlines() if " rows in " in line)
    assert line.endswith(": 1 missing, 1 known to fail; 1 made, 1 failed")


def test_force_is_suggested_for_what_failed_before_and_not_after_force():
    broken_photo()
    hint = "What failed in an earlier run is tried again with --force."
    assert hint in run(GENERATE).err
    forced = run(GENERATE, "--force")
    assert forced.code == 1
    assert "Thumbnails that could not be made: 1; the reasons are given above." in forced.err
    assert "--force" not in forced.err


def test_force_is_not_suggested_for_what_failed_in_this_run_only(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    row = broken_photo()
    done = run(GENERATE)
    assert f"pk={row.pk}: failed (missing)" in done.err
    assert "--force" not in done.err
