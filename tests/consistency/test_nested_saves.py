"""Saves inside saves: in receivers, in callables for `upload_to`, and inner saves that fail."""

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models.signals import post_save, pre_save

from . import committing
from .models import BucketPhoto, LocalPhoto, thumbnail
from .pictures import upload
from .scenes import KINDS, faults, new, replace, shows, stored, temporary_model
from .world import World

pytestmark = committing

EVERY_MODEL = pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)


@pytest.fixture
def receiver():
    """Return a function that connects a receiver, which is called once for each outermost save of a model."""
    connected = []

    def connect(signal, model, work):
        busy = []

        def receive(instance, **_named):
            if not busy and instance.pk:
                busy.append(True)
                try:
                    work(instance)
                finally:
                    busy.clear()

        signal.connect(receive, sender=model, weak=False)
        connected.append((signal, receive, model))

    yield connect
    for signal, receive, model in connected:
        assert signal.disconnect(receive, sender=model)


INNER = {
    "the title": lambda row: row.save(update_fields=["title"]),
    "everything": lambda row: row.save(),
    "the source": lambda row: row.save(update_fields=["image"]),
}


@EVERY_MODEL
@pytest.mark.parametrize("signal", [pre_save, post_save], ids=["pre_save", "post_save"])
@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("what", ["upload", "stored", "clear"])
def test_a_receiver_saves_the_instance_that_is_being_saved(model, signal, inner, what, receiver):
    row = new(model=model)
    receiver(signal, model, INNER[inner])
    row.image = {"upload": lambda: upload(2), "stored": lambda: stored(2, model), "clear": lambda: None}[
        what
    ]()
    row.save()
    assert set(shows(row)) == {None if what == "clear" else 2}
    assert faults(model) == []


@EVERY_MODEL
@pytest.mark.parametrize("inner", INNER)
def test_a_receiver_saves_the_instance_that_is_being_saved_unchanged(model, inner, receiver):
    row = new(model=model)
    before = list(model.objects.values())
    receiver(pre_save, model, INNER[inner])
    row.save()
    assert list(model.objects.values()) == before


@EVERY_MODEL
def test_a_receiver_replaces_the_source_through_another_instance(model, receiver):
    """The outer save writes last, so its source is the one that counts."""
    row = new(model=model)
    receiver(pre_save, model, lambda outer: replace(model.objects.get(pk=outer.pk), 3))
    replace(row, 2)
    assert set(shows(row)) == {2}
    assert faults(model) == []


@EVERY_MODEL
def test_a_receiver_replaces_the_source_while_another_instance_is_saved_unchanged(model, receiver):
    row = new(model=model)
    receiver(pre_save, model, lambda outer: replace(model.objects.get(pk=outer.pk), 3))
    row.save()
    source, *thumbnails = shows(row)
    assert source == 1
    assert set(thumbnails) <= {1, None}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
@pytest.mark.parametrize("number", [1, 2], ids=["unchanged", "replaced"])
def test_a_receiver_continues_after_its_nested_save_fails(model, number, receiver):
    new(9, model, code="taken")
    row = new(1, model)

    def refused(outer):
        outer.code = "taken"
        with pytest.raises(IntegrityError), transaction.atomic():
            outer.save()
        outer.code = "free"

    receiver(pre_save, model, refused)
    if number == 2:
        row.image = upload(2)
    row.save()
    assert set(shows(row)) == {number}
    assert faults(model, leftovers=World(model).renames) == []


@EVERY_MODEL
def test_a_receiver_that_raises_leaves_the_row_as_it_was(model, receiver):
    row = new(model=model)

    def no(_row):
        raise LookupError

    receiver(post_save, model, no)
    with pytest.raises(LookupError), transaction.atomic():
        replace(row, 2)
    assert set(shows(row)) == {1}
    assert faults(model, leftovers=World(model).renames) == []


@pytest.mark.parametrize("number", [1, 2], ids=["unchanged", "replaced"])
def test_a_receiver_saves_a_row_of_another_model(number, receiver):
    row, other = new(), new(5, BucketPhoto)
    receiver(pre_save, LocalPhoto, lambda _row: replace(other, 6))
    if number == 2:
        row.image = upload(2)
    row.save()
    assert (set(shows(row)), set(shows(other))) == ({number}, {6})
    assert faults() == faults(BucketPhoto) == []


def test_a_callable_upload_to_saves_the_instance():
    calls = []

    def place(instance, name):
        if instance.pk and not calls:
            calls.append(name)
            instance.save(update_fields=["title"])
        return f"called/images/{name}"

    fields = {
        "title": models.CharField(max_length=10, default=""),
        "image": models.ImageField(upload_to=place, null=True),
        "thumbnail": thumbnail("called/thumbs/"),
    }
    with temporary_model("Called", **fields) as model:
        row = model.objects.create(image=upload(1))
        row = model.objects.get()
        replace(row, 2)
        assert calls
        now = model.objects.get()
        assert (row.thumbnail.name, bool(now.thumbnail)) == (now.thumbnail.name, True)
        assert shows_without_folder(now) == (2, 2)


def shows_without_folder(row):
    from .pictures import number_of

    return number_of(row.image), number_of(row.thumbnail)
