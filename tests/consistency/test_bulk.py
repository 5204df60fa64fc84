"""Many rows in one statement: `bulk_create` with and without conflicts, `bulk_update`, `update`."""

import pytest
from django.db import IntegrityError, connection, transaction

from advthumb import refresh_thumbnails
from advthumb.signals import thumbnail_failed, thumbnail_generated

from . import committing
from .pictures import upload
from .scenes import KINDS, faults, new, rolled_back, shows, stored
from .world import World

pytestmark = committing

OF_ONE_TABLE = [model for model in KINDS if not model._meta.parents]
EVERY_MODEL = pytest.mark.parametrize("model", OF_ONE_TABLE, ids=lambda model: model.__name__)
SOURCES = pytest.mark.parametrize("what", ["upload", "stored", "none"])


def source(what, number, model):
    return {"upload": lambda: upload(number), "stored": lambda: stored(number, model), "none": lambda: None}[
        what
    ]()


def over(*columns):
    """Return the options of a `bulk_create` that updates columns of rows with the same code."""
    unique = {"unique_fields": ["code"]} if connection.features.supports_update_conflicts_with_target else {}
    return {"update_conflicts": True, "update_fields": [*columns], **unique}


@pytest.fixture
def told():
    """Return a list of the signals that were sent."""
    seen = []

    def hear(signal, instance, **named):
        seen.append((instance.pk, named["name"] if signal is thumbnail_generated else "failed"))

    for signal in (thumbnail_generated, thumbnail_failed):
        signal.connect(hear)
    yield seen
    for signal in (thumbnail_generated, thumbnail_failed):
        signal.disconnect(hear)


@EVERY_MODEL
@pytest.mark.parametrize("many", [1, 3])
def test_uploads_are_created(model, many):
    model.objects.bulk_create([model(image=upload(number)) for number in range(1, many + 1)])
    assert [set(shows(row)) for row in model.objects.order_by("pk")] == [{n} for n in range(1, many + 1)]
    assert faults(model) == []


@EVERY_MODEL
def test_uploads_that_were_stored_before_are_created(model):
    row = model()
    row.image.save("before.png", upload(1), save=False)
    model.objects.bulk_create([row])
    assert set(shows(model.objects.get())) == {1}
    assert faults(model) == []


@EVERY_MODEL
@SOURCES
@pytest.mark.parametrize("columns", ["image", "image and thumbnails", "title"])
def test_an_existing_row_takes_new_columns(model, what, columns):
    row = new(1, model, code="same")
    before = World(model).rows()
    new_row = model(image=source(what, 2, model), code="same", title="bulk")
    written = {
        "image": ["image"],
        "image and thumbnails": ["image", *World(model).names, *World(model).records],
        "title": ["title"],
    }[columns]
    model.objects.bulk_create([new_row, model(image=upload(3), code="other")], **over(*written))
    if columns == "title":
        assert World(model).rows()[row.pk] == before[row.pk]
    else:
        first, *thumbnails = shows(row)
        assert first == (None if what == "none" else 2)
        assert set(thumbnails) <= {first, None}
    assert set(shows(model.objects.get(code="other"))) == {3}
    assert faults(model, leftovers=True) == []
    refresh_thumbnails(model.objects.all())
    assert len(set(shows(row))) == 1


@EVERY_MODEL
@SOURCES
@pytest.mark.parametrize("atomic", [True, False], ids=["in a transaction", "by itself"])
def test_an_existing_row_is_left_unchanged(model, what, atomic):
    row = new(1, model, code="same")
    before = World(model).rows()
    rows = [model(image=source(what, 2, model), code="same"), model(image=upload(3), code="other")]
    if atomic:
        with transaction.atomic():
            model.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        model.objects.bulk_create(rows, ignore_conflicts=True)
    assert World(model).rows()[row.pk] == before[row.pk]
    assert set(shows(model.objects.get(code="other"))) == {3}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_no_signal_is_sent_for_a_row_without_a_key(model, told):
    new(1, model, code="same")
    told.clear()
    model.objects.bulk_create([model(image=upload(2))])
    model.objects.bulk_create([model(image=upload(3), code="same")], ignore_conflicts=True)
    with pytest.raises(IntegrityError):
        model.objects.bulk_create([model(image=upload(4), code="same")])
    assert [key for key, _name in told if key is None] == []


@EVERY_MODEL
def test_refused_rows_leave_the_others_unchanged(model):
    row = new(1, model, code="same")
    with pytest.raises(IntegrityError):
        model.objects.bulk_create([model(image=upload(2), code="same")])
    assert set(shows(row)) == {1}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_instances_of_a_rolled_back_bulk_create_can_be_created_again(model):
    rows = [model(image=upload(1)), model(image=upload(2))]
    with rolled_back():
        model.objects.bulk_create(rows)
    assert not model.objects.exists()
    for row in rows:
        row.pk = row.id = None
    model.objects.bulk_create(rows)
    assert [set(shows(row)) - {None} for row in model.objects.order_by("pk")] == [{1}, {2}]
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_an_instance_that_bulk_create_made_is_saved_and_replaced(model):
    """If the database returns no keys, they are looked up."""
    model.objects.bulk_create([row := model(image=upload(1), code="one")])
    row.pk = row.id = model.objects.get().pk
    before = World(model).rows()
    row.save()
    assert World(model).rows() == before
    row.image = upload(2)
    row.save()
    assert set(shows(row)) == {2}
    assert faults(model) == []


@EVERY_MODEL
def test_a_file_that_two_rows_share_is_kept_until_both_are_deleted(model):
    row = new(1, model)
    names = ("image", *World(model).names, *World(model).records)
    values = {name: getattr(getattr(row, name), "name", getattr(row, name)) for name in names}
    model.objects.bulk_create([model(**values), model(**values)])
    row.image = upload(2)
    row.save()
    for other in model.objects.exclude(pk=row.pk):
        assert set(shows(other)) == {1}
        other.delete()
        assert faults(model) == []
    assert set(shows(row)) == {2}


@EVERY_MODEL
@pytest.mark.parametrize("how", ["update", "bulk_update"])
@pytest.mark.parametrize("number", [None, 2])
def test_writes_that_bypass_the_field_are_repaired_by_a_refresh(model, how, number):
    row = new(1, model)
    other = new(5, model)
    name = stored(number, model) if number else ""
    if how == "update":
        model.objects.filter(pk=row.pk).update(image=name)
    else:
        row.image = name
        model.objects.bulk_update([row], ["image"])
    refresh_thumbnails(model.objects.all())
    assert set(shows(row)) == {number}
    assert set(shows(other)) == {5}
    assert faults(model) == []


@EVERY_MODEL
def test_writes_that_bypass_the_field_are_repaired_by_the_next_save(model):
    row = new(1, model)
    model.objects.update(image=stored(2, model))
    model.objects.get(pk=row.pk).save()
    assert set(shows(row)) == {2}
    assert faults(model) == []
