"""Rule R4: a save that makes nothing lets the row keep its own thumbnail, or writes one that is right."""

import pytest
from django.db import connection

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.management.commands import REGENERATE, run
from tests.testapp.models import Fingerprinted, Photo, Place, Remote, Renamed, Restaurant

from .conftest import BLUE, RED, column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True)


def in_storage(file):
    return file.storage.exists(file.name)


def replaced(row):
    """Give a row another source through another instance, as another process would; return that instance."""
    return replace(in_database(row))


def retitled(row):
    """Save a whole row to change an unrelated column."""
    row.title = "new"
    row.save()
    return in_database(row)


# The row has another source by now


@pytest.mark.parametrize("model", [Remote, Photo, Renamed])
def test_a_stale_instance_never_brings_a_removed_thumbnail_back(model):
    """Its source comes back because Django writes all columns; its thumbnail is made again or removed."""
    stale = model.objects.create(image=upload())
    replaced(stale)
    row = retitled(stale)
    assert (row.title, row.image.name) == ("new", stale.image.name)
    assert not row.thumbnail or (in_storage(row.thumbnail) and colour_of(row.thumbnail) == RED)
    row.save()
    assert colour_of(in_database(row).thumbnail) == RED


def test_at_level_name_a_stale_instance_leaves_the_row_without_a_thumbnail(by_name, stored):
    stale = Photo.objects.create(image=upload())
    other = replaced(stale)
    assert not retitled(stale).thumbnail
    # A file it did not know is left to `prune_thumbnails`; no query was spent on it.
    assert stored("thumbnails/") == [other.thumbnail.name]


def test_at_level_stat_a_stale_instance_makes_a_new_thumbnail_and_deletes_the_other(stored):
    stale = Photo.objects.create(image=upload())
    replaced(stale)
    row = retitled(stale)
    assert stored("thumbnails/") == [row.thumbnail.name] == [stale.thumbnail.name]
    assert colour_of(row.thumbnail) == RED


def test_a_stale_multi_table_child_never_brings_a_removed_thumbnail_back(by_name):
    stale = Restaurant.objects.create(image=upload())
    replaced(stale)
    stale.name = "new"
    stale.save()
    row = Restaurant.objects.get()
    assert (row.name, row.image.name) == ("new", stale.image.name)
    assert not row.thumbnail
    assert not row.icon
    assert not Place.objects.get().thumbnail


def test_a_stale_instance_with_a_deferred_source_leaves_the_thumbnail_alone():
    row = Photo.objects.create(image=upload())
    stale = Photo.objects.defer("image").get()
    now = replaced(row)
    assert retitled(stale).thumbnail.name == now.thumbnail.name
    assert colour_of(in_database(row).thumbnail) == BLUE


def test_a_stale_instance_with_a_deferred_thumbnail_gets_one_of_its_own_source(stored):
    row = Photo.objects.create(image=upload())
    stale = Photo.objects.defer("thumbnail").get()
    replaced(row)
    row = retitled(stale)
    assert row.image.name == stale.image.name
    assert colour_of(row.thumbnail) == RED
    assert stored("thumbnails/") == [row.thumbnail.name]


def test_a_thumbnail_saved_alone_never_belongs_to_another_source(stored):
    photo = Photo.objects.create(image=upload())
    other = Photo.objects.create(image=upload("b.jpg", "blue"))
    before = photo.thumbnail.name
    photo.image = other.image.name
    photo.save(update_fields=["thumbnail"])
    assert in_database(photo).thumbnail.name == before
    assert stored("thumbnails/") == sorted([before, other.thumbnail.name])
    photo.save()
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_saving_only_a_stale_thumbnail_keeps_that_of_the_row(stored):
    row = Photo.objects.create(image=upload())
    now = replaced(row)
    row.save(update_fields=["thumbnail"])
    assert column() == now.thumbnail.name
    assert stored("thumbnails/") == [column()]


def test_saving_only_an_emptied_thumbnail_keeps_that_of_the_row(stored):
    photo = Photo.objects.create(image=upload())
    before = photo.thumbnail.name
    photo.thumbnail = None
    photo.save(update_fields=["thumbnail"])
    assert photo.thumbnail.name == column() == before
    assert stored("thumbnails/") == [before]


# The row has another thumbnail of the same source by now


@pytest.mark.parametrize("model", [Photo, Remote])
def test_a_stale_instance_keeps_the_thumbnail_that_a_command_made_meanwhile(model, rendered):
    stale = model.objects.create(image=upload())
    refresh_thumbnails(model.objects.all(), force=True)
    made = in_database(stale).thumbnail
    rendered.clear()
    row = retitled(stale)
    assert row.thumbnail.name == made.name
    assert in_storage(made)
    assert rendered == []


def test_a_child_of_multi_table_inheritance_keeps_what_a_command_made_meanwhile(by_name):
    child = Restaurant.objects.create(image=upload())
    refresh_thumbnails(Restaurant.objects.all(), force=True)
    made = Restaurant.objects.get()
    child.name = "new"
    child.save()
    row = Restaurant.objects.get()
    assert (row.name, row.thumbnail.name, row.icon.name) == ("new", made.thumbnail.name, made.icon.name)


def test_a_thumbnail_of_another_spec_that_a_command_made_meanwhile_is_kept(by_name, monkeypatch):
    """A deployment with a new size: processes from before it still save what they have loaded."""
    stale = Photo.objects.create(image=upload())
    with monkeypatch.context() as deployed:
        deployed.setattr(Photo._meta.get_field("thumbnail"), "size", (30, 30))
        run(REGENERATE, "--model", "testapp.photo")
    assert retitled(stale).thumbnail.width == 30


def test_a_row_without_fingerprints_in_names_never_names_a_deleted_thumbnail(by_name):
    """Such a name does not identify its source, so the row has no thumbnail until it is made again."""
    stale = Fingerprinted.objects.create(image=upload())
    refresh_thumbnails(Fingerprinted.objects.all(), force=True)
    row = retitled(stale)
    assert not row.thumbnail or in_storage(row.thumbnail)
    row.save()
    assert in_storage(in_database(row).thumbnail)


def test_a_row_replaced_before_the_update_never_names_a_deleted_thumbnail(stored):
    """The stale instance has seen its file, but it has been deleted before the instance writes."""
    stale = Photo.objects.create(image=upload())
    meanwhile = [lambda: replaced(stale)]

    def interfere(execute, sql, *arguments):
        if sql.startswith("UPDATE") and meanwhile:
            meanwhile.pop()()
        return execute(sql, *arguments)

    with connection.execute_wrapper(interfere):
        row = retitled(stale)
    assert (row.title, row.image.name, column()) == ("new", stale.image.name, "")
    row.save()
    assert colour_of(in_database(row).thumbnail) == RED
