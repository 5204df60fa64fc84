"""Saves that know less than the row: deferred columns, `update_fields`, stale instances, retries."""

from itertools import chain, combinations

import pytest
from django.db import IntegrityError, connection, transaction

from advthumb import refresh_thumbnails

from . import committing
from .models import BucketPhoto, LocalPhoto, RecordedPhoto, RenamedPhoto
from .pictures import upload
from .scenes import KINDS, faults, new, replace, rolled_back, shows, stored, thumbnail_name
from .storages import Fault
from .world import World

pytestmark = committing

EVERY_MODEL = pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)
WHAT = pytest.mark.parametrize("what", ["upload", "stored", "clear"])


def give(row, what, number=2):
    """Give an instance another source, and return what its row should show afterwards."""
    if what == "upload":
        row.image = upload(number)
    elif what == "stored":
        row.image = stored(number, type(row))
    else:
        row.image = None
    return None if what == "clear" else number


def all_right(row, number, *, leftovers=False):
    """Fail unless all of a row shows this source, no row of its model is wrong, and no file is left over."""
    assert set(shows(row)) == {number}
    assert faults(type(row), leftovers=leftovers) == []


def partly_loaded(model, pk, how):
    world = World(model)
    rows = model._base_manager.all()
    rows = {
        "only the source": rows.only("image"),
        "all but the thumbnails": rows.defer(*world.names),
        "all but one thumbnail": rows.defer(world.names[-1]),
        "all but the fingerprint": rows.defer(*world.records),
        "only the title": rows.only("title"),
        "all but the source": rows.defer("image"),
    }[how]
    return rows.get(pk=pk)


HOW = ["only the source", "all but the thumbnails", "all but one thumbnail", "all but the fingerprint"]


@WHAT
@EVERY_MODEL
@pytest.mark.parametrize("how", [*HOW, "only the title", "all but the source"])
def test_a_partly_loaded_instance_with_a_new_source_is_saved(model, what, how):
    row = partly_loaded(model, new(model=model).pk, how)
    number = give(row, what)
    row.save()
    all_right(row, number)
    again = model.objects.get(pk=row.pk)
    again.save()
    all_right(row, number)


@WHAT
@EVERY_MODEL
@pytest.mark.parametrize("how", HOW)
def test_a_partly_loaded_instance_saves_its_new_source_alone(model, what, how):
    row = partly_loaded(model, new(model=model).pk, how)
    number = give(row, what)
    row.save(update_fields=["image"])
    all_right(row, number)


@EVERY_MODEL
@pytest.mark.parametrize("how", [*HOW, "only the title", "all but the source"])
def test_a_partly_loaded_instance_that_is_saved_unchanged_changes_nothing(model, how):
    pk = new(model=model).pk
    before, stored_before = World(model).rows(), World(model).thumbnails()
    partly_loaded(model, pk, how).save()
    assert (World(model).rows(), World(model).thumbnails()) == (before, stored_before)


@pytest.mark.parametrize("model", [kind for kind in KINDS if kind is not RenamedPhoto])
def test_a_deferred_source_that_update_fields_names_is_that_of_the_row(model):
    """Also for a thumbnail that is declared before the source: Django loads it in between."""
    row = new(model=model)
    model._base_manager.update(image=stored(2, model))
    names = World(model).names
    model._base_manager.only("title").get(pk=row.pk).save(update_fields=["image", *names])
    all_right(row, 2)


@EVERY_MODEL
@pytest.mark.parametrize("how", HOW)
def test_a_stale_partly_loaded_instance_is_saved(model, how):
    """Django writes its old source over the row; the thumbnail of the newer source must not stay."""
    row = new(model=model)
    stale = partly_loaded(model, row.pk, how)
    replace(model.objects.get(pk=row.pk), 2)
    stale.save()
    source, *thumbnails = shows(row)
    assert source == 1
    assert set(thumbnails) <= {1, None}
    assert faults(model, leftovers=True) == []


@WHAT
@EVERY_MODEL
@pytest.mark.parametrize("columns", [["image"], ["image", "title"], ["image", "thumbnails"]], ids="+".join)
def test_a_new_source_is_saved_by_update_fields(model, what, columns):
    row = new(model=model)
    number = give(row, what)
    row.save(update_fields=with_thumbnails(model, columns))
    all_right(row, number)


@WHAT
@EVERY_MODEL
@pytest.mark.parametrize("columns", [["image"], ["image", "thumbnails"]], ids="+".join)
def test_a_stale_instance_with_a_new_source_is_saved_by_update_fields(model, what, columns):
    row = new(model=model)
    stale = model.objects.get(pk=row.pk)
    replace(row, 2)
    number = give(stale, what, 3)
    stale.save(update_fields=with_thumbnails(model, columns))
    assert set(shows(row)) == {number}
    assert faults(model, leftovers=what == "clear") == []


@EVERY_MODEL
@pytest.mark.parametrize(
    "columns", [["image"], ["thumbnails"], ["image", "thumbnails"], ["title"]], ids="+".join
)
def test_a_stale_instance_is_saved_by_update_fields(model, columns):
    row = new(model=model)
    stale = model.objects.get(pk=row.pk)
    replace(row, 2)
    before = World(model).rows()
    stale.save(update_fields=with_thumbnails(model, columns))
    source, *thumbnails = shows(row)
    assert source == (1 if "image" in columns else 2)
    assert set(thumbnails) <= {source, None}
    assert faults(model, leftovers=True) == []
    if columns == ["title"]:
        assert World(model).rows() == before


def with_thumbnails(model, columns):
    return [name for one in columns for name in (World(model).names if one == "thumbnails" else [one])]


@EVERY_MODEL
def test_saving_thumbnails_without_the_new_source_keeps_those_of_the_row(model):
    row = new(model=model)
    row.image = upload(2)
    row.save(update_fields=World(model).names)
    source, *thumbnails = shows(row)
    assert source == 1
    assert set(thumbnails) <= {1, None}
    row.save(update_fields=["image"])
    all_right(row, 2)


@EVERY_MODEL
def test_an_instance_loaded_before_the_first_picture_saves_its_empty_source(model):
    row = model()
    row.save()
    stale = model.objects.get(pk=row.pk)
    replace(row, 1)
    for _ in range(2):
        stale.save(update_fields=["image"])
        assert set(shows(row)) == {None}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_a_stale_instance_restores_its_source_with_the_matching_thumbnail(model):
    row = new(model=model)
    stale = model.objects.get(pk=row.pk)
    replace(row, 2)
    stale.title = "stale"
    for _ in range(2):
        stale.save()
        source, *thumbnails = shows(row)
        assert source == 1
        assert set(thumbnails) <= {1, None}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_a_thumbnail_that_another_instance_made_of_the_same_source_is_kept(model):
    """The instance knows an older name of a picture of the same source; the row keeps its own."""
    row = new(model=model)
    stale = model.objects.get(pk=row.pk)
    refresh_thumbnails(model.objects.all(), force=True)
    stale.title = "stale"
    stale.save()
    if connection.vendor == "mysql" and World(model).records:
        # It reads the fingerprint that the same UPDATE has just written, so the row gets no thumbnail.
        assert set(shows(row)) == {1, None}
    else:
        all_right(row, 1)


# Rolled back, and tried again


@WHAT
@EVERY_MODEL
@pytest.mark.parametrize("columns", [None, ["image"], ["image", "thumbnails"]], ids=str)
def test_a_rolled_back_save_can_be_repeated_with_the_same_instance(model, what, columns):
    row = new(model=model)
    number = give(row, what)
    with rolled_back():
        row.save()
    assert set(shows(row)) == {1}
    row.save(update_fields=columns and with_thumbnails(model, columns))
    assert set(shows(row)) == {number}
    assert faults(model, leftovers=World(model).renames) == []


@EVERY_MODEL
def test_a_rolled_back_creation_can_be_repeated_with_the_same_instance(model):
    row = model(image=upload(1))
    with rolled_back():
        row.save()
    row.save()
    assert set(shows(row)) == {1}
    assert faults(model, leftovers=World(model).renames) == []


@EVERY_MODEL
@pytest.mark.parametrize("how", ["whole", "all but the source", "all but the thumbnails"])
@pytest.mark.parametrize("columns", [None, ["thumbnails"], ["image"]], ids=str)
def test_an_instance_loaded_in_a_rolled_back_transaction_can_be_saved(model, how, columns):
    row = new(model=model)
    with rolled_back():
        replace(model.objects.get(pk=row.pk), 2)
        loaded = model.objects.get(pk=row.pk) if how == "whole" else partly_loaded(model, row.pk, how)
    loaded.save(update_fields=columns and with_thumbnails(model, columns))
    source, *thumbnails = shows(row)
    assert set(thumbnails) <= {source, None}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_a_second_replacement_after_a_rolled_back_savepoint_works(model):
    row = new(model=model)
    with transaction.atomic():
        with rolled_back():
            replace(row, 2)
        replace(row, 3)
    assert set(shows(row)) == {3}
    assert faults(model, leftovers=World(model).renames) == []


# A save that raises


@WHAT
@EVERY_MODEL
def test_a_save_that_the_database_refused_can_be_repeated(model, what):
    new(9, model, code="taken")
    row = new(1, model)
    number = give(row, what)
    row.code = "taken"
    with pytest.raises(IntegrityError):
        row.save()
    assert set(shows(row)) == {1}
    assert faults(model, leftovers=True) == []
    row.code = "free"
    row.save()
    assert set(shows(row)) == {number}
    assert faults(model, leftovers=True) == []


@pytest.mark.parametrize(
    "model", [LocalPhoto, BucketPhoto, RenamedPhoto, RecordedPhoto], ids=lambda model: model.__name__
)
@pytest.mark.parametrize("next_use", ["bulk_create", "update_fields", "another source"])
def test_an_instance_whose_save_was_refused_can_be_used_for_something_else(model, next_use):
    new(9, model, code="taken")
    row = model(image=upload(1), code="taken") if next_use == "bulk_create" else new(1, model)
    if next_use != "bulk_create":
        row.image, row.code = upload(2), "taken"
    with pytest.raises(IntegrityError):
        row.save()
    row.code = "free"
    if next_use == "bulk_create":
        model.objects.bulk_create([row])
        row = model.objects.get(code="free")
        assert set(shows(row)) == {1}
    elif next_use == "update_fields":
        row.save(update_fields=["image"])
        assert set(shows(row)) == {2}
    else:
        replace(row, 3)
        assert set(shows(row)) == {3}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_a_source_that_cannot_be_stored_raises_and_the_row_keeps_what_it_had(model):
    row = new(model=model)
    storage = model._meta.get_field("image").storage

    row.image = upload(2)
    with Fault(storage, "save", folder="images/"), pytest.raises(ConnectionError):
        row.save()
    assert set(shows(row)) == {1}
    before = thumbnail_name(row, World(model).names[0])
    model.objects.get(pk=row.pk).save()
    assert thumbnail_name(row, World(model).names[0]) == before
    assert faults(model) == []


@EVERY_MODEL
@pytest.mark.parametrize("columns", [None, ["image"], "thumbnails"])
def test_an_instance_with_any_refreshed_fields_can_be_saved(model, columns):
    """Its source, thumbnail and fingerprint may come from different times."""
    world = World(model)
    names = ["image", *world.names, *world.records]
    for again in chain.from_iterable(combinations(names, count) for count in range(len(names) + 1)):
        row = new(model=model)
        model._base_manager.filter(pk=row.pk).update(image=stored(model=model))
        refresh_thumbnails(model._base_manager.filter(pk=row.pk))
        row.refresh_from_db(fields=again)
        row.save(update_fields=world.names if columns == "thumbnails" else columns)
        assert faults(model, leftovers=True) == [], again
