"""Promises 1 and 4 after a rollback: rows and files are as before, and the next save is right."""

import copy as copying
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from advthumb import refresh_thumbnails
from advthumb.fields.rollback import uncommitted
from tests.conftest import colour_of, upload
from tests.invariants import named, violations
from tests.testapp.models import Badge, Gallery, Overwritten, Photo, RemoteBadge, Restaurant

from .conftest import BLUE, GREEN, RED, column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True)


def create(row):
    type(row)._base_manager.create(image=upload("new.jpg"))


def replace_source(row):
    replace(row, update_fields=["image"])


def replace_twice(row):
    replace(row)
    replace(row, "c.jpg", "lime")


def replace_and_delete(row):
    replace(row)
    row.delete()


def clear(row):
    row.image = None
    row.save()


def delete(row):
    row.delete()


def delete_all(row):
    type(row)._base_manager.all().delete()


def copy(row):
    row.pk = row.id = None
    row._state.adding = True
    row.save()


def command(row):
    refresh_thumbnails([row], force=True)


def stale(row):
    replace(type(row)._base_manager.get(pk=row.pk))
    replace(row, "c.jpg", "lime")


OPERATIONS = [
    create,
    replace,
    replace_source,
    replace_twice,
    replace_and_delete,
    clear,
    delete,
    delete_all,
    copy,
    command,
    stale,
]


def rolled_back(undone):
    with pytest.raises(LookupError), transaction.atomic():
        undone()
        raise LookupError


def savepoint_rolled_back(undone):
    with transaction.atomic():
        rolled_back(undone)


def marked_for_rollback(undone):
    with transaction.atomic(durable=True):
        undone()
        transaction.set_rollback(True)


def released_and_rolled_back(undone):
    def released():
        with transaction.atomic():
            undone()

    savepoint_rolled_back(released)


UNDO = [rolled_back, savepoint_rolled_back, marked_for_rollback, released_and_rolled_back]


@pytest.mark.parametrize("model", [Photo, Gallery, Restaurant])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("undo", UNDO)
def test_rows_and_files_are_unchanged(undo, operation, model, stored):
    row = model.objects.create(image=upload())
    other = model.objects.create(image=upload("other.jpg", "blue"))
    before = list(model.objects.order_by("pk").values()), thumbnails(stored)
    undo(lambda: operation(row))
    assert (list(model.objects.order_by("pk").values()), thumbnails(stored)) == before
    replace(model.objects.get(pk=other.pk), "after.jpg")
    assert len(thumbnails(stored)) == len(before[1])


@pytest.mark.parametrize("model", [Photo, Gallery, Restaurant])
@pytest.mark.parametrize("operation", [replace, replace_source, replace_twice, clear, command, stale])
@pytest.mark.parametrize("undo", UNDO)
def test_the_instance_that_was_rolled_back_is_saved_again(undo, operation, model, media, stored):
    """It still has the source and the name of a deleted thumbnail, but what it writes is right."""
    row = model.objects.create(image=upload())
    undo(lambda: operation(row))
    row.save()
    rows = list(model.objects.all())
    assert violations(rows, media) == []
    assert thumbnails(stored) == sorted(named(rows)) == sorted(named([row]))
    assert bool(thumbnails(stored)) == bool(row.image)


@pytest.mark.parametrize(
    "clone", [copying.copy, copying.deepcopy, lambda row: pickle.loads(pickle.dumps(row))]
)
@pytest.mark.parametrize("level", ["name", "auto"])
def test_a_copy_of_an_instance_that_was_rolled_back_is_saved(level, clone, settings, stored):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = level
    row = Photo.objects.create(image=upload())
    rolled_back(lambda: replace(row))
    clone(row).save()
    assert colour_of(in_database(row).thumbnail) == BLUE
    assert stored("thumbnails/") == [column()]


@pytest.mark.parametrize("update_fields", [["thumbnail"], ["image"], ["title"]])
def test_a_column_of_an_instance_that_was_rolled_back_is_saved_alone(update_fields, media, stored):
    row = Photo.objects.create(image=upload())
    rolled_back(lambda: replace(row))
    row.save(update_fields=update_fields)
    rows = list(Photo.objects.all())
    assert violations(rows, media) == []
    assert stored("thumbnails/") == sorted(named(rows))
    assert len(named(rows)) == 1


def test_a_cleared_instance_saved_again_after_a_rollback_leaves_no_file(stored):
    row = Photo.objects.create(image=upload())
    rolled_back(lambda: clear(row))
    row.save()
    assert column() == ""
    assert stored("thumbnails/") == []


def test_a_cleared_instance_that_was_rolled_back_gets_its_source_again(stored):
    row = Photo.objects.create(image=upload())
    source, before = row.image.name, row.thumbnail.name
    rolled_back(lambda: clear(row))
    row.image = source
    row.save()
    assert column() == row.thumbnail.name == before
    assert stored("thumbnails/") == [before]


@pytest.mark.parametrize("model", [Badge, RemoteBadge])
def test_an_instance_saved_again_after_a_rollback_gets_a_new_thumbnail(model):
    """Even if a save checks names only: the rollback is remembered."""
    row = model.objects.create(code="a", image=upload())
    rolled_back(lambda: replace(row))
    row.save()
    assert colour_of(model.objects.get().thumbnail) == BLUE
    assert model.objects.get().thumbnail.name == row.thumbnail.name


def test_an_instance_that_was_rolled_back_is_known_not_to_be_in_its_row():
    row = Photo.objects.create(image=upload())
    rolled_back(lambda: replace(row))
    assert not row.thumbnail.in_row
    row.save()
    assert row.thumbnail.in_row


def test_an_instance_that_was_committed_is_known_to_be_in_its_row(django_assert_num_queries):
    row = Photo.objects.create(image=upload())
    with transaction.atomic():
        replace(row)
    assert row.thumbnail.in_row
    with django_assert_num_queries(1):
        row.save()


def test_a_new_file_is_uncommitted_until_its_transaction_ends():
    """No other connection can see its row, so prune queries from the same thread."""
    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        row = Photo.objects.create(image=upload())
        assert row.thumbnail.name in elsewhere.submit(uncommitted).result()
        assert uncommitted() == set()  # this connection sees it
    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        assert row.thumbnail.name not in elsewhere.submit(uncommitted).result()
        rolled_back(lambda: replace(row))
        assert elsewhere.submit(uncommitted).result() == set()


def test_the_new_file_is_removed_at_once_and_not_before(stored):
    row = Photo.objects.create(image=upload())
    before = row.thumbnail.name
    with transaction.atomic():
        rolled_back(lambda: replace(row) and both_are_there(stored))
        assert stored("thumbnails/") == [before]


def both_are_there(stored):
    assert len(stored("thumbnails/")) == 2


def test_a_rolled_back_savepoint_undoes_only_its_own_files_and_deletions(stored):
    rows = [Photo.objects.create(title=str(number), image=upload(f"{number}.jpg")) for number in range(3)]
    with transaction.atomic():
        rows[0].delete()
        (kept,) = Photo.objects.bulk_create([Photo(image=upload())])
        rolled_back(lambda: rows[1].delete() and Photo.objects.bulk_create([Photo(image=upload("b.jpg"))]))
        with transaction.atomic():
            rows[2].delete()
        after = Photo.objects.create(image=upload("c.jpg"))
    assert thumbnails(stored) == sorted(row.thumbnail.name for row in (rows[1], kept, after))


def test_a_rolled_back_savepoint_deletes_the_file_made_for_a_row_without_a_thumbnail(stored):
    """The file made in the savepoint is deleted, although the row still has no thumbnail."""
    row, other = Photo.objects.create(image=upload()), Photo.objects.create(image=upload("b.jpg"))
    row.thumbnail.storage.delete(row.thumbnail.name)
    Photo.objects.filter(pk=row.pk).update(thumbnail="")
    with transaction.atomic():
        replace(other, "c.jpg")
        rolled_back(lambda: in_database(row).save())
    assert not in_database(row).thumbnail
    assert stored("thumbnails/") == [other.thumbnail.name]


def test_a_savepoint_rolled_back_by_another_instance_is_not_assumed_known(stored):
    row = Photo.objects.create(image=upload())
    with transaction.atomic():
        replace(Photo.objects.get())
        rolled_back(lambda: replace(Photo.objects.get(), "c.jpg"))
        replace(row, "d.jpg", "lime")
    assert stored("thumbnails/") == [column()] == [row.thumbnail.name]
    assert colour_of(in_database(row).thumbnail) == GREEN


def test_a_rollback_deletes_no_file_of_a_row_that_stays_on_a_storage_that_overwrites():
    row = Overwritten.objects.create(image=upload())
    rolled_back(lambda: Overwritten.objects.create(image=row.image.name))
    assert colour_of(in_database(row).thumbnail) == RED


def thumbnails(stored):
    return [name for name in stored() if not name.startswith("images/")]


def test_a_manual_savepoint_leaves_only_the_new_file_unused(stored):
    """Django does not report its rollback, and still runs the callbacks for after the commit."""
    row = Photo.objects.create(image=upload())
    before = row.thumbnail.name
    with transaction.atomic():
        savepoint = connection.savepoint()
        made = replace(row).thumbnail.name
        connection.savepoint_rollback(savepoint)
    assert (column(), sorted(stored("thumbnails/"))) == (before, sorted([before, made]))
