"""Focal points of rows: whoever moves one, and whatever an instance knows, no crop stays around another."""

import copy
import pickle

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from advthumb import refresh_thumbnails
from advthumb.fields import FocalPoint

from . import committing
from .models import FocusedPhoto, RecordedFocus
from .pictures import upload
from .scenes import faults, new, rolled_back, shows, stored
from .storages import Fault
from .world import World

pytestmark = committing

LEFT, RIGHT = (0, 0.5), (1, 0.5)
EVERY_MODEL = pytest.mark.parametrize(
    "model", [FocusedPhoto, RecordedFocus], ids=lambda model: model.__name__
)


def point(row):
    """Return the point in the database."""
    return type(row)._base_manager.values_list("focus", flat=True).get(pk=row.pk)


def all_right(row, wanted, *, number=1, leftovers=False):
    """Fail unless the row has this point and source, and its thumbnails are of both."""
    assert point(row) == FocalPoint.of(wanted)
    assert set(shows(row)) == {number}
    assert World(type(row)).crops_agree(row.pk)
    assert faults(type(row), leftovers=leftovers) == []


def move(row, wanted, how):
    """Give a row another point through an instance, or behind its back."""
    if how == "update":
        type(row)._base_manager.filter(pk=row.pk).update(focus=wanted)
    else:
        row.focus = wanted
        row.save(**({"update_fields": ["focus"]} if how == "update_fields" else {}))


MOVES = pytest.mark.parametrize("how", ["save", "update_fields", "update"])


@MOVES
@EVERY_MODEL
@pytest.mark.parametrize("wanted", [RIGHT, None], ids=["moved", "cleared"])
def test_after_a_command_every_crop_is_of_the_point_of_its_row(model, how, wanted):
    row = new(model=model, focus=LEFT)
    move(row, wanted, how)
    if how == "update":
        assert not World(model).crops_agree(row.pk)
        assert set(shows(row)) == {1}
        call_command("sync_thumbnails", verbosity=0)
    all_right(row, wanted)


@EVERY_MODEL
@pytest.mark.parametrize("loaded", ["only", "defer"])
def test_an_instance_that_knows_little_more_than_its_point_moves_the_crop(model, loaded):
    row = new(model=model, focus=LEFT)
    rows = model._base_manager.all()
    rows = rows.only("focus") if loaded == "only" else rows.defer("image", *World(model).names)
    partly = rows.get(pk=row.pk)
    partly.focus = RIGHT
    partly.save()
    all_right(row, RIGHT)


@EVERY_MODEL
@pytest.mark.parametrize("how", ["deferred", "update_fields"])
@pytest.mark.parametrize("kind", ["upload", "stored", "same"])
def test_a_save_without_the_point_takes_that_of_the_row(model, how, kind):
    row = new(model=model, focus=LEFT)
    partly = model._base_manager.defer("focus").get(pk=row.pk) if how == "deferred" else row
    move(row, RIGHT, "update")
    if kind != "same":
        partly.image = upload(2) if kind == "upload" else stored(2, model)
    partly.save(update_fields=None if how == "deferred" else ["image"])
    all_right(row, RIGHT, number=1 if kind == "same" else 2)


@EVERY_MODEL
@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))])
def test_a_copy_of_an_instance_moves_the_crop(model, make):
    row = new(model=model, focus=LEFT)
    copied = make(row)
    copied.focus = RIGHT
    copied.save()
    all_right(row, RIGHT)


@EVERY_MODEL
def test_a_copied_row_has_a_crop_of_its_own(model):
    row = new(model=model, focus=LEFT)
    copied = model._base_manager.get(pk=row.pk)
    copied.pk = copied.id = None
    copied._state.adding = True
    copied.focus = RIGHT
    copied.save()
    all_right(row, LEFT)
    all_right(copied, RIGHT)


@EVERY_MODEL
@pytest.mark.parametrize("with_thumbnails", [True, False])
def test_an_instance_built_by_hand_with_another_point_moves_the_crop(model, with_thumbnails):
    row = new(model=model, focus=LEFT)
    world = World(model)
    names = [*world.names, *world.records] if with_thumbnails else []
    values = model._base_manager.values("title", "code", "image", *names).get(pk=row.pk)
    built = model(pk=row.pk, focus=RIGHT, **values)
    built._state.adding = False
    built.save()
    all_right(row, RIGHT)


@EVERY_MODEL
@pytest.mark.parametrize("stale_moves_too", [True, False])
def test_a_stale_instance_writes_its_point_and_the_crop_follows_at_the_next_check(model, stale_moves_too):
    """It keeps the crop that the row has by then, because that is still of the row's source.

    On MySQL, only the fingerprint column would show that of a file that was renamed, so the row gets none.
    """
    loses = connection.vendor == "mysql" and World(model).renames
    stale = new(model=model, focus=LEFT)
    move(model._base_manager.get(pk=stale.pk), RIGHT, "save")
    if stale_moves_too:
        stale.focus = (0.5, 0.5)
    stale.save()
    assert set(shows(stale)) == ({1, None} if loses and not stale_moves_too else {1})
    assert faults(model, leftovers=loses) == []
    refresh_thumbnails(model._base_manager.all())
    all_right(stale, (0.5, 0.5) if stale_moves_too else LEFT, leftovers=loses)


@MOVES
@EVERY_MODEL
def test_a_move_that_is_rolled_back_leaves_point_crop_and_files(model, how):
    row = new(model=model, focus=LEFT)
    names = World(model).row(row.pk)
    with rolled_back():
        move(row, RIGHT, how)
    assert World(model).row(row.pk) == names
    may_leave = World(model).renames  # what a storage renamed is not deleted in a rollback
    all_right(row, LEFT, leftovers=may_leave)
    move(row, RIGHT, how)
    refresh_thumbnails(model._base_manager.all())
    all_right(row, RIGHT, leftovers=may_leave)


@EVERY_MODEL
def test_two_moves_in_one_transaction_leave_the_last(model):
    row = new(model=model, focus=LEFT)
    with transaction.atomic():
        move(row, RIGHT, "save")
        move(row, (0.5, 0.5), "update_fields")
    all_right(row, (0.5, 0.5))


@EVERY_MODEL
@pytest.mark.parametrize("how", ["save", "update_fields"])
def test_where_no_new_crop_can_be_stored_the_old_one_stays_until_it_can(model, how):
    row = new(model=model, focus=LEFT)
    before = World(model).row(row.pk)
    with Fault(World(model).storage, "save", when=1):
        move(row, RIGHT, how)
    assert World(model).row(row.pk) == before
    assert not World(model).crops_agree(row.pk)
    row.save()
    all_right(row, RIGHT)


@EVERY_MODEL
def test_a_new_source_and_a_new_point_in_one_save_give_the_crop_of_both(model):
    row = new(model=model, focus=LEFT)
    row.image = upload(2)
    row.focus = RIGHT
    row.save()
    all_right(row, RIGHT, number=2)


@EVERY_MODEL
def test_bulk_create_over_a_row_never_leaves_a_crop_that_counts_as_fresh(model):
    row = new(model=model, focus=LEFT, code="a")
    takes_target = connection.features.supports_update_conflicts_with_target
    options = {"unique_fields": ["code"]} if takes_target else {}
    over = model(code="a", image=upload(2), focus=RIGHT)
    model._base_manager.bulk_create([over], update_conflicts=True, update_fields=["image"], **options)
    refresh_thumbnails(model._base_manager.all())
    assert point(row) == FocalPoint.of(LEFT)
    assert set(shows(row)) == {2}
    assert World(model).crops_agree(row.pk)
