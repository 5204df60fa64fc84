"""Promise 1 for all kinds of fields and models: several of one source, parents, children, storages."""

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from tests.conftest import colour_of, upload
from tests.pictures import timed
from tests.testapp.models import (
    Animated,
    Article,
    Document,
    Fingerprinted,
    Forced,
    Gallery,
    Photo,
    PhotoProxy,
    Place,
    Renamed,
    Restaurant,
    Shrunk,
    Titled,
)

from .conftest import BLUE, RED, in_database

pytestmark = pytest.mark.django_db


def test_field_before_or_after_its_source_and_several_of_one():
    gallery = Gallery.objects.create(image=upload(size=(120, 60)))
    row = in_database(gallery)
    assert (row.small.width, row.small.height) == (30, 15)
    assert (row.square.width, row.square.height) == (40, 40)
    assert (row.webp.width, row.webp.height) == (50, 25)
    assert row.webp.name.endswith(".webp")


def test_abstract_parents():
    article = Article.objects.create(image=upload())
    assert colour_of(in_database(article).thumbnail) == RED


def test_multi_table_children():
    restaurant = Restaurant.objects.create(image=upload())
    row = in_database(restaurant)
    assert colour_of(row.thumbnail) == RED
    assert row.icon.width == 16
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(Place.objects.get().thumbnail) == BLUE
    assert colour_of(Restaurant.objects.get().icon) == BLUE


def test_multi_table_child_with_update_fields():
    restaurant = Restaurant.objects.create(image=upload())
    restaurant.image = upload("b.jpg", "blue")
    restaurant.save(update_fields=["image"])
    row = in_database(restaurant)
    assert colour_of(row.thumbnail) == colour_of(row.icon) == BLUE


def test_saving_a_parent_alone_updates_its_child():
    restaurant = Restaurant.objects.create(image=upload())
    place = Place.objects.get()
    place.image = upload("b.jpg", "blue")
    place.save()
    assert colour_of(in_database(restaurant).thumbnail) == colour_of(in_database(restaurant).icon) == BLUE


def test_a_parent_without_a_child_can_be_saved_alone():
    place = Place.objects.create(image=upload())
    place.image = upload("b.jpg", "blue")
    place.save()
    assert colour_of(in_database(place).thumbnail) == BLUE


def test_a_parent_is_saved_even_if_the_table_of_its_child_is_unreadable(caplog, monkeypatch):
    place = Place.objects.create(image=upload())
    monkeypatch.setattr(Restaurant._meta, "db_table", "no_such_table")
    place.image = upload("b.jpg", "blue")
    place.save()
    assert colour_of(in_database(place).thumbnail) == BLUE
    assert "Thumbnails of testapp.Restaurant were not brought up to date" in caplog.text


def test_proxies():
    photo = PhotoProxy.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert colour_of(Photo.objects.get().thumbnail) == BLUE


@pytest.mark.django_db(databases=["default", "other"])
def test_using_writes_to_the_other_database():
    photo = Photo(image=upload())
    photo.save(using="other")
    photo.image = upload("b.jpg", "blue")
    photo.save(using="other", update_fields=["image"])
    assert colour_of(Photo.objects.using("other").get().thumbnail) == BLUE
    assert not Photo.objects.exists()


def test_source_in_a_plain_file_field_with_size_columns():
    document = Document.objects.create(file=upload())
    row = in_database(document)
    assert (row.width, row.height) == (60, 40)
    row.file = upload("b.jpg", size=(80, 120))
    row.save()
    assert (in_database(row).width, in_database(row).height) == (40, 60)
    row.file = ""
    row.save()
    assert (in_database(row).width, in_database(row).height) == (None, None)


def test_size_columns_follow_update_fields():
    document = Document.objects.create(file=upload())
    document.file = upload("b.jpg", size=(80, 120))
    document.save(update_fields=["file"])
    assert (in_database(document).width, in_database(document).height) == (40, 60)


def test_callable_upload_to():
    row = Titled.objects.create(title="north", image=upload())
    assert row.thumbnail.name.startswith("by-title/north/a_thumbnail_60x40_")


def test_a_storage_that_renames_does_not_loop():
    row = Renamed.objects.create(image=upload())
    before = row.thumbnail.name
    row = in_database(row)
    row.save()
    assert row.thumbnail.name == before
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(in_database(row).thumbnail) == BLUE


def test_the_fingerprint_field_is_written_wherever_it_is_declared():
    row = Fingerprinted.objects.create(image=upload())
    first = in_database(row).fingerprint
    assert len(first) == 22
    row.image = upload("b.jpg", "blue")
    row.save(update_fields=["image"])
    second = in_database(row).fingerprint
    assert second not in ("", first)
    row.image = ""
    row.save()
    assert in_database(row).fingerprint == ""


def test_force_regenerate_renders_once_on_every_save(calls, stored):
    row = Forced.objects.create(image=upload())
    assert calls["save"] == 2
    first = row.thumbnail.name
    row.save()
    assert calls["save"] == 3
    assert row.thumbnail.name != first


def test_a_source_class_that_converts_uploads_gives_thumbnails_of_the_converted_file():
    row = Shrunk.objects.create(image=upload(colour="red"))
    assert colour_of(row.thumbnail) == BLUE
    name = row.thumbnail.name
    row.save()
    assert row.thumbnail.name == name


def test_an_animation_is_kept_if_the_field_allows_it(settings):
    source = ContentFile(timed("GIF"), name="walk.gif")
    row = Animated.objects.create(image=source)
    assert [frames_in(file) for file in (row.still, row.moving)] == [1, 3]
    settings.ADVANCE_THUMBNAIL_MAX_FRAMES = 2
    row.image.save("walk.gif", ContentFile(timed("GIF")))
    assert frames_in(row.moving) == 2
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 2 * 60 * 40 - 1
    row.image.save("walk.gif", ContentFile(timed("GIF")))
    assert not in_database(row).moving


def frames_in(file):
    with file.open("rb") as stream, Image.open(stream) as image:
        return getattr(image, "n_frames", 1)
