"""Promise 1 and 4 where a save writes over a thumbnail that its instance never knew.

The row's column then has the name of that thumbnail, marked. The row has none until the save gives
it its own, right after the commit, and deletes the file behind the mark.
"""

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from advthumb.core.names import SUPERSEDED
from advthumb.fields.concurrency import Claim
from advthumb.fields.rows import Row
from tests.conftest import colour_of, upload
from tests.management.commands import GENERATE, run
from tests.testapp.models import Document, Fingerprinted, Gallery, Overwritten, Photo, Restaurant

from .conftest import column, replace

pytestmark = pytest.mark.django_db(transaction=True)

BLUE, GREEN = (0, 0, 254), (0, 255, 1)


@pytest.mark.parametrize("update_fields", [None, ["image"], ["image", "thumbnail"]])
def test_whoever_replaces_what_another_has_replaced_leaves_nothing_behind(update_fields, stored):
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime", update_fields=update_fields)
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()] == [second.thumbnail.name]


def test_it_costs_the_same_update_and_five_queries_after_the_commit():
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    with CaptureQueriesContext(connection) as queries:
        replace(second, "c.jpg", "lime")
    verbs = [query["sql"].split()[0] for query in queries]
    assert verbs[0] == "UPDATE"
    assert verbs.count("UPDATE") == 2
    own = [query["sql"] for query in queries if 'FROM "testapp_photo"' in query["sql"]]
    # Which files are named, asked of each column; what the row has; and whether what it had is named.
    assert len(own) == 5


def test_many_writers_of_one_row(stored):
    Photo.objects.create(image=upload())
    rows = [Photo.objects.get() for _ in range(4)]
    for number, row in enumerate(rows):
        replace(row, f"{number}.jpg", "lime" if row is rows[-1] else "blue")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


def test_a_name_is_marked_once_whoever_writes_over_it_next(killed, stored):
    Photo.objects.create(image=upload())
    first, second, third = (Photo.objects.get() for _ in range(3))
    replace(first)
    replace(second, "c.jpg")
    assert column() == first.thumbnail.name + SUPERSEDED
    assert not Photo.objects.get().thumbnail
    killed.undo()
    replace(third, "d.jpg", "lime")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert first.thumbnail.name not in stored()


def test_the_first_pictures_of_a_row_that_had_none(stored):
    Photo.objects.create()
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


def test_a_column_with_null_is_written_at_once(killed):
    Photo.objects.bulk_create([Photo(image="images/a.jpg")])
    Photo.objects.update(thumbnail=None)
    row = replace(Photo.objects.get())
    assert column() == row.thumbnail.name


def test_the_same_thumbnail_made_twice_is_written_at_once(killed):
    """On a storage that overwrites, both are one file."""
    Overwritten.objects.create(image=upload())
    other = Overwritten.objects.create(image=upload("b.jpg", "blue"))
    first, second = (Overwritten.objects.exclude(pk=other.pk).get() for _ in range(2))
    other.delete()
    for row in (first, second):
        row.image = other.image.name
        row.save()
    assert column(model=Overwritten) == first.thumbnail.name == second.thumbnail.name


def test_a_row_emptied_meanwhile_is_written_at_once(killed):
    photo = Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="")
    replace(photo)
    assert column() == photo.thumbnail.name


def test_a_row_without_a_thumbnail_gets_no_mark(settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    stale = Photo.objects.create(image=upload())
    Photo.objects.update(image="images/other.jpg", thumbnail="")
    stale.title = "new"
    stale.save()
    assert column() == ""


def test_a_clear_takes_what_it_did_not_know_along(stored):
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    second.image = None
    second.save()
    assert column() == ""
    assert stored("thumbnails/") == []


def test_a_clear_looks_at_its_row_and_writes_nothing_more():
    photo = Photo.objects.create(image=upload())
    photo.image = None
    with CaptureQueriesContext(connection) as queries:
        photo.save()
    verbs = [query["sql"].split()[0] for query in queries]
    assert verbs[0] == "UPDATE"
    assert set(verbs[1:]) == {"SELECT"}


def test_a_new_row_is_not_looked_at_again():
    with CaptureQueriesContext(connection) as queries:
        Photo.objects.create(image=upload())
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]


@pytest.mark.parametrize("image", [upload, lambda: None])
def test_a_bad_picture_takes_what_it_did_not_know_along(image, stored):
    Photo.objects.create(image=image())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    second.image = ContentFile(b"no picture", name="bad.jpg")
    second.save()
    assert column() == ""
    assert stored("thumbnails/") == []
    assert Photo.objects.get().thumbnail.status == "missing"


def test_several_thumbnails_of_one_source(stored):
    Gallery.objects.create(image=upload())
    first, second = Gallery.objects.get(), Gallery.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Gallery.objects.get()
    for name in ("small", "square", "webp"):
        assert colour_of(getattr(row, name))[1] > 200
        assert stored(f"{name}/") == [column(name, Gallery)]


def test_tables_of_parent_and_child(stored):
    Restaurant.objects.create(image=upload())
    first, second = Restaurant.objects.get(), Restaurant.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Restaurant.objects.get()
    assert colour_of(row.thumbnail)[1] > 200
    assert colour_of(row.icon)[1] > 200
    assert stored("thumbnails/") == [row.thumbnail.name]
    assert stored("icons/") == [row.icon.name]


def test_columns_of_size_are_those_of_the_thumbnail_in_the_row():
    Document.objects.create(file=upload())
    first, second = Document.objects.get(), Document.objects.get()
    for row, size in ((first, (80, 120)), (second, (120, 120))):
        row.file = upload("b.jpg", size=size)
        row.save()
    row = Document.objects.get()
    assert (row.width, row.height) == (row.thumbnail.width, row.thumbnail.height) == (60, 60)


def test_the_fingerprint_column_is_that_of_the_thumbnail_in_the_row():
    Fingerprinted.objects.create(image=upload())
    first, second = Fingerprinted.objects.get(), Fingerprinted.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Fingerprinted.objects.get()
    assert row.fingerprint == second.fingerprint
    assert row.thumbnail.status == "fresh"


def test_a_fingerprint_beside_a_superseded_thumbnail_counts_for_nothing(killed):
    Fingerprinted.objects.create(image=upload())
    first, second = Fingerprinted.objects.get(), Fingerprinted.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Fingerprinted.objects.get()
    assert row.thumbnail.status == "missing"
    killed.undo()
    row.save()
    assert Fingerprinted.objects.get().thumbnail.status == "fresh"


def test_a_full_column_loses_the_name_and_never_the_save(killed):
    photo = Photo.objects.create(image=upload())
    longest = "x" * Photo._meta.get_field("thumbnail").max_length
    Photo.objects.update(thumbnail=longest)
    replace(photo)
    assert column() == ""
    assert _claim_of(photo).enforce() == ""
    assert column() == photo.thumbnail.name


def test_an_instance_made_by_hand_writes_over_a_row(stored):
    photo = Photo.objects.create(image=upload())
    Photo(pk=photo.pk, image=upload("b.jpg", "blue")).save()
    assert colour_of(Photo.objects.get().thumbnail) == BLUE
    assert stored("thumbnails/") == [column()]


def test_a_row_that_moved_on_again_is_left_alone(killed, stored):
    """Between the commit and the look after it a third process gave the row another source."""
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    third = Photo.objects.get()
    replace(second, "c.jpg")
    replace(third, "d.jpg", "lime")
    assert column() == first.thumbnail.name + SUPERSEDED
    assert _claim_of(second).enforce() is None
    assert _claim_of(third).enforce() == first.thumbnail.name + SUPERSEDED
    assert column() == third.thumbnail.name


def test_a_row_that_a_command_filled_meanwhile_is_left_alone(killed):
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    replace(second, "c.jpg")
    killed.undo()
    run(GENERATE)
    made = column()
    assert _claim_of(second).enforce() is None
    assert column() == made != second.thumbnail.name


def test_a_row_that_is_filled_between_the_look_and_the_update_is_left_alone(killed):
    photo = Photo.objects.create(image=upload())
    replace(Photo.objects.get())
    replace(photo, "c.jpg")
    meanwhile = [lambda: Photo.objects.update(thumbnail="thumbnails/theirs.jpg")]

    def interfere(execute, sql, *arguments):
        if sql.startswith("UPDATE") and meanwhile:
            meanwhile.pop()()
        return execute(sql, *arguments)

    with connection.execute_wrapper(interfere):
        assert _claim_of(photo).enforce() is None
    assert column() == "thumbnails/theirs.jpg"


def _claim_of(photo):
    row = Row.of(Photo._meta.get_field("thumbnail"), photo, photo.image.name, "default")
    return Claim(row, frozenset(), {"thumbnail": photo.thumbnail.name})
