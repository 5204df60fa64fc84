"""What the state machine found once, as the shortest way to it."""

import pytest
from django.core.cache import cache
from django.db.models.signals import pre_save

from . import committing
from .models import RecordedPhoto, RecordedTwin
from .pictures import upload
from .scenes import faults, new

pytestmark = committing


@pytest.mark.parametrize("model", [RecordedPhoto, RecordedTwin])
def test_an_instance_whose_fingerprint_is_deferred_is_deleted(model):
    pk = new(model=model).pk
    model.objects.only("image").get(pk=pk).delete()
    assert faults(model) == []


@pytest.mark.parametrize("model", [RecordedPhoto, RecordedTwin])
def test_rows_of_bulk_create_record_their_fingerprints(model):
    """The column of a fingerprint may be declared before its thumbnail."""
    model.objects.bulk_create([model(image=upload(1))])
    cache.clear()
    row = model.objects.get()
    before = list(model.objects.values())
    row.save()
    assert list(model.objects.values()) == before
    row.delete()
    assert faults(model) == []


def test_a_row_keeps_its_fingerprint_beside_the_thumbnail_that_it_keeps():
    """The instance was built by hand without either, and a receiver saves it inside of its save."""
    row = new(model=RecordedPhoto)
    before = RecordedPhoto.objects.values("image", "thumbnail", "fingerprint").get()
    by_hand = RecordedPhoto(pk=row.pk, image=row.image.name)
    by_hand._state.adding = False

    def save_inside(instance, update_fields=None, **_named):
        if update_fields is None:
            instance.save(update_fields=["title"])

    pre_save.connect(save_inside, sender=RecordedPhoto)
    try:
        by_hand.save()
    finally:
        pre_save.disconnect(save_inside, sender=RecordedPhoto)
    assert RecordedPhoto.objects.values("image", "thumbnail", "fingerprint").get() == before
    assert faults(RecordedPhoto) == []
