"""Promise 1: after any save that Django knows of, the thumbnail is of the row's source, or none."""

import copy
import pickle

import pytest
from asgiref.sync import async_to_sync
from django.core import serializers
from django.core.files.base import ContentFile
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.db.models.signals import pre_save

from tests.conftest import colour_of, picture, upload
from tests.testapp.models import Page, Photo

from .conftest import BLUE, RED, in_database

pytestmark = pytest.mark.django_db


def test_create_makes_a_thumbnail_at_once():
    photo = Photo.objects.create(image=upload())
    assert photo.thumbnail.name == in_database(photo).thumbnail.name
    assert (photo.thumbnail.width, photo.thumbnail.height) == (60, 40)
    assert colour_of(photo.thumbnail) == RED


def test_an_assigned_file_with_the_name_of_the_thumbnail_is_ignored():
    photo = Photo.objects.create(image=upload())
    photo.thumbnail = ContentFile(picture("blue"), name=photo.thumbnail.name)
    photo.save()
    assert colour_of(photo.thumbnail) == colour_of(in_database(photo).thumbnail) == RED


def test_replace_makes_a_new_thumbnail():
    photo = Photo.objects.create(image=upload())
    photo = in_database(photo)
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_replace_by_a_stored_name(media):
    photo = Photo.objects.create(image=upload())
    (media / "images" / "b.jpg").write_bytes(picture("blue"))
    photo.image = "images/b.jpg"
    photo.save()
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_replace_by_the_file_api():
    photo = Photo.objects.create(image=upload())
    photo.image.save("b.jpg", upload("b.jpg", "blue"))
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_replace_by_another_file_with_the_same_base_name(media):
    photo = Photo.objects.create(image=upload("same.jpg"))
    (media / "elsewhere").mkdir()
    (media / "elsewhere" / "same.jpg").write_bytes(picture("blue"))
    photo.image = "elsewhere/same.jpg"
    photo.save()
    assert colour_of(in_database(photo).thumbnail) == BLUE


@pytest.mark.parametrize("update_fields", [None, ["image"], ["image", "thumbnail"]])
def test_clear_by_none(update_fields, stored):
    photo = Photo.objects.create(image=upload())
    photo = in_database(photo)
    photo.image = None
    photo.save(update_fields=update_fields)
    assert not photo.thumbnail
    assert not in_database(photo).thumbnail


def test_clear_by_delete():
    photo = Photo.objects.create(image=upload())
    photo.image.delete()
    assert not in_database(photo).thumbnail


def test_update_fields_with_the_source_alone():
    photo = Photo.objects.create(title="before", image=upload())
    photo.title = "not saved"
    photo.image = upload("b.jpg", "blue")
    photo.save(update_fields=["image"])
    row = in_database(photo)
    assert photo.thumbnail.name == row.thumbnail.name
    assert colour_of(row.thumbnail) == BLUE
    assert row.title == "before"


def test_update_fields_without_either_checks_nothing(media):
    photo = Photo.objects.create(image=upload())
    (media / photo.thumbnail.name).unlink()
    photo.save(update_fields=["title"])
    assert not (media / photo.thumbnail.name).exists()


def test_update_fields_with_only_the_thumbnail_ignores_an_unsaved_source():
    photo = Photo.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    photo.save(update_fields=["thumbnail"])
    row = in_database(photo)
    assert row.image.name == "images/a.jpg"
    assert colour_of(row.thumbnail) == RED
    photo.save()
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_fixtures_are_written_as_they_are(stored):
    data = '[{"model": "testapp.photo", "pk": 1, "fields": {"image": "images/x.jpg", "thumbnail": ""}}]'
    for loaded in serializers.deserialize("json", data):
        loaded.save()
    assert Photo.objects.get().thumbnail.name == ""
    assert stored() == []


def test_a_new_source_beside_a_deferred_thumbnail():
    Photo.objects.create(image=upload())
    row = Photo.objects.defer("thumbnail").get()
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(Photo.objects.get().thumbnail) == BLUE


def test_a_copy_gets_its_own_file(media):
    original = Photo.objects.create(image=upload())
    clone = in_database(original)
    clone.pk = None
    clone.save()
    assert clone.thumbnail.name != original.thumbnail.name
    assert in_database(clone).thumbnail.name == clone.thumbnail.name
    clone.image = None
    clone.save()
    assert (media / original.thumbnail.name).exists()
    assert in_database(original).thumbnail.name == original.thumbnail.name


def test_a_copy_under_an_explicit_key_gets_its_own_file():
    original = Page.objects.create(key="one", image=upload())
    clone = in_database(original)
    clone.pk = "two"
    clone.save()
    assert in_database(clone).thumbnail.name != original.thumbnail.name
    assert colour_of(in_database(clone).thumbnail) == RED


def test_a_copy_without_a_source_has_no_thumbnail():
    original = Photo.objects.create(image=upload())
    clone = in_database(original)
    clone.pk, clone.image = None, None
    clone.save()
    assert not in_database(clone).thumbnail
    assert in_database(original).thumbnail


def test_an_explicit_key_renders_once(calls):
    Page.objects.create(key="one", image=upload())
    assert calls["save"] == 2


def test_asave():
    photo = Photo(image=upload())
    async_to_sync(photo.asave)()
    assert colour_of(in_database(photo).thumbnail) == RED


def test_update_or_create():
    photo = Photo.objects.create(title="one", image=upload())
    Photo.objects.update_or_create(title="one", defaults={"image": upload("b.jpg", "blue")})
    assert colour_of(in_database(photo).thumbnail) == BLUE
    Photo.objects.update_or_create(title="two", defaults={"image": upload("c.jpg")})
    assert Photo.objects.get(title="two").thumbnail


def test_get_or_create():
    photo, _created = Photo.objects.get_or_create(title="one", defaults={"image": upload()})
    assert colour_of(in_database(photo).thumbnail) == RED


def test_a_file_assigned_to_the_thumbnail_is_ignored(stored):
    photo = Photo.objects.create(image=upload())
    made = photo.thumbnail.name
    photo.thumbnail = upload("by-hand.jpg", "blue")
    photo.save()
    assert in_database(photo).thumbnail.name == made
    assert stored("thumbnails/") == [made]


def test_an_emptied_thumbnail_is_regenerated(django_capture_on_commit_callbacks, stored):
    photo = Photo.objects.create(image=upload())
    photo.thumbnail = None
    with django_capture_on_commit_callbacks(execute=True):
        photo.save()
    assert colour_of(in_database(photo).thumbnail) == RED
    assert stored("thumbnails/") == [photo.thumbnail.name]


def test_instances_can_be_pickled_and_copied():
    photo = Photo.objects.create(image=upload())
    assert photo.image.name
    assert photo.thumbnail.name
    for twin in (pickle.loads(pickle.dumps(photo)), copy.deepcopy(photo), copy.copy(photo)):
        twin.image = upload("b.jpg", "blue")
        twin.save()
        assert colour_of(in_database(twin).thumbnail) == BLUE
        assert type(twin.image) is type(photo.image)


def test_a_receiver_that_saves_a_copy_does_not_disturb_the_save():
    def archive(instance, **_kwargs):
        if instance.title == "live":
            twin = copy.copy(instance)
            twin.pk, twin.title = None, "archived"
            twin.save()

    photo = Photo.objects.create(title="live", image=upload())
    pre_save.connect(archive, sender=Photo)
    try:
        photo.thumbnail = None
        photo.save()
    finally:
        pre_save.disconnect(archive, sender=Photo)
    names = {row.title: row.thumbnail.name for row in Photo.objects.all()}
    assert names["live"] == photo.thumbnail.name
    assert "" not in names.values()
    assert len(set(names.values())) == 2


@pytest.mark.django_db(transaction=True)
def test_inside_a_request_that_is_one_transaction(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    def view(_request):
        photo = Photo.objects.create(image=upload())
        assert connection.in_atomic_block
        return in_database(photo).thumbnail.name

    assert BaseHandler().make_view_atomic(view)(None).startswith("thumbnails/a_thumbnail_60x40_")


@pytest.mark.parametrize("deferred", [["thumbnail"], ["image"], ["image", "thumbnail"]])
def test_saving_a_partly_loaded_instance_keeps_the_thumbnail(deferred):
    photo = Photo.objects.create(image=upload())
    row = Photo.objects.defer(*deferred).get()
    row.title = "new"
    row.save()
    assert (row.title, in_database(photo).thumbnail.name) == ("new", photo.thumbnail.name)


@pytest.mark.parametrize("update_fields", [None, ["thumbnail"]])
def test_a_name_given_by_hand_is_not_written(update_fields, stored):
    """An assigned thumbnail is ignored: the row keeps its own, which is right."""
    photo = Photo.objects.create(image=upload())
    kept = photo.thumbnail.name
    photo.thumbnail = "thumbnails/by-hand.jpg"
    photo.save(update_fields=update_fields)
    assert photo.thumbnail.name == in_database(photo).thumbnail.name == kept
    assert stored("thumbnails/") == [kept]


@pytest.mark.parametrize("update_fields", [None, ["thumbnail"]])
def test_a_name_given_by_hand_beside_a_source_that_was_not_loaded_is_not_written(update_fields):
    photo = Photo.objects.create(image=upload())
    row = Photo.objects.defer("image").get()
    row.thumbnail = "thumbnails/by-hand.jpg"
    row.save(update_fields=update_fields)
    assert in_database(photo).thumbnail.name == photo.thumbnail.name


@pytest.mark.parametrize("image", [lambda: None, lambda: ContentFile(b"no picture", name="bad.jpg")])
def test_an_assigned_file_is_dropped_if_no_thumbnail_can_be_made(image, stored):
    photo = Photo.objects.create(image=image(), thumbnail=upload("by-hand.jpg"))
    assert (in_database(photo).thumbnail.name, photo.thumbnail.name) == ("", None)
    photo.thumbnail = upload("by-hand.jpg")
    photo.save()
    assert (in_database(photo).thumbnail.name, photo.thumbnail.name) == ("", None)
    assert stored("thumbnails/") == stored("by-hand") == []
