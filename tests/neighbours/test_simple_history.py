"""django-simple-history copies each row to a history table, with file names as plain text."""

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from tests.conftest import colour_of, upload

from .files import RED, files_of
from .models import Remembered

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def row():
    return Remembered.objects.create(title="red", image=upload("red.jpg", "red"))


def replace(row):
    row.title, row.image = "blue", upload("blue.jpg", "blue")
    row.save()


def test_the_history_has_the_names_that_the_row_had(row):
    first = row.thumbnail.name
    replace(row)
    assert [str(each.thumbnail) for each in row.history.all()] == [row.thumbnail.name, first]


def test_the_history_keeps_no_superseded_thumbnail(row, stored):
    replace(row)
    assert stored("thumbnails/") == [row.thumbnail.name]


def test_a_row_is_restored_from_its_history_with_a_thumbnail(row, stored):
    replace(row)
    row.history.last().instance.save()
    restored = Remembered.objects.get()
    assert (restored.title, colour_of(restored.image), colour_of(restored.thumbnail)) == ("red", RED, RED)
    assert stored("thumbnails/") == [restored.thumbnail.name]


def test_a_row_is_restored_that_was_deleted(row, stored):
    row.delete()
    assert stored("thumbnails/") == []
    Remembered.history.order_by("history_id").first().instance.save()
    restored = Remembered.objects.get()
    assert colour_of(restored.thumbnail) == RED
    assert stored("thumbnails/") == [restored.thumbnail.name]


def test_an_earlier_instance_shows_an_image_and_perhaps_no_thumbnail(row):
    replace(row)
    earlier = row.history.last().instance
    assert colour_of(earlier.image) == RED
    assert not default_storage.exists(earlier.thumbnail.name)


def test_a_save_without_history_works_as_usual(row):
    row.image = upload("blue.jpg", "blue")
    row.save_without_historical_record()
    assert row.history.count() == 1
    assert set(files_of(row)) <= {row.image.name, row.thumbnail.name}


def test_a_save_that_is_rolled_back_has_no_history(row, stored):
    before = stored("thumbnails/")
    with transaction.atomic():
        replace(row)
        transaction.set_rollback(True)
    assert stored("thumbnails/") == before == [Remembered.objects.get().thumbnail.name]
    assert Remembered.history.count() == 1
