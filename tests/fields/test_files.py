"""Promise 4: new file, then row, then (after commit) the old file. Nothing leaks, nothing is lost."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.testapp.models import (
    Album,
    Article,
    Forced,
    Gallery,
    Overwritten,
    Page,
    Photo,
    PhotoProxy,
    Place,
    Remote,
    Restaurant,
)

pytestmark = pytest.mark.django_db(transaction=True)


def thumbnails_and_rows(stored):
    rows = sorted(photo.thumbnail.name for photo in Photo.objects.all() if photo.thumbnail)
    return stored("thumbnails/"), rows


@pytest.mark.parametrize("update_fields", [None, ["image"]])
def test_replacing_removes_the_old_file(update_fields, stored):
    photo = Photo.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    photo.save(update_fields=update_fields)
    files, rows = thumbnails_and_rows(stored)
    assert files == rows
    assert len(rows) == 1


def test_replacing_a_source_by_an_identical_one_keeps_the_new_file(stored):
    photo = Photo.objects.create(image=upload())
    photo.image = upload()
    photo.save()
    assert stored("thumbnails/") == [photo.thumbnail.name]


def test_regenerating_removes_the_old_file(stored):
    row = Forced.objects.create(image=upload())
    for _ in range(3):
        row.save()
    assert stored("thumbnails/") == [Forced.objects.get().thumbnail.name]


@pytest.mark.parametrize("update_fields", [None, ["image"]])
def test_clearing_removes_the_file(update_fields, stored):
    photo = Photo.objects.create(image=upload())
    photo.image = None
    photo.save(update_fields=update_fields)
    assert stored("thumbnails/") == []


def test_deleting_a_row_removes_the_file(stored):
    Photo.objects.create(image=upload()).delete()
    assert stored("thumbnails/") == []


def test_deleting_a_deferred_row_removes_the_file(stored):
    Photo.objects.create(image=upload())
    Photo.objects.only("pk").get().delete()
    assert stored("thumbnails/") == []


def test_deleting_a_proxy_removes_the_file(stored):
    Photo.objects.create(image=upload())
    PhotoProxy.objects.get().delete()
    assert stored("thumbnails/") == []


def test_deleting_many_rows_asks_for_references_once(stored):
    for number in range(5):
        Photo.objects.create(image=upload(f"{number}.jpg"))
    with CaptureQueriesContext(connection) as queries:
        Photo.objects.all().delete()
    assert stored("thumbnails/") == []
    asked = [query for query in queries if "thumbnails/" in query["sql"] and "SELECT" in query["sql"]]
    columns = [query["sql"].split(" FROM ")[0] for query in asked]
    assert len(columns) == len(set(columns))


def test_cascades_remove_the_files(stored):
    album = Album.objects.create()
    for key in "abc":
        Page.objects.create(key=key, album=album, image=upload(f"{key}.jpg"))
    album.delete()
    assert stored("thumbnails/") == []


def test_deleting_a_multi_table_child_removes_the_files_of_both_tables(stored):
    Restaurant.objects.create(image=upload())
    Restaurant.objects.get().delete()
    assert stored("thumbnails/") == stored("icons/") == []


def test_deleting_a_child_and_keeping_its_parent_keeps_the_parent_s_file(stored):
    Restaurant.objects.create(image=upload())
    Restaurant.objects.get().delete(keep_parents=True)
    assert stored("thumbnails/") == [Place.objects.get().thumbnail.name]
    assert stored("icons/") == []


def test_a_file_that_another_row_names_is_kept(stored):
    photo = Photo.objects.create(image=upload())
    shared = photo.thumbnail.name
    Photo.objects.bulk_create([Photo(title="twin", image=photo.image.name, thumbnail=shared)])
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert shared in stored("thumbnails/")
    Photo.objects.get(title="twin").delete()
    assert shared not in stored("thumbnails/")


def test_a_file_that_another_column_names_is_kept(stored):
    gallery = Gallery.objects.create(image=upload())
    shared = gallery.small.name
    Gallery.objects.bulk_create([Gallery(image=gallery.image.name, square=shared)])
    gallery.delete()
    assert stored("small/") == [shared]


def test_a_file_that_a_row_of_another_model_names_is_kept(stored):
    photo = Photo.objects.create(image=upload())
    Article.objects.bulk_create([Article(image=photo.image.name, thumbnail=photo.thumbnail.name)])
    photo.delete()
    assert stored("thumbnails/") == [Article.objects.get().thumbnail.name]


def test_a_file_that_is_the_source_of_another_row_is_kept(stored):
    photo = Photo.objects.create(image=upload())
    thumbnail = photo.thumbnail.name
    Photo.objects.bulk_create([Photo(image=thumbnail)])
    photo.delete()
    assert stored("thumbnails/") == [thumbnail]


def test_the_old_file_exists_until_commit(stored):
    photo = Photo.objects.create(image=upload())
    before = photo.thumbnail.name
    with transaction.atomic():
        photo.image = upload("b.jpg", "blue")
        photo.save()
        assert before in stored("thumbnails/")
    assert before not in stored("thumbnails/")


def test_a_storage_that_cannot_delete_is_logged_and_never_raised(monkeypatch, caplog):
    row = Remote.objects.create(image=upload())
    monkeypatch.setattr(Remote._meta.get_field("thumbnail").storage, "broken", frozenset({"delete"}))
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(Remote.objects.get().thumbnail) == (0, 0, 254)
    assert "the network is down during delete" in caplog.text
    row.delete()
    assert not Remote.objects.exists()


def test_on_a_storage_that_overwrites_a_copy_still_gets_its_own_file():
    row = Overwritten.objects.create(image=upload())
    clone = Overwritten.objects.get()
    clone.pk = None
    clone.save()
    assert clone.thumbnail.name != row.thumbnail.name
    refresh_thumbnails([row], force=True)
    for one in Overwritten.objects.all():
        assert colour_of(one.thumbnail) == (254, 0, 0)
