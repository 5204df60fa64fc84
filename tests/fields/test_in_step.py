"""Promise 1: after any save that Django knows of, the thumbnail is of the row's source, or none."""

import copy
import pickle

import pytest
from asgiref.sync import async_to_sync
from django.core import serializers
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from PIL import Image

from tests.conftest import colour_of, picture, upload
from tests.pictures import timed
from tests.testapp.models import (
    Animated,
    Article,
    Document,
    Fingerprinted,
    Forced,
    Gallery,
    Page,
    Photo,
    PhotoProxy,
    Place,
    Renamed,
    Restaurant,
    Shrunk,
    Titled,
)

pytestmark = pytest.mark.django_db

RED, BLUE = (254, 0, 0), (0, 0, 254)


def in_database(row):
    return type(row)._base_manager.get(pk=row.pk)


def test_create_makes_a_thumbnail_at_once():
    photo = Photo.objects.create(image=upload())
    assert photo.thumbnail.name == in_database(photo).thumbnail.name
    assert (photo.thumbnail.width, photo.thumbnail.height) == (60, 40)
    assert colour_of(photo.thumbnail) == RED


def test_a_file_given_by_hand_under_the_thumbnails_own_name_is_set_aside():
    photo = Photo.objects.create(image=upload())
    photo.thumbnail = ContentFile(picture("blue"), name=photo.thumbnail.name)
    photo.save()
    assert colour_of(photo.thumbnail) == colour_of(in_database(photo).thumbnail) == RED


def test_replace_makes_another():
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


def test_replace_by_another_file_of_the_same_base_name(media):
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


def test_update_fields_with_the_thumbnail_alone_leaves_an_unsaved_source_out():
    photo = Photo.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    photo.save(update_fields=["thumbnail"])
    row = in_database(photo)
    assert row.image.name == "images/a.jpg"
    assert colour_of(row.thumbnail) == RED
    photo.save()
    assert colour_of(in_database(photo).thumbnail) == BLUE


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


def test_fixtures_are_written_as_they_are(stored):
    data = '[{"model": "testapp.photo", "pk": 1, "fields": {"image": "images/x.jpg", "thumbnail": ""}}]'
    for loaded in serializers.deserialize("json", data):
        loaded.save()
    assert Photo.objects.get().thumbnail.name == ""
    assert stored() == []


def test_deferred_columns_cost_no_query():
    photo = Photo.objects.create(image=upload())
    for row in (Photo.objects.only("title").get(), Photo.objects.defer("thumbnail").get()):
        row.title = "new"
        with CaptureQueriesContext(connection) as queries:
            row.save()
        assert [query["sql"][:6] for query in queries] == ["UPDATE"]
    assert in_database(photo).thumbnail.name == photo.thumbnail.name


def test_a_deferred_source_costs_no_query():
    Photo.objects.create(image=upload())
    row = Photo.objects.defer("image").get()
    with CaptureQueriesContext(connection) as queries:
        row.save()
    assert [query["sql"][:6] for query in queries] == ["UPDATE"]


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


def test_fingerprint_field_is_written_whatever_its_place():
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


def test_asave():
    photo = Photo(image=upload())
    async_to_sync(photo.asave)()
    assert colour_of(in_database(photo).thumbnail) == RED


def test_bulk_create_of_fresh_uploads_in_the_same_insert():
    with CaptureQueriesContext(connection) as queries:
        Photo.objects.bulk_create([Photo(image=upload()), Photo(image=upload("b.jpg", "blue"))])
    assert len(queries) == 1
    assert [colour_of(photo.thumbnail) for photo in Photo.objects.order_by("pk")] == [RED, BLUE]


def test_bulk_create_of_stored_names_costs_nothing(calls):
    Photo.objects.bulk_create([Photo(image="images/x.jpg"), Photo(image="images/y.jpg")])
    assert not calls
    assert [photo.thumbnail.name for photo in Photo.objects.all()] == ["", ""]


def test_a_copy_of_a_bulk_created_row_gets_its_own_file():
    (photo,) = Photo.objects.bulk_create([Photo(image=upload())])
    name = photo.thumbnail.name
    photo.pk = None
    photo.save()
    assert photo.thumbnail.name != name


def test_update_or_create():
    photo = Photo.objects.create(title="one", image=upload())
    Photo.objects.update_or_create(title="one", defaults={"image": upload("b.jpg", "blue")})
    assert colour_of(in_database(photo).thumbnail) == BLUE
    Photo.objects.update_or_create(title="two", defaults={"image": upload("c.jpg")})
    assert Photo.objects.get(title="two").thumbnail


def test_get_or_create():
    photo, _created = Photo.objects.get_or_create(title="one", defaults={"image": upload()})
    assert colour_of(in_database(photo).thumbnail) == RED


def test_force_regenerate_renders_once_on_every_save(calls, stored):
    row = Forced.objects.create(image=upload())
    assert calls["save"] == 2
    first = row.thumbnail.name
    row.save()
    assert calls["save"] == 3
    assert row.thumbnail.name != first


def test_a_file_assigned_to_the_thumbnail_is_set_aside(stored):
    photo = Photo.objects.create(image=upload())
    made = photo.thumbnail.name
    photo.thumbnail = upload("by-hand.jpg", "blue")
    photo.save()
    assert in_database(photo).thumbnail.name == made
    assert stored("thumbnails/") == [made]


def test_an_emptied_thumbnail_is_made_anew(django_capture_on_commit_callbacks, stored):
    photo = Photo.objects.create(image=upload())
    photo.thumbnail = None
    with django_capture_on_commit_callbacks(execute=True):
        photo.save()
    assert colour_of(in_database(photo).thumbnail) == RED
    assert stored("thumbnails/") == [photo.thumbnail.name]


def test_large_uploads_that_are_moved_into_place():
    file = TemporaryUploadedFile("big.jpg", "image/jpeg", 0, None)
    file.write(picture())
    file.seek(0)
    file.size = len(picture())
    photo = Photo.objects.create(image=file)
    file.close()
    assert colour_of(photo.thumbnail) == RED
    assert colour_of(photo.image) == RED


def test_streams_that_cannot_be_rewound():
    class Stream(ContentFile):
        def seekable(self):
            return False

        def seek(self, *_args):
            raise AttributeError

    photo = Photo(image=None)
    photo.image.save("stream.jpg", Stream(picture()))
    assert colour_of(in_database(photo).image) == RED
    assert colour_of(in_database(photo).thumbnail) == RED


def test_a_source_class_that_changes_uploads_is_seen_with_what_it_stores():
    row = Shrunk.objects.create(image=upload(colour="red"))
    assert colour_of(row.thumbnail) == BLUE
    name = row.thumbnail.name
    row.save()
    assert row.thumbnail.name == name


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


def test_a_file_assigned_to_a_thumbnail_without_source_is_dropped(stored):
    photo = Photo.objects.create(thumbnail=upload("by-hand.jpg"))
    assert in_database(photo).thumbnail.name == ""
    assert stored() == []


def test_uploads_over_the_limit_are_not_held_in_memory(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 100
    read = []

    class Watched(ContentFile):
        def chunks(self, chunk_size=None):
            read.append(chunk_size)
            return super().chunks(chunk_size)

    Photo.objects.create(image=Watched(picture(), name="big.jpg"))
    assert len(read) == 1  # by the storage


@pytest.mark.django_db(transaction=True)
def test_inside_a_request_that_is_one_transaction(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    def view(_request):
        photo = Photo.objects.create(image=upload())
        assert connection.in_atomic_block
        return in_database(photo).thumbnail.name

    assert BaseHandler().make_view_atomic(view)(None).startswith("thumbnails/a_thumbnail_60x40_")


def test_regenerate_thumbnails_of_version_2(stored):
    field = Photo._meta.get_field("thumbnail")
    Photo.objects.create(image=upload())
    Photo.objects.bulk_create([Photo(image="images/a.jpg"), Photo(image="images/none.jpg"), Photo()])
    missing = Photo.objects.get(image="images/none.jpg")
    count, errors = field.regenerate_thumbnails(Photo)
    assert count == 1
    assert len(errors) == 1
    assert errors[0].startswith(f"Photo(pk={missing.pk}): ")
    assert field.regenerate_thumbnails(Photo)[0] == 0
    assert field.regenerate_thumbnails(Photo, force=True)[0] == 2
    assert Photo.objects.exclude(thumbnail="").count() == 2


def test_an_animation_moves_where_the_field_says_so(settings):
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
