"""Promise 1 and 4 where a transaction writes over a thumbnail that the instance never knew.

Nothing is looked at before the commit. What the transaction itself has written is known to every
instance; what another process committed meanwhile is superseded, and handed over at the end.
"""

import pytest
from django.db import transaction

from advthumb.core.names import SUPERSEDED
from advthumb.fields import settling
from advthumb.fields.provisional import held_for
from advthumb.fields.refresh import refresh
from tests.conftest import colour_of, upload
from tests.testapp.models import Photo

from .conftest import column, replace

pytestmark = pytest.mark.django_db(transaction=True)

BLUE, GREEN = (0, 0, 254), (0, 255, 1)


def test_instances_that_do_not_know_of_each_other_in_one_transaction(stored):
    """Nothing is looked at before the commit, so the row must have its thumbnail at once."""
    photo = Photo.objects.create(image=upload())
    with transaction.atomic():
        replace(Photo.objects.get())
        replace(photo, "c.jpg", "lime")
        assert column() == photo.thumbnail.name
        replace(Photo.objects.get(), "d.jpg", update_fields=["image"])
        replace(photo, "e.jpg", "lime")
        assert column() == photo.thumbnail.name
    assert stored("thumbnails/") == [column()]


def test_what_a_transaction_has_written_is_remembered_by_row_until_its_end():
    one, two = (Photo.objects.create(image=upload()) for _ in range(2))
    field = Photo._meta.get_field("thumbnail")
    with transaction.atomic():
        replace(one)
        assert held_for(field, one, "default") == {one.thumbnail.name}
        assert held_for(field, two, "default") == frozenset()
    assert held_for(field, one, "default") == frozenset()


def test_a_row_that_was_refreshed_in_the_same_transaction(stored):
    photo = Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="")
    for name in stored("thumbnails/"):
        photo.thumbnail.storage.delete(name)
    photo.refresh_from_db()
    with transaction.atomic():
        refresh(Photo.objects.get(), [Photo._meta.get_field("thumbnail")], using="default")
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


def test_what_a_rolled_back_savepoint_made_is_claimed_by_nobody(stored):
    """Its file went with it, though the row is still one without a thumbnail."""
    photo, other = Photo.objects.create(image=upload()), Photo.objects.create(image=upload("b.jpg"))
    photo.thumbnail.storage.delete(photo.thumbnail.name)
    Photo.objects.filter(pk=photo.pk).update(thumbnail="")
    with transaction.atomic():
        replace(other, "c.jpg")
        with pytest.raises(LookupError), transaction.atomic():
            Photo.objects.get(pk=photo.pk).save()
            raise LookupError
    assert not Photo.objects.get(pk=photo.pk).thumbnail
    assert stored("thumbnails/") == [other.thumbnail.name]


def test_what_a_rolled_back_savepoint_wrote_is_not_taken_for_known(stored):
    photo = Photo.objects.create(image=upload())
    with transaction.atomic():
        replace(Photo.objects.get())
        with pytest.raises(LookupError), transaction.atomic():
            replace(Photo.objects.get(), "c.jpg")
            raise LookupError
        replace(photo, "d.jpg", "lime")
        assert column() == photo.thumbnail.name
    assert stored("thumbnails/") == [column()]


@pytest.mark.django_db(transaction=False)
def test_in_a_test_case_the_thumbnail_is_there_at_once():
    photo = Photo.objects.create(image=upload())
    refresh(Photo.objects.get(), [Photo._meta.get_field("thumbnail")], using="default", force=True)
    replace(photo)
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name


def test_a_rollback_of_a_save_that_wrote_over_another(stored):
    photo = Photo.objects.create(image=upload())
    first = replace(Photo.objects.get())
    with pytest.raises(LookupError), transaction.atomic():
        replace(photo, "c.jpg")
        assert column() == first.thumbnail.name + SUPERSEDED
        raise LookupError
    assert stored("thumbnails/") == [column()] == [first.thumbnail.name]


def test_a_save_inside_of_a_run_takes_its_place_at_the_end_of_the_run(stored):
    """What commands supersede is looked at in batches; so are saves of receivers among it."""
    photo = Photo.objects.create(image=upload())
    replace(Photo.objects.get())
    with settling.gathering():
        replace(photo, "c.jpg", "lime")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


def test_transactions_managed_by_hand_write_over_what_they_do_not_know():
    photo = Photo.objects.create(image=upload())
    replace(Photo.objects.get())
    transaction.set_autocommit(False)
    try:
        replace(photo, "c.jpg", "lime")
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert column() == photo.thumbnail.name
