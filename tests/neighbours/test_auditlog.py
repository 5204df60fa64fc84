"""django-auditlog records what a save changed, including thumbnails."""

import pytest
from auditlog.models import LogEntry
from django.db import transaction

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload

from .files import BLUE, RED
from .models import Audited

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def row():
    return Audited.objects.create(title="red", image=upload("red.jpg", "red"))


def changes():
    """Return the logged changes of the thumbnail, latest first; None where it did not change."""
    return [entry.changes_dict.get("thumbnail") for entry in LogEntry.objects.get_for_model(Audited)]


def test_a_new_row_is_logged_with_the_name_of_its_thumbnail(row):
    assert changes() == [["None", row.thumbnail.name]]


def test_a_replaced_image_is_logged_without_its_thumbnail(row, stored):
    """The thumbnail is made during the UPDATE, but auditlog compares the row before it."""
    row.image = upload("blue.jpg", "blue")
    row.save()
    assert colour_of(Audited.objects.get().thumbnail) == BLUE
    assert stored("thumbnails/") == [row.thumbnail.name]
    assert set(LogEntry.objects.get_for_model(Audited).first().changes_dict) == {"image"}


def test_a_save_that_changes_only_text_logs_no_thumbnail(row):
    row.title = "words"
    row.save()
    assert changes()[0] is None
    Audited.objects.get().save()
    assert len(changes()) == 2


def test_a_deleted_row_is_logged_with_its_thumbnail(row, stored):
    name = row.thumbnail.name
    row.delete()
    assert changes()[0] == [name, "None"]
    assert stored("thumbnails/") == []


def test_a_save_that_is_rolled_back_is_not_logged(row, stored):
    with transaction.atomic():
        row.image = upload("blue.jpg", "blue")
        row.save()
        transaction.set_rollback(True)
    assert len(changes()) == 1
    assert stored("thumbnails/") == [Audited.objects.get().thumbnail.name]
    assert colour_of(Audited.objects.get().thumbnail) == RED


def test_writes_by_commands_are_not_logged(row):
    refresh_thumbnails(Audited.objects.all(), force=True)
    assert len(changes()) == 1
