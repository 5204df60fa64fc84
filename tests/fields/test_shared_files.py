"""Promise 4 when rows share a file: a file that another row, field or model still names is never deleted."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from advthumb.fields import refresh_thumbnails
from tests.conftest import upload
from tests.management.commands import REGENERATE, run
from tests.testapp.models import Article, Gallery, Photo

from .conftest import replace

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def in_another_row(photo):
    return Photo.objects.bulk_create([Photo(title="twin", thumbnail=photo.thumbnail.name)])


def in_another_model(photo):
    Article.objects.bulk_create([Article(thumbnail=photo.thumbnail.name)])


def as_a_source(photo):
    return Photo.objects.bulk_create([Photo(title="twin", image=photo.thumbnail.name)])


def replace_source(photo):
    replace(photo, update_fields=["image"])


def replace_by_a_bad_one(photo):
    photo.image = ContentFile(b"no picture", name="bad.jpg")
    photo.save()


def clear(photo):
    photo.image = None
    photo.save()


def spoil(photo):
    """Have the next check find that the source is not a picture."""
    Path(photo.image.path).write_bytes(b"no picture, and of another size")
    photo.save()


def delete(photo):
    photo.delete()


def delete_by_queryset(photo):
    Photo.objects.filter(pk=photo.pk).delete()


def force(_photo):
    run(REGENERATE, "--force", "--limit", "1", "--model", "testapp.photo")


def refresh(photo):
    refresh_thumbnails(Photo.objects.filter(pk=photo.pk), force=True)


def replace_and_roll_back(photo):
    with transaction.atomic():
        replace(photo)
        transaction.set_rollback(True)


def replace_behind_another(photo):
    other = Photo.objects.get(pk=photo.pk)
    replace(Photo.objects.get(pk=photo.pk))
    replace(other, "c.jpg")


def prune(_photo):
    run("prune_thumbnails", "--older-than", "0s", "--delete", "--model", "testapp.photo")


PATHS = [
    replace,
    replace_source,
    replace_by_a_bad_one,
    clear,
    spoil,
    delete,
    delete_by_queryset,
    force,
    refresh,
    replace_and_roll_back,
    replace_behind_another,
    prune,
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("share", [in_another_row, in_another_model, as_a_source])
def test_a_file_that_is_named_elsewhere_is_kept(share, path, stored):
    photo = Photo.objects.create(image=upload())
    shared = photo.thumbnail.name
    share(photo)
    path(photo)
    assert shared in stored("thumbnails/")


@pytest.mark.parametrize("path", [delete, replace, prune])
def test_a_file_that_another_field_of_the_row_names_is_kept(path, stored):
    gallery = Gallery.objects.create(image=upload())
    shared = gallery.small.name
    Gallery.objects.bulk_create([Gallery(image=gallery.image.name, square=shared)])
    path(gallery)
    assert shared in stored("small/")


@pytest.mark.parametrize("path", [path for path in PATHS if path not in (prune, replace_and_roll_back)])
def test_the_same_operations_delete_a_file_that_nothing_else_names(path, stored):
    photo = Photo.objects.create(image=upload())
    alone = photo.thumbnail.name
    path(photo)
    assert alone not in stored("thumbnails/")


def test_a_deleted_twin_no_longer_keeps_the_file(stored):
    photo = Photo.objects.create(image=upload())
    (twin,) = in_another_row(photo)
    Photo.objects.filter(pk=twin.pk).delete()
    assert stored("thumbnails/") == [photo.thumbnail.name]
    photo.delete()
    assert stored("thumbnails/") == []
