"""Rules R3 and R4 for instances that were built or changed by hand: they may name an existing file."""

import copy
import pickle

import pytest

from tests.conftest import colour_of, upload
from tests.testapp.models import Photo

from .conftest import BLUE, RED, column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True)


def in_storage(file):
    return file.storage.exists(file.name)


def retitled(row):
    """Save a whole row to change an unrelated column."""
    row.title = "new"
    row.save()
    return in_database(row)


@pytest.mark.parametrize("level", ["name", "auto"])
def test_an_instance_built_by_hand_keeps_its_existing_file(level, settings, rendered, stored):
    """This is how Wagtail publishes a draft: with the names stored in its revision."""
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = level
    row = Photo.objects.create(image=upload())
    kept = {"image": row.image.name, "thumbnail": row.thumbnail.name}
    Photo.objects.update(image="", thumbnail="")
    rendered.clear()
    Photo(pk=row.pk, **kept).save()
    assert column() == kept["thumbnail"]
    assert rendered == []
    assert stored("thumbnails/") == [column()]


@pytest.mark.parametrize("level", ["name", "auto"])
def test_an_instance_built_by_hand_drops_a_missing_file(level, settings, stored):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = level
    row = Photo.objects.create(image=upload())
    kept = {"image": row.image.name, "thumbnail": row.thumbnail.name}
    replace(row)
    Photo(pk=row.pk, **kept).save()
    assert colour_of(in_database(row).thumbnail) == RED
    assert stored("thumbnails/") == [column()] != [kept["thumbnail"]]


def test_an_instance_whose_file_is_used_replaces_and_deletes_that_of_the_row(stored):
    row = Photo.objects.create(image=upload())
    kept = {"image": row.image.name, "thumbnail": row.thumbnail.name}
    Photo.objects.update(image="", thumbnail="")
    replace(row)
    Photo(pk=row.pk, **kept).save()
    assert stored("thumbnails/") == [column()] == [kept["thumbnail"]]


def test_an_instance_built_by_hand_overwrites_a_row(stored):
    photo = Photo.objects.create(image=upload())
    Photo(pk=photo.pk, image=upload("b.jpg", "blue")).save()
    assert colour_of(in_database(photo).thumbnail) == BLUE
    assert stored("thumbnails/") == [column()]


def test_an_instance_built_by_hand_without_a_thumbnail_keeps_the_row_s(rendered, stored):
    photo = Photo.objects.create(image=upload())
    rendered.clear()
    built = Photo(pk=photo.pk, title="new", image=photo.image.name)
    built.save()
    assert (in_database(photo).title, column(), built.thumbnail.name) == (
        "new",
        photo.thumbnail.name,
        column(),
    )
    assert rendered == []


@pytest.mark.parametrize("before", [None, "", "thumbnails/before.jpg"])
def test_an_unknown_name_stays_as_the_row_has_it(before, by_name):
    Photo.objects.bulk_create([Photo(image="images/a.jpg", thumbnail=before or "thumbnails/by-hand.jpg")])
    row = Photo.objects.get()
    Photo.objects.update(thumbnail=before)
    retitled(row)
    assert column() in (before or "", None)


def test_a_file_that_was_moved_by_hand_is_made_again_by_the_next_save_of_the_row(media):
    """A name set by hand is ignored: the moved file is not the row's, so `prune_thumbnails` may take it."""
    photo = Photo.objects.create(image=upload())
    moved = photo.thumbnail.name.replace("thumbnails/", "thumbnails/moved/")
    (media / "thumbnails/moved").mkdir()
    (media / photo.thumbnail.name).rename(media / moved)
    photo.thumbnail.name = moved
    photo.save()
    in_database(photo).save()
    assert colour_of(in_database(photo).thumbnail) == RED


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_an_instance_saved_over_a_row_of_another_database_leaves_no_wrong_thumbnail():
    photo = Photo.objects.create(image=upload())
    Photo(pk=photo.pk, image="images/other.jpg").save(using="other", force_insert=True)
    photo.save(using="other")
    row = Photo.objects.using("other").get()
    assert row.image.name == photo.image.name
    assert not row.thumbnail
    row.save()
    assert colour_of(Photo.objects.using("other").get().thumbnail) == RED


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_a_save_to_another_database_shares_no_file_with_this_one(stored):
    photo = Photo.objects.create(image=upload())
    Photo(pk=photo.pk).save(using="other")
    before = photo.thumbnail.name
    photo.image = upload("b.jpg", "blue")
    photo.save(using="other")
    assert Photo.objects.using("default").get().thumbnail.name == before
    assert before in stored("thumbnails/")
    assert colour_of(Photo.objects.using("other").get().thumbnail) == BLUE


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))])
def test_an_instance_exposes_no_private_attributes(clone):
    row = clone(Photo.objects.create(image=upload()))
    assert not [name for name in vars(row) if "advthumb" in name]
    assert not [name for name in vars(row.image) if "advthumb" in name]
