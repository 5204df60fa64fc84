"""How logs and messages name the row whose thumbnail could not be made."""

from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction

from advthumb import refresh_thumbnails
from advthumb.exceptions import ThumbnailError
from advthumb.fields.change import row_name
from tests.conftest import upload
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db

BROKEN = b"no picture"


def broken() -> ContentFile:
    return ContentFile(BROKEN, name="a.jpg")


def lines(caplog) -> list[str]:
    """The start of each line about a thumbnail that was not made."""
    told = [record.getMessage() for record in caplog.records]
    return [line.partition(" from ")[0] for line in told if line.startswith("No thumbnail")]


def test_a_new_row_is_named_by_its_key(caplog):
    photo = Photo.objects.create(image=broken())
    assert lines(caplog) == [f"No thumbnail for testapp.Photo.thumbnail of Photo(pk={photo.pk})"]


def test_a_row_that_is_saved_again_is_named_by_its_key(caplog):
    photo = Photo.objects.create(image=upload())
    photo.image = broken()
    photo.save()
    assert lines(caplog) == [f"No thumbnail for testapp.Photo.thumbnail of Photo(pk={photo.pk})"]


def test_a_new_row_whose_save_fails_is_called_unsaved(caplog):
    def refuse(execute, sql, *more):
        if sql.startswith("INSERT"):
            raise DatabaseError("the table is full")
        return execute(sql, *more)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.execute_wrapper(refuse):
        Photo(image=broken()).save()
    assert lines(caplog) == ["No thumbnail for testapp.Photo.thumbnail of Photo (not saved yet)"]


def test_a_new_row_refused_because_of_its_picture_is_called_unsaved(caplog, settings):
    settings.ADVANCE_THUMBNAIL_RAISE = True
    with pytest.raises(ThumbnailError), transaction.atomic():
        Photo(image=broken()).save()
    assert lines(caplog) == ["No thumbnail for testapp.Photo.thumbnail of Photo (not saved yet)"]


def test_rows_of_bulk_create_have_no_key_yet(caplog):
    Photo.objects.bulk_create([Photo(image=broken()), Photo(image=upload())])
    assert lines(caplog) == ["No thumbnail for testapp.Photo.thumbnail of Photo (not saved yet)"]


def test_refresh_names_rows_the_same_way_in_errors_and_logs(caplog):
    photo = Photo.objects.create(image=upload())
    with photo.image.storage.open(photo.image.name, "wb") as file:
        file.write(BROKEN)
    done = refresh_thumbnails([photo], force=True)
    assert lines(caplog) == [f"No thumbnail for testapp.Photo.thumbnail of Photo(pk={photo.pk})"]
    assert done.errors[0].startswith(f"Photo(pk={photo.pk}).thumbnail: ")


def test_a_failed_write_is_logged_once(caplog, monkeypatch):
    photo = Photo.objects.create(image=upload())
    with photo.image.storage.open(photo.image.name, "wb") as file:
        file.write(BROKEN)

    def refuse(*_args):
        raise DatabaseError("the table is full")

    monkeypatch.setattr("advthumb.fields.rows.write", refuse)
    with pytest.raises(DatabaseError):
        refresh_thumbnails([photo], force=True)
    assert lines(caplog) == [f"No thumbnail for testapp.Photo.thumbnail of Photo(pk={photo.pk})"]


def test_keys_are_shown_as_python_reprs():
    key = uuid4()
    photo = Photo(pk=key)
    assert row_name(photo) == f"Photo(pk={key!r})"
    assert row_name(Photo()) == "Photo (not saved yet)"
