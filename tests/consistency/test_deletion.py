"""Only our own files are deleted, and only if no row of any model names them."""

import pytest
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.db import models

from . import committing
from .models import BucketPhoto, LocalPhoto, LocalTwin, thumbnail
from .pictures import number_of, png, upload
from .scenes import KINDS, faults, new, replace, rolled_back, shows, temporary_model, thumbnail_name
from .world import World

pytestmark = committing

EVERY_MODEL = pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)


def image():
    return models.ImageField(upload_to="more/images/", null=True, blank=True)


@EVERY_MODEL
@pytest.mark.parametrize("how", ["instance", "queryset", "deferred", "only the title"])
def test_deleting_a_row_deletes_its_thumbnails(model, how):
    row, other = new(1, model), new(2, model)
    source = row.image
    if how == "instance":
        row.delete()
    elif how == "queryset":
        model.objects.filter(pk=row.pk).delete()
    elif how == "deferred":
        model.objects.defer(*World(model).names).get(pk=row.pk).delete()
    else:
        model.objects.only("title").get(pk=row.pk).delete()
    assert set(shows(other)) == {2}
    assert source.storage.exists(source.name)
    assert faults(model) == []


@EVERY_MODEL
def test_a_deletion_that_is_rolled_back_loses_nothing(model):
    row = new(1, model)
    with rolled_back():
        model.objects.all().delete()
    assert set(shows(row)) == {1}
    assert faults(model) == []
    loaded = model.objects.get()
    with rolled_back():
        loaded.delete()
    assert set(shows(row)) == {1}


@EVERY_MODEL
def test_deleting_a_row_through_a_stale_instance_deletes_no_other_file(model):
    row, other = new(1, model), new(2, model)
    stale = model.objects.get(pk=row.pk)
    replace(row, 3)
    stale.delete()
    assert set(shows(other)) == {2}
    assert faults(model, leftovers=True) == []


@EVERY_MODEL
def test_a_deleted_instance_is_saved_as_a_new_row(model):
    row = new(1, model)
    row.delete()
    row.save()
    assert shows(row)[0] == 1
    assert set(shows(row)) <= {1, None}
    assert faults(model) == []


def test_rows_that_a_manager_hides_keep_their_files():
    """As a manager for soft deletion does, even if Meta makes it the base manager."""

    class Live(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(gone=False)

    fields = {
        "gone": models.BooleanField(default=False),
        "image": image(),
        "thumbnail": thumbnail("more/thumbs/"),
        "objects": Live(),
        "everything": models.Manager(),
    }
    with temporary_model("Soft", meta={"base_manager_name": "objects"}, **fields) as model:
        hidden = model.everything.create(image=upload(1), gone=True)
        name = hidden.thumbnail.name
        live = model.everything.create(image=upload(2))
        model.everything.filter(pk=live.pk).update(thumbnail=name)
        model.objects.get(pk=live.pk).delete()
        assert default_storage.exists(name)
        call_command(
            "prune_thumbnails", "--older-than", "0s", "--delete", model="consistency.Soft", verbosity=0
        )
        assert default_storage.exists(name)


def test_a_placeholder_of_the_project_is_never_deleted():
    default_storage.save("placeholders/none.png", ContentFile(png((1, 2, 3))))
    fields = {"title": models.CharField(max_length=9, default=""), "image": image()}
    column = thumbnail("more/thumbs/", default="placeholders/none.png")
    with temporary_model("Person", thumbnail=column, **fields) as model:
        told = [
            message
            for message in run_checks(tags=["advthumb"])
            if message.obj is model._meta.get_field("thumbnail")
        ]
        assert ["default" in message.msg for message in told] == [True]
        model.objects.bulk_create([model(), model()])
        for row in model.objects.all():
            row.title = "new"
            row.save()
        row.image = upload(1)
        row.save()
        model.objects.all().delete()
        assert default_storage.exists("placeholders/none.png")


@pytest.mark.parametrize(
    "column", [models.FileField(upload_to="elsewhere/"), models.ImageField(upload_to="local/thumbs/")]
)
def test_a_file_that_a_model_without_thumbnails_uses_is_kept(column):
    with temporary_model("Attachment", file=column) as model:
        row = new(1)
        model.objects.create(file=row.thumbnail.name)
        name = thumbnail_name(row)
        replace(row, 2)
        assert default_storage.exists(name)
        call_command("prune_thumbnails", "--older-than", "0s", "--delete", verbosity=0)
        assert default_storage.exists(name)
        row.delete()
        model.objects.all().delete()


def test_a_file_used_through_another_storage_object_is_kept(media):
    inner = FileSystemStorage(location=media / "local")
    fields = {"image": image(), "thumbnail": thumbnail("thumbs/", storage=inner)}
    with temporary_model("Nested", **fields) as model:
        row = new(1)
        name = row.thumbnail.name
        model.objects.bulk_create([model(image="x.png", thumbnail=name.removeprefix("local/"))])
        row.delete()
        assert default_storage.exists(name)
        call_command(
            "prune_thumbnails", "--older-than", "0s", "--delete", model="consistency.LocalPhoto", verbosity=0
        )
        assert default_storage.exists(name)


def test_a_file_is_found_and_kept_after_upload_to_was_changed(monkeypatch):
    row = new(1)
    LocalPhoto.objects.bulk_create([LocalPhoto(image=row.image.name, thumbnail=row.thumbnail.name)])
    monkeypatch.setattr(LocalPhoto._meta.get_field("thumbnail"), "upload_to", "changed/")
    name = row.thumbnail.name
    row.delete()
    assert default_storage.exists(name)
    LocalPhoto.objects.get().delete()
    assert not default_storage.exists(name)


def test_a_row_in_the_database_chosen_by_the_router_keeps_its_file(settings):
    settings.DATABASE_ROUTERS = ["tests.consistency.routers.TwinsElsewhere"]
    row = new(1)
    LocalTwin.objects.bulk_create([LocalTwin(image=row.image.name, small=row.thumbnail.name)])
    assert LocalTwin.objects.using("other").exists()
    row.delete()
    assert number_of(LocalTwin.objects.get().small) == 1


@EVERY_MODEL
def test_equally_named_uploads_never_share_a_thumbnail(model):
    one = model(image=upload(1, "same.png"))
    one.save()
    other = model(image=upload(2, "same.png"))
    other.save()
    names = [name for row in World(model).rows().values() for name in row.thumbnails]
    assert len(names) == len(set(names))
    one.delete()
    assert set(shows(other)) == {2}


@EVERY_MODEL
def test_a_row_is_deleted_while_another_gets_the_same_picture(model):
    row = new(1, model)
    class_ = type(row)
    with_same = class_(image=upload(1, "1.png"))
    with_same.save()
    row.delete()
    assert set(shows(with_same)) == {1}
    assert faults(model) == []


def test_two_thumbnails_in_one_folder_are_deleted_independently():
    row = new(1, LocalTwin)
    LocalTwin.objects.filter(pk=row.pk).update(large="")
    row = LocalTwin.objects.get()
    row.save()
    assert shows(row) == (1, 1, 1)
    replace(row, 2)
    assert faults(LocalTwin, leftovers=True) == []
    assert len(World(LocalTwin).unused()) == 1  # the one that update() forgot


def test_prune_keeps_referenced_files_and_deletes_the_rest():
    for model in (LocalPhoto, LocalTwin, BucketPhoto):
        row = new(1, model)
        lost = new(2, model)
        model.objects.filter(pk=lost.pk)._raw_delete("default")
        assert World(model).unused()
        call_command(
            "prune_thumbnails", "--older-than", "0s", "--delete", model=model._meta.label, verbosity=0
        )
        assert World(model).unused() == set()
        assert set(shows(row)) == {1}
