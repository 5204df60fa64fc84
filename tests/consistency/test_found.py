"""What the state machine once found, reduced to the shortest steps."""

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, models
from django.db.models.signals import pre_save

from advthumb import refresh_thumbnails

from . import committing
from .models import BucketPhoto, RecordedPhoto, RecordedTwin, thumbnail
from .pictures import upload
from .scenes import faults, new, replace, shows, stored, temporary_model, thumbnail_name
from .storages import BUCKET, Fault
from .world import World

pytestmark = committing


@pytest.mark.parametrize("model", [RecordedPhoto, RecordedTwin])
def test_an_instance_with_a_deferred_fingerprint_can_be_deleted(model):
    pk = new(model=model).pk
    model.objects.only("image").get(pk=pk).delete()
    assert faults(model) == []


@pytest.mark.parametrize("model", [RecordedPhoto, RecordedTwin])
def test_rows_of_bulk_create_record_their_fingerprints(model):
    """A fingerprint column may be declared before its thumbnail."""
    model.objects.bulk_create([model(image=upload(1))])
    cache.clear()
    row = model.objects.get()
    before = list(model.objects.values())
    row.save()
    assert list(model.objects.values()) == before
    row.delete()
    assert faults(model) == []


def test_a_row_that_keeps_its_thumbnail_keeps_its_fingerprint():
    """The instance was built by hand without either, and a receiver saves it during its own save."""
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


@pytest.mark.parametrize("model", [RecordedPhoto, RecordedTwin])
def test_a_thumbnail_reloaded_without_its_fingerprint_is_not_kept(model):
    """The instance's fingerprint belongs to the source that it saves, but its thumbnail to another one."""
    row = new(model=model)
    model.objects.update(image=stored(model=model))
    refresh_thumbnails(model.objects.all())
    row.refresh_from_db(fields=World(model).names)
    row.save()
    assert faults(model, leftovers=True) == []
    model.objects.get().save()
    assert set(shows(row)) == {1}


def test_a_version_2_thumbnail_with_a_null_fingerprint_is_kept():
    """MySQL assigns the thumbnail first here, and then compares it with the other columns of the row."""
    fields = {
        "title": models.CharField(max_length=20, default=""),
        "image": models.ImageField(upload_to="local/images/"),
        "thumbnail": thumbnail("local/thumbs/", fingerprint_field="fingerprint"),
        "fingerprint": models.CharField(max_length=64, null=True, blank=True),
    }
    with temporary_model("Nullable", **fields) as model:
        row = new(model=model)
        legacy = default_storage.save("local/thumbs/a_thumbnail.png", upload(1))
        image = default_storage.save("local/images/a.png", upload(1))
        model.objects.update(image=image, thumbnail=legacy, fingerprint=None)
        row = model.objects.get()
        row.title = "new"
        row.save()
        assert thumbnail_name(row) == legacy


def test_a_row_that_bulk_create_updates_with_the_same_source_keeps_its_fingerprint():
    row = new(model=RecordedPhoto, code="same")
    before = RecordedPhoto.objects.values("image", "thumbnail", "fingerprint").get()
    options = {"update_conflicts": True, "update_fields": ["image"]}
    tells_columns = connection.features.supports_update_conflicts_with_target
    if tells_columns:
        options["unique_fields"] = ["code"]
    RecordedPhoto.objects.bulk_create([RecordedPhoto(code="same", image=row.image.name)], **options)
    after = RecordedPhoto.objects.values("image", "thumbnail", "fingerprint").get()
    # MySQL accepts no unique columns: there the row has nothing until it is refreshed.
    assert after == (before if tells_columns else before | {"thumbnail": "", "fingerprint": ""})
    refresh_thumbnails(RecordedPhoto.objects.all())
    assert shows(row) == (1, 1)
    assert faults(RecordedPhoto, leftovers=not tells_columns) == []


@pytest.mark.parametrize("call", ["exists", "size", "open"])
def test_a_thumbnail_that_the_storage_cannot_vouch_for_is_not_put_into_a_row(call):
    """An instance built by hand names it, and its file has been deleted meanwhile."""
    row = new(model=BucketPhoto)
    by_hand = BucketPhoto(pk=row.pk, image=row.image.name, thumbnail=row.thumbnail.name)
    by_hand._state.adding = False
    replace(row, 2)
    with Fault(BUCKET, call):
        by_hand.save()
    assert set(shows(row)) <= {1, None}
    assert faults(BucketPhoto, leftovers=True) == []
