"""`thumbnail.explain()`: why a thumbnail has its state, including the record of its last failure."""

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile

from advthumb import refresh_thumbnails
from tests.conftest import picture, upload
from tests.testapp.models import Fingerprinted, Photo, Remote, Renamed
from tests.testapp.storages import RemoteStorage

pytestmark = pytest.mark.django_db


@pytest.fixture
def cache_calls(settings):
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.CountingCache"}}
    return caches["default"].calls


def broken(name="a.jpg"):
    return ContentFile(picture()[:600], name=name)


def made(model=Photo):
    model.objects.create(image=upload())
    return model.objects.get()


def failed(model=Photo):
    model.objects.create(image=broken())
    return model.objects.get()


@pytest.mark.parametrize("model", [Photo, Fingerprinted, Renamed])
def test_a_failure_is_explained_by_what_was_wrong_with_the_file(model):
    status, reason = failed(model).thumbnail.explain()
    assert status == "failed"
    assert reason.startswith("corrupt: the file is damaged")


@pytest.mark.parametrize("model", [Photo, Fingerprinted, Renamed])
def test_a_fresh_thumbnail_is_explained_too(model):
    assert made(model).thumbnail.explain() == ("fresh", "made from this source at this spec")


def test_a_row_without_source_has_nothing_to_explain():
    assert Photo.objects.create().thumbnail.explain() == ("fresh", "no source, no thumbnail")


def test_status_alone_does_not_ask_the_cache(cache_calls):
    row = failed()
    cache_calls.clear()
    assert row.thumbnail.status == "missing"
    assert not cache_calls


@pytest.mark.parametrize("model", [Photo, Fingerprinted])
def test_a_failure_costs_one_cache_call(model, cache_calls, calls, django_assert_num_queries):
    row = failed(model)
    cache_calls.clear()
    calls.clear()
    with django_assert_num_queries(0):
        row.thumbnail.explain()
    assert cache_calls == {"get_many": 1}
    assert not calls


def test_a_name_with_a_fingerprint_costs_no_call(cache_calls):
    row = made()
    cache_calls.clear()
    row.thumbnail.explain()
    assert not cache_calls


def test_a_name_that_a_storage_replaced_costs_one_call(cache_calls):
    row = made(Renamed)
    cache_calls.clear()
    assert row.thumbnail.explain().status == "fresh"
    assert cache_calls == {"get": 1}


def test_without_the_cache_the_column_still_says_that_it_failed():
    row = failed(Fingerprinted)
    caches["default"].clear()
    assert row.thumbnail.explain() == ("failed", "this source already failed at this spec")


def test_if_the_cache_is_down_only_the_reason_is_missing(settings):
    row = failed()
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.BrokenCache"}}
    assert row.thumbnail.explain() == ("missing", "the row has no thumbnail")


def test_a_temporary_failure_is_explained_without_the_storage_message(monkeypatch):
    monkeypatch.setattr(RemoteStorage, "broken", frozenset({"save"}))
    Remote.objects.bulk_create([Remote(image="images/a.jpg")])
    refresh_thumbnails(Remote.objects.all())
    status, reason = Remote.objects.get().thumbnail.explain()
    assert status == "missing"
    assert reason.startswith("the row has no thumbnail; an earlier attempt failed: storage: ")
    assert "network" not in reason


def test_a_changed_limit_no_longer_counts_as_failed(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 100
    Photo.objects.create(image=upload())
    row = Photo.objects.get()
    assert row.thumbnail.explain().status == "failed"
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 100_000
    status, reason = row.thumbnail.explain()
    assert status == "missing"
    assert reason.startswith("the row has no thumbnail; an earlier attempt failed: too-large: ")


def test_another_source_does_not_inherit_the_reason():
    row = failed()
    Photo.objects.filter(pk=row.pk).update(image="images/another.jpg")
    assert Photo.objects.get().thumbnail.explain() == ("missing", "the row has no thumbnail")


def test_a_stale_thumbnail_says_why():
    row = made()
    Photo.objects.update(image="images/another.jpg")
    row.refresh_from_db()
    assert row.thumbnail.explain() == ("source-changed", "made from a source of another name")


def test_the_fingerprint_field_overrides_the_cache():
    """As if the column had been emptied, so that the source is tried again."""
    row = failed(Fingerprinted)
    row.thumbnail.field.fingerprint_cache("default").set_record(row.image.name, row.fingerprint)
    row.fingerprint = ""
    assert row.thumbnail.explain().status == "missing"
