"""django-reversion keeps the old values of a row as JSON and can write them back to the table."""

from pathlib import Path

import pytest
import reversion
from django.core.files.storage import default_storage
from django.core.management import call_command
from reversion.models import Version

from tests.conftest import colour_of, upload

from .files import RED, Interrupted, files_of
from .models import Versioned

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def row():
    with reversion.create_revision():
        return Versioned.objects.create(title="red", image=upload("red.jpg", "red"))


def replace(row):
    with reversion.create_revision():
        row.title, row.image = "blue", upload("blue.jpg", "blue")
        row.save()


def first_version(row):
    return Version.objects.get_for_object_reference(Versioned, row.pk).last()


def test_each_save_keeps_a_version(row, stored):
    replace(row)
    versions = Version.objects.get_for_object(row)
    assert [version.field_dict["title"] for version in versions] == ["blue", "red"]
    assert versions[0].field_dict["thumbnail"] == row.thumbnail.name
    assert stored("thumbnails/") == [row.thumbnail.name]


def test_a_reverted_row_has_its_thumbnail_after_the_next_save(row, stored):
    replace(row)
    newer = row.thumbnail.name
    first_version(row).revert()
    reverted = Versioned.objects.get()
    assert (reverted.title, colour_of(reverted.image)) == ("red", RED)
    # A version is loaded like a fixture. The old thumbnail was deleted when it was replaced.
    assert not default_storage.exists(reverted.thumbnail.name)
    reverted.save()
    assert colour_of(Versioned.objects.get().thumbnail) == RED
    assert stored("thumbnails/") == sorted({reverted.thumbnail.name, newer})


def test_the_command_makes_the_thumbnails_of_reverted_rows(row):
    replace(row)
    first_version(row).revert()
    call_command("sync_thumbnails", "--model", "neighbours.Versioned", verbosity=0)
    assert colour_of(Versioned.objects.get().thumbnail) == RED
    call_command("prune_thumbnails", "--older-than", "0s", "--delete", verbosity=0)
    assert default_storage.listdir("thumbnails")[1] == [Path(Versioned.objects.get().thumbnail.name).name]


def test_a_deleted_row_is_recovered(row):
    first, key = first_version(row), row.pk
    row.delete()
    first.revert()
    recovered = Versioned.objects.get(pk=key)
    recovered.save()
    assert colour_of(recovered.image) == colour_of(Versioned.objects.get().thumbnail) == RED


def test_a_failed_revision_leaves_no_unused_file_and_loses_none(row, stored):
    before = stored("thumbnails/")
    with pytest.raises(Interrupted), reversion.create_revision():
        row.image = upload("blue.jpg", "blue")
        row.save()
        raise Interrupted
    kept = Versioned.objects.get()
    assert stored("thumbnails/") == before == [kept.thumbnail.name]
    assert colour_of(kept.thumbnail) == RED
    assert len(Version.objects.get_for_object(row)) == 1
    assert set(files_of(row)) <= set(stored())
