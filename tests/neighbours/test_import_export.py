"""django-import-export exports rows to a table of text and imports them from one."""

import pytest
from import_export.resources import ModelResource
from tablib import Dataset

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload

from .files import BLUE, RED, files_of
from .models import Imported

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


class AllFields(ModelResource):
    class Meta:
        model = Imported


class InBulk(ModelResource):
    class Meta:
        model = Imported
        use_bulk = True


@pytest.fixture
def row():
    return Imported.objects.create(title="red", image=upload("red.jpg", "red"))


def table(*rows):
    return Dataset(*rows, headers=["id", "title", "image", "thumbnail"])


def test_an_export_has_the_names_of_the_files(row):
    (exported,) = AllFields().export().dict
    assert (exported["image"], exported["thumbnail"]) == (row.image.name, row.thumbnail.name)


def test_an_export_that_is_imported_again_changes_no_file(row, stored):
    before = stored()
    AllFields().import_data(AllFields().export(), raise_errors=True)
    assert stored() == before == files_of(row)


def test_an_imported_name_of_another_image_gets_its_thumbnail(row, stored):
    other = Imported.objects.create(image=upload("blue.jpg", "blue"))
    old = row.thumbnail.name
    AllFields().import_data(table((row.pk, "blue", other.image.name, old)), raise_errors=True)
    changed = Imported.objects.get(pk=row.pk)
    assert colour_of(changed.thumbnail) == BLUE
    assert stored("thumbnails/") == sorted([changed.thumbnail.name, other.thumbnail.name])


def test_a_new_row_gets_its_own_thumbnail(row, stored):
    AllFields().import_data(table(("", "copy", row.image.name, row.thumbnail.name)), raise_errors=True)
    copy = Imported.objects.get(title="copy")
    assert copy.thumbnail.name != row.thumbnail.name
    assert colour_of(copy.thumbnail) == RED
    assert stored("thumbnails/") == sorted([copy.thumbnail.name, row.thumbnail.name])


def test_a_deleted_row_is_imported_again(row):
    exported = AllFields().export()
    row.delete()
    AllFields().import_data(exported, raise_errors=True)
    assert colour_of(Imported.objects.get().thumbnail) == RED


def test_a_dry_run_leaves_no_unused_file_and_loses_none(row, stored):
    before = stored()
    other = Imported.objects.create(image=upload("blue.jpg", "blue"))
    both = files_of(row, other)
    new = ("", "new", other.image.name, "")
    AllFields().import_data(table((row.pk, "", other.image.name, ""), new), dry_run=True, raise_errors=True)
    assert stored() == both == files_of(*Imported.objects.all())
    assert set(before) < set(both)


def test_an_import_in_bulk_needs_the_command(row):
    other = Imported.objects.create(image=upload("blue.jpg", "blue"))
    InBulk().import_data(table((row.pk, "", other.image.name, row.thumbnail.name)), raise_errors=True)
    assert Imported.objects.get(pk=row.pk).thumbnail.status == "source-changed"
    refresh_thumbnails(Imported.objects.all())
    assert colour_of(Imported.objects.get(pk=row.pk).thumbnail) == BLUE
