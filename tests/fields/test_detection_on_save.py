"""Promise 2: detection is durable, and the cache changes nothing but speed."""

import os
import time
from datetime import UTC, datetime

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile

from advthumb.cache import FingerprintCache
from advthumb.core.detection import Verdict
from advthumb.fields import iter_thumbnails
from advthumb.signals import thumbnail_failed
from tests.conftest import colour_of, made_later, picture, upload
from tests.testapp.models import Fingerprinted, Photo, Remote, Renamed

pytestmark = pytest.mark.django_db

LATER = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
EARLIER = datetime(2001, 1, 1, tzinfo=UTC).timestamp()


def upload_of(data):
    return ContentFile(data, name="bad.jpg")


CACHES = {
    "kept": "django.core.cache.backends.locmem.LocMemCache",
    "dummy": "django.core.cache.backends.dummy.DummyCache",
    "broken": "tests.testapp.caches.BrokenCache",
    "lost": "django.core.cache.backends.locmem.LocMemCache",
}


@pytest.fixture(params=CACHES)
def restart(request, settings):
    """Return a function that affects the cache as a restart would; tests run with each kind of cache."""
    settings.CACHES = {"default": {"BACKEND": CACHES[request.param]}}

    def lose():
        if request.param == "lost":
            caches["default"].clear()

    return lose


@pytest.fixture
def resize(monkeypatch):
    """Return a function that changes the size of a field, as a deployment would."""

    def change(model, size):
        monkeypatch.setattr(model._meta.get_field("thumbnail"), "size", size)

    return change


def verdicts(verify="auto"):
    return [
        (change.assessment.verdict, change.made)
        for change in iter_thumbnails(Photo.objects.all(), verify=verify)
    ]


def test_nothing_changed(restart, calls):
    photo = Photo.objects.create(image=upload())
    restart()
    Photo.objects.get().save()
    assert calls["save"] == 2
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name


def test_changed_size(restart, resize):
    photo = Photo.objects.create(image=upload())
    restart()
    resize(Photo, (30, 30))
    Photo.objects.get().save()
    assert Photo.objects.get().thumbnail.width == 30
    assert Photo.objects.get().thumbnail.name != photo.thumbnail.name


def test_replaced_in_place_with_another_size(restart, media):
    photo = Photo.objects.create(image=upload())
    restart()
    path = media / photo.image.name
    path.write_bytes(picture("blue", (200, 200)))
    os.utime(path, (EARLIER, EARLIER))
    Photo.objects.get().save()
    assert colour_of(Photo.objects.get().thumbnail) == (0, 0, 254)


def test_replaced_in_place_with_the_same_size(restart, media):
    photo = Photo.objects.create(image=upload())
    restart()
    path = media / photo.image.name
    other = picture("blue")
    assert len(other) == len(picture("red"))
    path.write_bytes(other)
    os.utime(path, (LATER, LATER))
    Photo.objects.get().save()
    assert colour_of(Photo.objects.get().thumbnail) == (0, 0, 254)


def test_touched_but_not_changed(restart, media, calls):
    photo = Photo.objects.create(image=upload())
    restart()
    os.utime(media / photo.image.name, (LATER, LATER))
    Photo.objects.get().save()
    assert calls["save"] == 2


def test_lost_file(restart, media):
    photo = Photo.objects.create(image=upload())
    restart()
    (media / photo.thumbnail.name).unlink()
    Photo.objects.get().save()
    assert (media / Photo.objects.get().thumbnail.name).exists()


def test_a_failed_source_stays_without_a_thumbnail(restart):
    Photo.objects.create(title="bad", image=upload_of(b"\xff\xd8\xff no picture"))
    restart()
    Photo.objects.get().save()
    assert Photo.objects.get().thumbnail.name == ""


def test_a_failed_source_replaced_in_place_is_tried_again(restart, media):
    photo = Photo.objects.create(image=upload_of(b"\xff\xd8\xff no picture"))
    restart()
    (media / photo.image.name).write_bytes(picture("blue"))
    Photo.objects.get().save()
    assert colour_of(Photo.objects.get().thumbnail) == (0, 0, 254)


def test_an_unknown_name_whose_file_is_gone_is_regenerated(restart, media):
    (media / "images").mkdir()
    (media / "images" / "a.jpg").write_bytes(picture("blue"))
    Photo.objects.bulk_create([Photo(image="images/a.jpg", thumbnail="thumbnails/a_thumbnail.jpg")])
    restart()
    Photo.objects.get().save()
    assert colour_of(Photo.objects.get().thumbnail) == (0, 0, 254)


def test_two_databases_do_not_share_cache_entries():
    FingerprintCache("app.Model.field", "default").set_record("name", "record")
    assert FingerprintCache("app.Model.field", "default").record("name") == "record"
    assert FingerprintCache("app.Model.field", "other").record("name") == ""
    assert FingerprintCache("app.Model.other", "default").record("name") == ""


def touch(photo):
    """Have a source look as if it was written an hour after its thumbnail, both in the past."""
    now = time.time()
    os.utime(photo.thumbnail.path, (now - 7200, now - 7200))
    os.utime(photo.image.path, (now - 3600, now - 3600))


def test_with_a_warm_cache_a_touched_file_is_read_once(media, calls):
    photo = Photo.objects.create(image=upload())
    touch(photo)
    photo.save()
    assert calls["open"] == 1
    photo.save()
    assert calls["open"] == 1


def test_a_touched_file_that_is_written_again_is_read_again(media, calls):
    photo = Photo.objects.create(image=upload())
    path = media / photo.image.name
    os.utime(path, (LATER, LATER))
    photo.save()
    path.write_bytes(picture("blue"))
    os.utime(path, (LATER + 1, LATER + 1))
    photo.save()
    assert colour_of(photo.thumbnail) == (0, 0, 254)


@pytest.mark.parametrize("verified", [False, True])
def test_the_cache_changes_no_verdict(media, verified):
    """If a storage reports only one time, only `content` detects an older file of equal size."""
    photo = Photo.objects.create(image=upload())
    path = media / photo.image.name
    if verified:
        touch(photo)
        photo.save()
    path.write_bytes(picture("blue"))
    os.utime(path, (EARLIER, EARLIER))
    photo.save()
    assert colour_of(photo.thumbnail) == (254, 0, 0)


def test_the_cache_is_read_only_if_the_source_would_be_read(media, monkeypatch):
    photo = Photo.objects.create(image=upload())
    cache = caches["default"]
    asked = []
    monkeypatch.setattr(cache, "get", lambda key, *_: asked.append(key))
    monkeypatch.setattr(cache, "set", lambda key, *_: asked.append(key))
    made_later(photo.thumbnail)
    photo.save()
    assert asked == []
    touch(photo)
    photo.save()
    assert len(asked) == 2


def test_level_content_finds_changes_that_size_and_time_hide(media, settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "content"
    photo = Photo.objects.create(image=upload())
    path = media / photo.image.name
    path.write_bytes(picture("blue"))
    os.utime(path, (EARLIER, EARLIER))
    photo.save()
    assert colour_of(photo.thumbnail) == (0, 0, 254)


def test_auto_checks_only_names_on_a_remote_storage(monkeypatch, caplog):
    row = Remote.objects.create(image=upload())
    storage = Remote._meta.get_field("image").storage
    monkeypatch.setattr(storage, "broken", frozenset({"size", "open", "exists"}))
    row.save()
    assert row.thumbnail.width == 60
    assert caplog.text == ""


def test_an_unknown_name_is_kept_on_save_and_regenerated_once_by_refresh(media):
    (media / "thumbnails").mkdir()
    (media / "images").mkdir()
    (media / "images" / "a.jpg").write_bytes(picture())
    for name in ("a_thumbnail.jpg", "by-hand.png"):
        (media / "thumbnails" / name).write_bytes(picture())
        Photo.objects.bulk_create([Photo(image="images/a.jpg", thumbnail=f"thumbnails/{name}")])
    for photo in Photo.objects.all():
        before = photo.thumbnail.name
        photo.save()
        assert Photo.objects.get(pk=photo.pk).thumbnail.name == before
    assert verdicts() == [(Verdict.UNKNOWN, True)] * 2
    assert verdicts() == [(Verdict.FRESH, False)] * 2


def test_a_legacy_name_of_another_source_is_replaced_on_save(media):
    (media / "images").mkdir()
    (media / "images" / "b.jpg").write_bytes(picture("blue"))
    Photo.objects.bulk_create([Photo(image="images/b.jpg", thumbnail="thumbnails/a_thumbnail.jpg")])
    Photo.objects.get().save()
    assert colour_of(Photo.objects.get().thumbnail) == (0, 0, 254)


def test_without_cache_or_column_a_renaming_storage_makes_unknown_names(settings, resize):
    settings.CACHES = {"default": {"BACKEND": CACHES["dummy"]}}
    row = Renamed.objects.create(image=upload())
    before = row.thumbnail.name
    resize(Renamed, (30, 30))
    row.save()
    assert row.thumbnail.name == before


def test_the_cache_keeps_the_fingerprint_that_a_renaming_storage_drops(resize):
    row = Renamed.objects.create(image=upload())
    resize(Renamed, (30, 30))
    row.save()
    row.thumbnail.open()
    assert (row.thumbnail.width, row.thumbnail.height) == (30, 20)


def test_a_fingerprint_field_keeps_it_without_any_cache(settings, resize):
    settings.CACHES = {"default": {"BACKEND": CACHES["dummy"]}}
    Fingerprinted.objects.create(image=upload())
    row = Fingerprinted.objects.get()
    before = row.thumbnail.name
    row.save()
    assert row.thumbnail.name == before
    resize(Fingerprinted, (30, 30))
    row.save()
    assert row.thumbnail.name != before


@pytest.mark.parametrize("model", [Photo, Fingerprinted])
def test_a_failure_is_not_tried_again_until_something_changes(
    model, settings, resize, caplog, django_capture_on_commit_callbacks
):
    if model is Fingerprinted:
        settings.CACHES = {"default": {"BACKEND": CACHES["dummy"]}}
    failures = []

    def receiver(error, **_kwargs):
        failures.append(error.code)

    thumbnail_failed.connect(receiver, sender=model)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            row = model.objects.create(title="x", image=upload("bad.jpg"))
        assert failures == []
        with django_capture_on_commit_callbacks(execute=True):
            row.image.save("bad.jpg", upload_of(b"\xff\xd8\xff no picture"))
        assert failures == ["corrupt"]
        with django_capture_on_commit_callbacks(execute=True):
            model.objects.get().save()
            model.objects.get().save()
        assert failures == ["corrupt"]
        resize(model, (30, 30))
        with django_capture_on_commit_callbacks(execute=True):
            model.objects.get().save()
        assert failures == ["corrupt", "corrupt"]
    finally:
        thumbnail_failed.disconnect(receiver, sender=model)
