"""Promises 1 and 4 when several instances of one row are saved: none knows what the others wrote.

The row is read right before it is written (R5), so an overwritten thumbnail leaves no file behind.
"""

import pickle

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.invariants import named, violations
from tests.management.commands import run
from tests.testapp.models import Document, Fingerprinted, Gallery, Overwritten, Page, Photo, Restaurant

from .conftest import BLUE, GREEN, column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True)


def two(model=Photo, **values):
    """Return two instances of a new row."""
    model.objects.create(**values or {"image": upload()})
    return model.objects.get(), model.objects.get()


@pytest.mark.parametrize("update_fields", [None, ["image"], ["image", "thumbnail"]])
@pytest.mark.parametrize("before", [upload, lambda: None])
def test_replacing_a_source_twice_through_two_instances_leaves_no_unused_file(before, update_fields, stored):
    first, second = two(image=before())
    replace(first)
    replace(second, "c.jpg", "lime", update_fields=update_fields)
    assert colour_of(in_database(second).thumbnail) == GREEN
    assert stored("thumbnails/") == [column()] == [second.thumbnail.name]


def test_many_writers_of_one_row(stored):
    Photo.objects.create(image=upload())
    rows = [Photo.objects.get() for _ in range(4)]
    for number, row in enumerate(rows):
        replace(row, f"{number}.jpg", "lime" if row is rows[-1] else "blue")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


@pytest.mark.parametrize("before", [None, ""])
def test_a_row_that_was_emptied_by_an_update(before, stored):
    row = Photo.objects.create(image=upload())
    row.thumbnail.storage.delete(row.thumbnail.name)
    Photo.objects.update(thumbnail=before)
    replace(row)
    assert stored("thumbnails/") == [column()] == [row.thumbnail.name]


def test_a_clear_of_a_replaced_source_leaves_nothing_behind(stored):
    first, second = two()
    replace(first)
    second.image = None
    second.save()
    assert column() == ""
    assert stored("thumbnails/") == []


@pytest.mark.parametrize("before", [upload, lambda: None])
def test_a_bad_picture_also_deletes_the_thumbnail_of_another_instance(before, stored):
    first, second = two(image=before())
    replace(first)
    replace_by_a_bad_one(second)
    assert column() == ""
    assert stored("thumbnails/") == []
    assert in_database(second).thumbnail.status == "missing"


def replace_by_a_bad_one(row):
    row.image = ContentFile(b"no picture", name="bad.jpg")
    row.save()


def test_several_thumbnails_of_one_source(stored):
    first, second = two(Gallery)
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Gallery.objects.get()
    for name in ("small", "square", "webp"):
        assert colour_of(getattr(row, name))[1] > 200
        assert stored(f"{name}/") == [column(name, Gallery)]


def test_tables_of_parent_and_child(stored):
    first, second = two(Restaurant)
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Restaurant.objects.get()
    assert colour_of(row.thumbnail)[1] > 200
    assert colour_of(row.icon)[1] > 200
    assert stored("thumbnails/") == [row.thumbnail.name]
    assert stored("icons/") == [row.icon.name]


def test_size_columns_match_the_thumbnail_in_the_row():
    for row, size in zip(two(Document, file=upload()), [(80, 120), (120, 120)], strict=True):
        row.file = upload("b.jpg", size=size)
        row.save()
    row = Document.objects.get()
    assert (row.width, row.height) == (row.thumbnail.width, row.thumbnail.height) == (60, 60)


def test_the_fingerprint_column_matches_the_thumbnail_in_the_row():
    first, second = two(Fingerprinted)
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Fingerprinted.objects.get()
    assert row.fingerprint == second.fingerprint
    assert row.thumbnail.status == "fresh"


def test_a_row_under_a_key_of_any_kind(stored):
    first, second = two(Page, key="one", image=upload())
    replace(first)
    replace(second, "c.jpg", "lime")
    assert stored("thumbnails/") == [column(model=Page)] == [second.thumbnail.name]


def test_a_storage_that_overwrites_keeps_both_apart():
    """Equal sources produce two files: no name is used twice (R2)."""
    first, second = two(Overwritten)
    source = Overwritten.objects.create(image=upload("b.jpg", "blue")).image.name
    for row in (first, second):
        row.image = source
        row.save()
    assert first.thumbnail.name != second.thumbnail.name == in_database(second).thumbnail.name
    assert colour_of(in_database(second).thumbnail) == BLUE
    assert not second.thumbnail.storage.exists(first.thumbnail.name)


# What an instance knows


def test_a_refreshed_instance(stored):
    first, second = two()
    replace(first)
    second.refresh_from_db()
    replace(second, "c.jpg")
    first.refresh_from_db(fields=["thumbnail", "image"])
    replace(first, "d.jpg")
    assert stored("thumbnails/") == [column()] == [first.thumbnail.name]


def test_a_partly_refreshed_instance(media, stored):
    """A thumbnail next to a source that it was not made of, and the other way round."""
    for part in ("image", "thumbnail"):
        first, second = two()
        replace(first)
        second.refresh_from_db(fields=[part])
        second.save()
        rows = list(Photo.objects.all())
        assert violations(rows, media) == []
        assert stored("thumbnails/") == sorted(named(rows))
        Photo.objects.all().delete()


def test_an_instance_that_was_pickled_before_the_row_changed(stored):
    first, second = two()
    pickled = pickle.dumps(second)
    replace(first)
    replace(pickle.loads(pickled), "c.jpg", "lime")
    assert colour_of(in_database(first).thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


def test_an_instance_assigned_the_thumbnail_of_another_row(stored):
    row = Photo.objects.create(image=upload())
    other = Photo.objects.create(image=upload("b.jpg", "blue"))
    row.thumbnail = other.thumbnail
    row.save()
    names = [each.thumbnail.name for each in Photo.objects.all()]
    assert stored("thumbnails/") == sorted(names)
    assert len(set(names)) == 2
    assert row.thumbnail.name in names


# Inside transactions


def test_instances_that_do_not_know_of_each_other_in_one_transaction(stored):
    photo = Photo.objects.create(image=upload())
    with transaction.atomic():
        replace(Photo.objects.get())
        replace(photo, "c.jpg", "lime")
        assert column() == photo.thumbnail.name
        replace(Photo.objects.get(), "d.jpg", update_fields=["image"])
        replace(photo, "e.jpg", "lime")
        assert column() == photo.thumbnail.name
    assert stored("thumbnails/") == [column()]


def test_a_row_that_was_refreshed_in_the_same_transaction(stored):
    photo = Photo.objects.create(image=upload())
    photo.thumbnail.storage.delete(photo.thumbnail.name)
    Photo.objects.update(thumbnail="")
    with transaction.atomic():
        assert refresh_thumbnails(Photo.objects.all()).made == 1
        replace(photo)
        assert column() == photo.thumbnail.name
    assert stored("thumbnails/") == [column()]


def test_several_rows_in_one_transaction(stored):
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(3)]
    for row in Photo.objects.all():
        replace(row)
    with transaction.atomic():
        for row in rows:
            replace(row, "c.jpg", "lime")
    assert [colour_of(row.thumbnail) for row in Photo.objects.all()] == [GREEN] * 3
    assert stored("thumbnails/") == sorted(row.thumbnail.name for row in Photo.objects.all())


@pytest.mark.django_db(transaction=False)
def test_in_a_test_case_the_thumbnail_exists_at_once():
    photo = Photo.objects.create(image=upload())
    refresh_thumbnails(Photo.objects.all(), force=True)
    replace(photo)
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name


def test_a_save_by_a_callback_after_the_commit(stored):
    first, second = two()
    with transaction.atomic():
        transaction.on_commit(lambda: replace(second))
        replace(first, "c.jpg", "lime")
    assert colour_of(in_database(first).thumbnail) == BLUE
    assert stored("thumbnails/") == [column()]


def test_transactions_managed_by_hand(stored):
    first, second = two()
    replace(first)
    transaction.set_autocommit(False)
    try:
        replace(second, "c.jpg", "lime")
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert column() == second.thumbnail.name
    assert colour_of(in_database(second).thumbnail) == GREEN


# A dead heat


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_a_row_replaced_between_the_select_and_the_update(media, stored):
    """The later UPDATE and its thumbnail remain; the other file is left to `prune_thumbnails`."""
    first, second = two()
    meanwhile = [lambda: replace(first)]

    def interfere(execute, sql, *arguments):
        if sql.startswith("UPDATE") and meanwhile:
            meanwhile.pop()()
        return execute(sql, *arguments)

    with connection.execute_wrapper(interfere):
        replace(second, "c.jpg", "lime")
    assert violations(Photo.objects.all(), media) == []
    assert column() == second.thumbnail.name
    assert stored("thumbnails/") == sorted([first.thumbnail.name, second.thumbnail.name])
    run("prune_thumbnails", "--older-than", "0s", "--delete", "--model", "testapp.photo")
    assert stored("thumbnails/") == [second.thumbnail.name]
