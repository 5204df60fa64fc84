"""What the state machine found once, as the shortest way to it."""

import pytest
from django.core.cache import cache

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
