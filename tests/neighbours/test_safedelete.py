"""django-safedelete hides deleted rows: their files stay until the row is really deleted."""

import pytest
from django.core.management import call_command
from django.db import transaction
from safedelete import HARD_DELETE

from tests.conftest import colour_of, upload

from .files import BLUE, RED, files_of
from .models import Binned

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def row():
    return Binned.objects.create(image=upload("red.jpg", "red"))


def hidden():
    return Binned.deleted_objects.get()


def test_a_hidden_row_keeps_its_files_and_is_shown_again_with_them(row, stored):
    before = stored()
    row.delete()
    assert not Binned.objects.exists()
    assert stored() == before == sorted([hidden().image.name, hidden().thumbnail.name])
    hidden().undelete()
    assert stored() == before == files_of(Binned.objects.get())
    assert colour_of(Binned.objects.get().thumbnail) == RED


def test_rows_that_a_query_hides_keep_their_files(row, stored):
    before = stored()
    Binned.objects.all().delete()
    assert stored() == before
    Binned.deleted_objects.all().undelete()
    assert colour_of(Binned.objects.get().thumbnail) == RED


def test_prune_leaves_the_files_of_hidden_rows(row, stored):
    row.delete()
    before = stored()
    call_command("prune_thumbnails", "--older-than", "0s", "--delete", verbosity=0)
    assert stored() == before


def test_a_hidden_row_gets_another_image(row, stored):
    row.delete()
    row = hidden()
    row.image = upload("blue.jpg", "blue")
    row.save(keep_deleted=True)
    assert colour_of(hidden().thumbnail) == BLUE
    assert stored("thumbnails/") == [hidden().thumbnail.name]


def test_a_row_that_is_really_deleted_leaves_no_thumbnail(row, stored):
    row.delete()
    hidden().delete(force_policy=HARD_DELETE)
    assert stored("thumbnails/") == []


def test_a_rollback_of_either_deletion_loses_no_file(row, stored):
    before = stored()
    for policy in (None, HARD_DELETE):
        with transaction.atomic():
            Binned.objects.get().delete(force_policy=policy)
            transaction.set_rollback(True)
        assert stored() == before == files_of(Binned.objects.get())


def test_the_commands_make_thumbnails_of_hidden_rows_too(row):
    row.delete()
    Binned.all_objects.update(thumbnail=None)
    call_command("generate_thumbnails", "--model", "neighbours.Binned", verbosity=0)
    Binned.deleted_objects.get().undelete()
    assert colour_of(Binned.objects.get().thumbnail) == RED
