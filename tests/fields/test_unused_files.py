"""Promise 4: unused files are deleted after the commit, after a grace period, or by `prune_thumbnails`."""

import os
from datetime import timedelta
from time import time

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from advthumb import refresh_thumbnails
from advthumb.signals import thumbnail_deleted, thumbnail_generated
from tests.conftest import colour_of, upload
from tests.management.commands import GENERATE, run
from tests.testapp.models import Gallery, Overwritten, Photo, Remote

from .conftest import BLUE, RED, column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

LONG_AGO = 1_000_000_000


@pytest.fixture
def heard():
    """Return a list of what receivers of `thumbnail_deleted` get."""
    told = []

    def receiver(sender, field, name, **_kwargs):
        told.append((sender, field.name, name))

    thumbnail_deleted.connect(receiver)
    yield told
    thumbnail_deleted.disconnect(receiver)


def clear(row):
    row.image = None
    row.save()


def delete(row):
    row.delete()


def command(row):
    refresh_thumbnails([row], force=True)


def prune():
    run("prune_thumbnails", "--older-than", "0s", "--delete", "--model", "testapp.photo")


# Deletions are reported


@pytest.mark.parametrize("superseding", [replace, clear, delete, command])
def test_a_signal_is_sent_for_each_deleted_file(superseding, heard, stored):
    row = Photo.objects.create(image=upload())
    before = row.thumbnail.name
    superseding(row)
    assert heard == [(Photo, "thumbnail", before)]
    assert before not in stored()


def test_the_signal_is_sent_after_the_commit_and_the_deletion(stored):
    row = Photo.objects.create(image=upload())
    before, seen = row.thumbnail.name, []

    def receiver(name, **_kwargs):
        seen.append((name, name in stored()))

    thumbnail_deleted.connect(receiver)
    try:
        with transaction.atomic():
            replace(row)
            assert seen == []
    finally:
        thumbnail_deleted.disconnect(receiver)
    assert seen == [(before, False)]


def test_no_signal_is_sent_for_files_of_a_rolled_back_savepoint(heard, stored):
    row = Photo.objects.create(image=upload())
    before = row.thumbnail.name
    with transaction.atomic():
        replace(row)
        with pytest.raises(LookupError), transaction.atomic():
            other = Photo.objects.create(image=upload("c.jpg"))
            replace(other, "d.jpg")
            raise LookupError
    assert heard == [(Photo, "thumbnail", before)]
    assert stored("thumbnails/") == [row.thumbnail.name]


def test_no_signal_is_sent_for_a_kept_file(heard):
    row = Photo.objects.create(image=upload())
    Photo.objects.bulk_create([Photo(title="twin", thumbnail=row.thumbnail.name)])
    replace(row)
    assert heard == []


def test_no_signal_is_sent_for_a_file_that_cannot_be_deleted(heard, monkeypatch, caplog):
    row = Remote.objects.create(image=upload())
    storage = Remote._meta.get_field("thumbnail").storage
    monkeypatch.setattr(storage, "broken", frozenset({"delete"}))
    replace(row)
    assert heard == []
    assert "the network is down during delete" in caplog.text


def test_the_signal_of_a_replacement_names_the_superseded_file():
    told = []

    def receiver(name, superseded, **_kwargs):
        told.append((name, superseded))

    row, stale = Photo.objects.create(image=upload()), Photo.objects.get()
    thumbnail_generated.connect(receiver)
    try:
        replace(row)
        first = row.thumbnail.name
        replace(stale)
    finally:
        thumbnail_generated.disconnect(receiver)
    assert told[1] == (stale.thumbnail.name, first)


# A grace period


@pytest.mark.parametrize("superseding", [replace, clear, delete, command])
def test_a_superseded_file_is_kept_and_dated_during_the_grace_period(superseding, heard, media, settings):
    settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(days=1)
    row = Photo.objects.create(image=upload())
    path = media / row.thumbnail.name
    os.utime(path, (LONG_AGO, LONG_AGO))
    superseding(row)
    assert path.exists()
    assert abs(path.stat().st_mtime - time()) < 60
    assert heard == []


def test_a_file_that_is_still_named_is_not_dated(media, settings):
    settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(days=1)
    row = Photo.objects.create(image=upload())
    Photo.objects.bulk_create([Photo(title="twin", thumbnail=row.thumbnail.name)])
    path = media / row.thumbnail.name
    os.utime(path, (LONG_AGO, LONG_AGO))
    replace(row)
    assert path.stat().st_mtime == LONG_AGO


def test_a_storage_that_is_not_local_keeps_superseded_files_as_they_are(settings):
    settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(days=1)
    row = Remote.objects.create(image=upload())
    before = row.thumbnail.name
    replace(row)
    assert row.thumbnail.storage.exists(before)


def test_files_of_a_rollback_have_no_grace_period(settings, stored):
    settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(days=1)
    row = Photo.objects.create(image=upload())
    with pytest.raises(LookupError), transaction.atomic():
        replace(row)
        raise LookupError
    assert stored("thumbnails/") == [column()]


# A file that the project deletes


@pytest.mark.parametrize("model", [Photo, Remote, Overwritten])
def test_a_thumbnail_deleted_by_hand_is_made_again_by_the_next_save(model):
    """Even if a save checks names only: the deletion is remembered."""
    row = model.objects.create(image=upload())
    before = row.thumbnail.name
    row.thumbnail.delete(save=False)
    assert not row.thumbnail
    row.save()
    thumbnail = in_database(row).thumbnail
    assert thumbnail.name == row.thumbnail.name != before
    assert colour_of(thumbnail) == RED


@pytest.mark.parametrize("model", [Photo, Remote])
def test_a_thumbnail_deleted_by_hand_and_saved_at_once_is_made_again(model):
    row = model.objects.create(image=upload())
    row.thumbnail.delete()
    assert colour_of(in_database(row).thumbnail) == RED


@pytest.mark.parametrize("model", [Photo, Remote])
def test_a_thumbnail_deleted_by_hand_is_made_again_by_the_save_of_another_instance(model):
    row = model.objects.create(image=upload())
    other = in_database(row)
    row.thumbnail.delete(save=False)
    other.save()
    assert colour_of(in_database(row).thumbnail) == RED


def test_only_the_one_deleted_by_hand_is_made_again():
    row = Gallery.objects.create(image=upload())
    before = row.square.name
    row.small.delete()
    row = in_database(row)
    assert row.small
    assert row.square.name == before


# What is left to `prune_thumbnails`


def test_a_process_that_is_killed_after_its_commit_leaves_one_unused_file(killed, stored):
    row = Photo.objects.create(image=upload())
    before = row.thumbnail.name
    replace(row)
    killed.undo()
    assert column() == row.thumbnail.name
    assert stored("thumbnails/") == sorted([before, row.thumbnail.name])
    replace(row)
    assert before in stored()
    prune()
    assert stored("thumbnails/") == [column()]


@pytest.mark.parametrize("repair", [lambda row: row.save(), lambda _row: run(GENERATE)])
def test_the_next_file_of_a_row_always_gets_a_new_name(repair):
    """Even on a storage that overwrites: another process may be about to delete the previous file."""
    row = Overwritten.objects.create(image=upload())
    Overwritten.objects.update(thumbnail="")
    repair(in_database(row))
    assert column(model=Overwritten) not in ("", row.thumbnail.name)
    assert colour_of(in_database(row).thumbnail)


@pytest.mark.parametrize("save", [clear, lambda row: row.save()])
def test_an_instance_loaded_without_a_source_clears_it_and_leaves_one_unused_file(save, stored):
    """Reading the row would cost a query at each save of a row without a picture."""
    row = Photo.objects.create()
    other = replace(in_database(row))
    save(row)
    assert (in_database(row).image.name, column()) == ("", "")
    assert stored("thumbnails/") == [other.thumbnail.name]
    prune()
    assert stored("thumbnails/") == []


def test_source_and_thumbnail_emptied_together_leave_one_unused_file(stored):
    """The instance does not show that there was one."""
    row = Photo.objects.create(image=upload())
    row.image = row.thumbnail = None
    row.save()
    assert column() == ""
    prune()
    assert stored("thumbnails/") == []


def test_replacing_a_picture_by_a_bad_one_leaves_no_file(stored):
    row = Photo.objects.create(image=upload())
    row.image = ContentFile(b"no picture", name="bad.jpg")
    row.save()
    assert column() == ""
    assert stored("thumbnails/") == []


def test_a_failing_source_that_is_replaced_has_nothing_to_delete(heard):
    row = Photo.objects.create(image=ContentFile(b"no picture", name="bad.jpg"))
    replace(row)
    assert colour_of(in_database(row).thumbnail) == BLUE
    assert heard == []
