"""django-cleanup deletes replaced files and those of deleted rows after the commit, as we do."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload

from .files import BLUE, LIME, RED, Interrupted, files_of
from .models import Cleaned

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def row():
    return Cleaned.objects.create(image=upload("red.jpg", "red"))


def test_replacing_an_image_deletes_the_old_image_and_thumbnail(row, stored):
    row.image = upload("blue.jpg", "blue")
    row.save()
    assert colour_of(row.image) == colour_of(row.thumbnail) == BLUE
    assert stored() == files_of(row)
    assert len(stored()) == 2


def test_a_loaded_row_is_replaced_again_and_again(row, stored):
    for name, colour, shown in [("blue.jpg", "blue", BLUE), ("lime.jpg", "lime", LIME)]:
        loaded = Cleaned.objects.get()
        loaded.image = upload(name, colour)
        loaded.save()
        assert colour_of(loaded.thumbnail) == shown
        assert stored() == files_of(row)


def test_a_save_without_a_new_image_deletes_nothing(row, stored):
    before = stored()
    row.title = "words"
    row.save()
    Cleaned.objects.get().save()
    Cleaned.objects.only("title").get().save()
    assert stored() == before == files_of(row)


def test_a_cleared_image_leaves_no_file(row, stored):
    row.image = None
    row.save()
    assert stored() == files_of(row) == []


def test_a_deleted_row_leaves_no_file(row, stored):
    row.delete()
    assert stored() == []


def test_deleting_many_rows_leaves_no_file(row, stored):
    Cleaned.objects.create(image=upload("blue.jpg", "blue"))
    Cleaned.objects.all().delete()
    assert stored() == []


def test_a_save_that_is_rolled_back_loses_no_file(row, stored):
    with pytest.raises(Interrupted), transaction.atomic():
        row.image = upload("blue.jpg", "blue")
        row.save()
        raise Interrupted
    kept = Cleaned.objects.get()
    assert colour_of(kept.image) == colour_of(kept.thumbnail) == RED
    assert stored("thumbnails/") == [kept.thumbnail.name]
    row.save()  # again, with an instance that does not know about the rollback
    assert colour_of(Cleaned.objects.get().image) == colour_of(Cleaned.objects.get().thumbnail) == BLUE
    assert stored("thumbnails/") == [Cleaned.objects.get().thumbnail.name]


def test_a_deletion_that_is_rolled_back_loses_no_file(row, stored):
    before = stored()
    with transaction.atomic():
        row.delete()
        transaction.set_rollback(True)
    assert stored() == before == files_of(Cleaned.objects.get())


def test_an_old_instance_does_not_delete_a_newer_thumbnail(row, stored):
    old = Cleaned.objects.get()
    refresh_thumbnails(Cleaned.objects.all(), force=True)
    old.title = "words"
    old.save()
    assert stored() == files_of(row)
    assert colour_of(Cleaned.objects.get().thumbnail) == RED


@pytest.mark.parametrize("column", ["image", "thumbnail"])
def test_a_file_column_that_was_not_loaded_stops_django_cleanup_after_the_row_is_written(row, stored, column):
    """This happens with any file field. The row still has its thumbnail, and all its files exist."""
    partly = Cleaned.objects.defer(column).get()
    partly.image = upload("blue.jpg", "blue")
    with pytest.raises(KeyError, match=column):
        partly.save()
    assert colour_of(Cleaned.objects.get().image) == colour_of(Cleaned.objects.get().thumbnail) == BLUE
    assert set(files_of(row)) <= set(stored())
    assert stored("thumbnails/") == [Cleaned.objects.get().thumbnail.name]


def test_saving_an_image_with_update_fields_also_saves_its_thumbnail(row, stored):
    row.image = upload("blue.jpg", "blue")
    row.save(update_fields=["image"])
    assert colour_of(Cleaned.objects.get().thumbnail) == BLUE
    assert stored() == files_of(row)


def test_it_deletes_superseded_thumbnails_that_we_would_keep(row, settings, stored):
    settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(days=1)
    row.image = upload("blue.jpg", "blue")
    row.save()
    assert stored() == files_of(row)


def test_it_deletes_the_image_that_a_copy_shares_and_each_keeps_its_own_thumbnail(row, stored):
    copy = Cleaned.objects.get()
    copy.pk = None
    copy._state.adding = True
    copy.save()
    copy.delete()
    assert stored() == [row.thumbnail.name]
    assert colour_of(Cleaned.objects.get().thumbnail) == RED


def test_a_thumbnail_is_deleted_at_most_twice_and_its_name_never_reused(row, calls):
    name = row.thumbnail.name
    calls.clear()
    row.image = upload("blue.jpg", "blue")
    row.save()
    # django-cleanup deletes the image; both packages delete the thumbnail.
    assert calls["delete"] <= 3
    assert row.thumbnail.name != name
    assert not default_storage.exists(name)
