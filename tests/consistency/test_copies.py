"""Instances that do not come from the row they are saved to: copies, JSON, replicas, old models."""

import copy
import json
import pickle

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connections, models
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from . import committing
from .models import BucketPhoto, LocalPhoto, LocalTwin, Place, RecordedPhoto, Shop, thumbnail
from .pictures import upload
from .routers import NotMigrated, Replica
from .scenes import (
    KINDS,
    another_connection,
    faults,
    new,
    replace,
    shows,
    stored,
    temporary_model,
    thumbnail_name,
)
from .world import World

pytestmark = committing

EVERY_MODEL = pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)
COPIES = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda row: pickle.loads(pickle.dumps(row))}


def snapshot(row):
    """Return the content of a revision of a row, as JSON stores it."""
    world = World(type(row))
    values = {name: getattr(row, name) for name in ("image", *world.names, *world.records)}
    return {name: getattr(value, "name", value) or "" for name, value in values.items()}


def built(model, pk, values, *, adding=False):
    """Return an instance that was never loaded."""
    row = model(**values)
    row.pk = row.id = pk
    row._state.adding = adding
    return row


# Copies


@EVERY_MODEL
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_with_a_new_source_is_saved_over_the_row(model, how):
    row = new(model=model)
    other = COPIES[how](row)
    replace(other, 2)
    assert set(shows(row)) == {2}
    assert faults(model) == []


@EVERY_MODEL
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_that_is_saved_unchanged_changes_nothing(model, how):
    row = new(model=model)
    before, files = World(model).rows(), World(model).thumbnails()
    COPIES[how](row).save()
    assert (World(model).rows(), World(model).thumbnails()) == (before, files)


@EVERY_MODEL
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_saved_as_a_new_row_gets_its_own_files(model, how):
    row = new(model=model)
    other = COPIES[how](row)
    other.pk = other.id = None
    other._state.adding = True
    other.save()
    assert set(shows(row)) == set(shows(other)) == {1}
    names = [name for one in World(model).rows().values() for name in one.thumbnails]
    assert len(names) == len(set(names))
    other.delete()
    assert set(shows(row)) == {1}
    assert faults(model) == []


@EVERY_MODEL
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_saved_instance_has_no_state_of_the_save(model, how):
    """Right after its save an instance may remember things; its copy must not act on them."""
    row = model(image=upload(1))
    row.save()
    other = COPIES[how](row)
    replace(row, 2)
    other.title = "old copy"
    other.save()
    source, *thumbnails = shows(row)
    assert source == 1
    assert set(thumbnails) <= {1, None}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_pickles_and_attributes_of_an_instance_expose_nothing_private(model):
    row = new(model=model)
    row.save()
    assert not [name for name in vars(row) if "adv" in name.lower()]
    again = model(
        **{
            name: value
            for name, value in vars(row).items()
            if name in {f.attname for f in row._meta.concrete_fields}
        }
    )
    assert again == row
    for module in (b"advthumb.fields.state", b"advthumb.fields.files", b"advthumb.fields.uploads"):
        assert module not in pickle.dumps(row)


# Built by hand


@EVERY_MODEL
@pytest.mark.parametrize("using", [None, "default"])
def test_an_instance_from_json_publishes_another_picture(model, using):
    """The draft's picture and its thumbnail are stored already. This is what Wagtail does to publish.

    If a foreign key was assigned to it, an instance built by hand names its database, like one that was
    loaded.
    """
    row = new(model=model)
    draft = snapshot(new(2, model))
    live = built(model, row.pk, draft)
    live._state.db = using
    live.save()
    assert set(shows(row)) == {2}
    assert faults(model) == []


@EVERY_MODEL
@pytest.mark.parametrize("adding", [False, True])
def test_an_instance_from_json_with_the_values_of_the_row_changes_nothing(model, adding):
    row = new(model=model)
    built(model, row.pk, snapshot(row), adding=adding).save()
    assert set(shows(row)) == {1}
    assert faults(model) == []


@EVERY_MODEL
@pytest.mark.parametrize("adding", [False, True])
def test_an_instance_from_json_with_the_thumbnail_of_another_picture(model, adding):
    row = new(model=model)
    values = snapshot(new(2, model)) | {"image": snapshot(row)["image"]}
    built(model, row.pk, values, adding=adding).save()
    source, *thumbnails = shows(row)
    assert source == 1
    assert set(thumbnails) <= {1, None}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
@pytest.mark.parametrize("adding", [False, True])
def test_an_old_revision_of_a_row_is_published_again(model, adding):
    """The file of its thumbnail was deleted when the row got another picture."""
    row = new(model=model)
    revision = snapshot(row)
    replace(row, 2)
    again = built(model, row.pk, revision, adding=adding)
    again.save()
    source, *thumbnails = shows(row)
    assert source == 1
    assert set(thumbnails) <= {1, None}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_an_instance_built_by_hand_with_an_upload_can_overwrite_a_row(model):
    row = new(model=model)
    other = built(model, row.pk, {})
    replace(other, 2)
    assert set(shows(row)) == {2}
    assert faults(model) == []


@EVERY_MODEL
def test_calling_pre_save_outside_of_a_save_changes_nothing(model):
    """django-modelcluster asks every field for its `pre_save` value when it makes a revision."""
    row = new(model=model)
    before = World(model).rows()
    for field in model._meta.concrete_fields:
        if field.name != "place_ptr":
            field.pre_save(row, add=False)
    assert World(model).rows() == before
    row.save()
    assert World(model).rows() == before
    row.image = upload(2)
    for field in model._meta.concrete_fields:
        if field.name != "place_ptr":
            field.pre_save(row, add=False)
    assert World(model).rows() == before
    row.save()
    assert set(shows(row)) == {2}
    assert faults(model) == []


@pytest.mark.parametrize("model", [LocalPhoto, BucketPhoto])
def test_a_fixture_is_loaded_over_a_row(model):
    row = new(model=model)
    data = json.loads(serializers.serialize("json", [row]))
    replace(row, 2)
    for loaded in serializers.deserialize("json", json.dumps(data)):
        loaded.object.thumbnail = ""
        loaded.save()
    assert shows(row) == (1, None)


@EVERY_MODEL
def test_an_instance_is_saved_over_the_row_of_another(model):
    one, other = new(1, model), new(2, model)
    kept = snapshot(one)
    one.pk = one.id = other.pk
    one.save()
    assert set(shows(other)) <= {1, None}
    assert snapshot(model.objects.order_by("pk").first()) == kept
    assert faults(model, leftovers=True) == []


# Replicas and other databases


@pytest.fixture
def replica(settings):
    """Read from a replica without lag and write to the primary, as Django's documentation shows it."""
    with another_connection("replica") as alias:
        settings.DATABASE_ROUTERS = [Replica()]
        yield alias


@EVERY_MODEL
@pytest.mark.parametrize("columns", [None, ["title"]], ids=str)
def test_an_instance_from_a_replica_that_is_saved_unchanged_makes_nothing(model, columns, replica):
    row = new(model=model)
    assert row._state.db == "replica"
    before, files = World(model).rows(), World(model).thumbnails()
    row.title = "new"
    with CaptureQueriesContext(connections["default"]) as queries:
        row.save(update_fields=columns)
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert len(updates) == len(model._meta.get_parent_list()) + 1 - (columns == ["title"] and model is Shop)
    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "SELECT"))]
    assert (World(model).rows(), World(model).thumbnails()) == (before, files)


@EVERY_MODEL
@pytest.mark.parametrize("what", ["upload", "stored", "clear"])
def test_an_instance_from_a_replica_with_a_new_source(model, what, replica):
    row = new(model=model)
    row.image = {"upload": lambda: upload(2), "stored": lambda: stored(2, model), "clear": lambda: None}[
        what
    ]()
    row.save()
    assert set(shows(row)) == {None if what == "clear" else 2}
    assert faults(model) == []
    model.objects.get(pk=row.pk).delete()
    assert World(model).thumbnails() == set()


@EVERY_MODEL
def test_a_lagging_replica_never_brings_back_another_thumbnail(model, replica):
    """What it knows about the row is outdated: the instance is stale."""
    row = new(model=model)
    stale = model.objects.get(pk=row.pk)
    replace(row, 2)
    stale.save()
    source, *thumbnails = shows(row)
    assert source == 1
    assert set(thumbnails) <= {1, None}
    assert faults(model, leftovers=True) == []


@pytest.mark.parametrize(
    "model", [LocalPhoto, LocalTwin, BucketPhoto, RecordedPhoto], ids=lambda model: model.__name__
)
def test_a_row_copied_to_another_database_gets_its_own_files(model):
    row = new(model=model)
    other = model.objects.get(pk=row.pk)
    other.save(using="other")
    names = World(model).names
    copied = model.objects.using("other").get()
    mine = {getattr(row, name).name for name in names}
    assert mine.isdisjoint(getattr(copied, name).name for name in names)
    row.delete()
    assert all(getattr(copied, name).storage.exists(getattr(copied, name).name) for name in names)
    copied.delete()
    assert World(model).thumbnails() == set()


@EVERY_MODEL
def test_rows_on_a_database_that_django_may_not_migrate_keep_their_files(model, settings):
    """A router that forbids migrations says nothing about where rows live."""
    settings.DATABASE_ROUTERS = [NotMigrated("other")]
    row = model(image=upload(1))
    row.save()
    assert row._state.db == "other"
    row = replace(model.objects.get(), 2)
    assert faults(model) == []
    if not model._meta.parents:
        model.objects.bulk_create([model(**snapshot(row))])
        row.delete()
        assert faults(model) == []
    model.objects.all().delete()
    assert World(model).thumbnails() == set()


# Models as migrations see them


def historical(model, **changes):
    """Return a model as `RunPython` gets it, with other options for its fields."""
    state = ProjectState.from_apps(apps)
    fields = state.models["consistency", model.__name__.lower()].fields
    for name, value in changes.items():
        fields["thumbnail"].__dict__[name] = value
    return state.apps.get_model("consistency", model.__name__)


@pytest.mark.parametrize("upload_to", ["local/thumbs/", "years/ago/"])
def test_a_data_migration_replaces_a_source(upload_to):
    pk = new().pk
    row = historical(LocalPhoto, upload_to=upload_to).objects.get(pk=pk)
    row.image = upload(2)
    row.save()
    assert shows(LocalPhoto.objects.get()) == (2, 2)
    assert len(World(LocalPhoto).thumbnails()) <= 1


def test_a_data_migration_deletes_a_row_whose_thumbnail_another_row_names():
    row = new()
    LocalPhoto.objects.bulk_create([LocalPhoto(**snapshot(row))])
    historical(LocalPhoto, upload_to="years/ago/").objects.get(pk=row.pk).delete()
    assert faults() == []
    historical(LocalPhoto).objects.all().delete()
    assert World(LocalPhoto).thumbnails() == set()


def test_a_data_migration_deletes_a_row_whose_thumbnail_another_model_names():
    """Rows have been copied to the model that replaces this one."""
    row = new()
    LocalTwin.objects.bulk_create([LocalTwin(image=row.image.name, small=row.thumbnail.name)])
    historical(LocalPhoto).objects.get(pk=row.pk).delete()
    assert shows(LocalTwin.objects.get())[:2] == (1, 1)


def test_a_data_migration_of_a_removed_model_keeps_files_of_current_models():
    """The old name of a renamed model appears in old migrations only."""
    row = new()
    state = ProjectState.from_apps(apps)
    state.rename_model("consistency", "LocalPhoto", "FormerPhoto")
    former = state.apps.get_model("consistency", "FormerPhoto")
    former._meta.db_table = "consistency_localphoto"
    with_thumbnail = new(2)
    LocalPhoto.objects.filter(pk=with_thumbnail.pk).update(image=row.image.name, thumbnail=row.thumbnail.name)
    former.objects.get(pk=row.pk).delete()
    assert shows(with_thumbnail) == (1, 1)


# Fields that are added later


def test_a_field_added_to_a_third_party_model_works_like_a_declared_one():
    fields = {
        "title": models.CharField(max_length=9, default=""),
        "image": models.ImageField(upload_to="late/images/", null=True),
    }
    with temporary_model("Late", table=False, **fields) as model:
        model.add_to_class("thumbnail", thumbnail("late/thumbs/"))
        with_tables(model)
        row = new(model=model)
        assert shows(row) == (1, 1)
        replace(row, 2)
        assert shows(row) == (2, 2)
        row = model.objects.get()
        row.image = stored(3, model)
        row.save()
        assert shows(row) == (3, 3)
        row = model.objects.only("image").get()
        row.image = None
        row.save()
        assert shows(row) == (None, None)
        assert faults(model) == []
        replace(row, 4).delete()
        assert World(model).thumbnails() == set()
        without_tables(model)


def with_tables(model):
    for alias in ("default", "other"):
        with connections[alias].schema_editor() as editor:
            editor.create_model(model)


def without_tables(model):
    for alias in ("default", "other"):
        with connections[alias].schema_editor() as editor:
            editor.delete_model(model)


# Parents


def test_saving_a_parent_alone_never_leaves_another_picture_in_its_child():
    shop = new(model=Shop)
    parent = Place.objects.get()
    replace(parent, 2)
    source, icon = shows(shop)
    assert source == 2
    assert icon in {2, None}
    Shop.objects.get().save()
    assert shows(shop) == (2, 2)
    assert faults(Shop) == []


def test_deleting_a_child_without_its_parent_deletes_its_thumbnail():
    shop = new(model=Shop)
    name = shop.image.name
    shop.delete(keep_parents=True)
    assert World(Shop).thumbnails() == set()
    assert Place.objects.get().image.name == name


def test_deleting_a_parent_deletes_the_thumbnail_of_its_child():
    new(model=Shop)
    Place.objects.get().delete()
    assert World(Shop).thumbnails() == set()
    assert thumbnail_names(Shop) == []


def thumbnail_names(model):
    return [thumbnail_name(row) for row in model.objects.all()]
