"""Tasks for rows of `bulk_create`, whose keys are known after the INSERT at the earliest."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.conftest import colour_of, upload
from tests.fields.conftest import BLUE, RED
from tests.testapp.models import Badge, Gallery, Hidden, Photo

pytestmark = pytest.mark.django_db(transaction=True)

OVER = {"update_conflicts": True, "update_fields": ["image"]}
if connection.features.supports_update_conflicts_with_target:
    OVER["unique_fields"] = ["code"]


def uploads(model):
    return [model(image=upload()), model(image=upload("b.jpg", "blue"))]


@pytest.mark.parametrize("model", [Photo, Hidden], ids=["key of the database", "key of the instance"])
@pytest.mark.parametrize("in_transaction", [True, False])
def test_each_row_has_a_task(queue, model, in_transaction):
    if in_transaction:
        with transaction.atomic():
            model._base_manager.bulk_create(uploads(model))
            assert not len(queue)
    else:
        model._base_manager.bulk_create(uploads(model))
    assert len(queue) == 2
    queue.run_all()
    colours = {row.image.name: colour_of(row.thumbnail) for row in model._base_manager.all()}
    assert colours == {"images/a.jpg": RED, "images/b.jpg": BLUE}


def test_an_insert_without_a_transaction_finds_the_keys_with_one_query(queue, monkeypatch):
    """As on Django 6.0 and later, and on MySQL: Django does not know the keys yet, or never."""
    for title in "abc":
        Photo.objects.create(title=title)
    monkeypatch.setattr("advthumb.fields.bulk_create.after_commit", lambda call, _using: call())
    with CaptureQueriesContext(connection) as queries:
        created = Photo.objects.bulk_create(uploads(Photo))
    statements = {query["sql"].split()[0] for query in queries if "testapp_photo" in query["sql"]}
    assert len(queries) <= 4  # with BEGIN and COMMIT
    assert statements == {"INSERT", "SELECT"}
    assert [kwargs["key"] for kwargs in queue.kwargs] == [[str(photo.pk)] for photo in created]


def test_several_thumbnails_are_one_task(queue):
    Gallery.objects.bulk_create([Gallery(image=upload())])
    assert [kwargs["fields"] for kwargs in queue.kwargs] == [["small", "square", "webp"]]


def test_stored_names_are_left_to_the_commands(queue):
    Photo.objects.bulk_create([Photo(image="images/x.jpg"), Photo()])
    assert not len(queue)


def test_a_rolled_back_bulk_create_enqueues_nothing(queue):
    with pytest.raises(RuntimeError), transaction.atomic():
        Photo.objects.bulk_create(uploads(Photo))
        raise RuntimeError
    assert not len(queue)


def test_a_row_that_exists_loses_the_thumbnail_of_its_old_source(queue):
    badge = Badge.objects.create(code="a", image=upload())
    queue.run()
    Badge.objects.bulk_create([Badge(code="a", image=upload("b.jpg", "blue"))], **OVER)
    badge.refresh_from_db()
    assert not badge.thumbnail
    queue.run_all()
    badge.refresh_from_db()
    assert colour_of(badge.thumbnail) == BLUE


def test_a_row_that_is_not_inserted_has_no_task(queue):
    Badge.objects.create(code="a", image=upload())
    queue.run()
    Badge.objects.bulk_create([Badge(code="a", image=upload("b.jpg", "blue"))], ignore_conflicts=True)
    assert queue.run_all() in ([], [{}])
    assert colour_of(Badge.objects.get().thumbnail) == RED
