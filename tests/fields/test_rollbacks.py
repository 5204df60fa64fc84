"""Promise 4 under rollback: whatever is undone, rows and files are as they were before."""

import pytest
from django.db import transaction

from advthumb.fields.refresh import refresh
from tests.conftest import upload
from tests.testapp.models import Gallery, Photo, Restaurant

from .conftest import replace

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
    fields = [field for field in row._meta.concrete_fields if hasattr(field, "spec")]
    refresh(row, fields, using="default", force=True)


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


@pytest.mark.parametrize("model", [Photo, Gallery, Restaurant])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "undo", [rolled_back, savepoint_rolled_back, marked_for_rollback, released_and_rolled_back]
)
def test_rows_and_files_are_as_before(undo, operation, model, stored):
    row = model.objects.create(image=upload())
    other = model.objects.create(image=upload("other.jpg", "blue"))
    before = list(model.objects.order_by("pk").values()), thumbnails(stored)
    undo(lambda: operation(row))
    assert (list(model.objects.order_by("pk").values()), thumbnails(stored)) == before
    replace(model.objects.get(pk=other.pk), "after.jpg")
    assert len(thumbnails(stored)) == len(before[1])


def thumbnails(stored):
    return [name for name in stored() if not name.startswith("images/")]


def test_bulk_create_and_what_follows_a_savepoint(stored):
    """The savepoint takes its own file along, and no other."""
    with transaction.atomic():
        (kept,) = Photo.objects.bulk_create([Photo(image=upload())])
        rolled_back(lambda: Photo.objects.bulk_create([Photo(image=upload("b.jpg"))]))
        after = Photo.objects.create(image=upload("c.jpg"))
    assert thumbnails(stored) == sorted([kept.thumbnail.name, after.thumbnail.name])
