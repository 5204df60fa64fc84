"""Promise 5: a bad picture or a failing storage never breaks the user's save."""

import logging
import os
import threading
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction

from advthumb.core.errors import ErrorCode
from advthumb.exceptions import ThumbnailError
from advthumb.generation import Source
from advthumb.signals import thumbnail_failed, thumbnail_generated
from tests.conftest import upload
from tests.testapp.models import Gallery, Photo, Remote

pytestmark = pytest.mark.django_db

BAD = {
    "cut": (upload().read()[:300], "corrupt"),
    "text": (b"just words", "unsupported"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "unsupported"),
    "empty": (b"", "corrupt"),
}


def remote_storage(name):
    return Remote._meta.get_field(name).storage


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_source_is_saved_without_a_thumbnail(kind, caplog, django_capture_on_commit_callbacks):
    data, code = BAD[kind]
    heard = []

    def receiver(sender, instance, field, error, **_kwargs):
        heard.append((sender, instance.pk, field.name, error.code))

    thumbnail_failed.connect(receiver)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            photo = Photo.objects.create(title="kept", image=ContentFile(data, name="bad.jpg"))
    finally:
        thumbnail_failed.disconnect(receiver)
    row = Photo.objects.get()
    assert (row.title, row.image.name, row.thumbnail.name) == ("kept", "images/bad.jpg", "")
    assert heard == [(Photo, photo.pk, "thumbnail", code)]
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "images/bad.jpg" in record.message
    assert f"[{code}]" in record.message


def test_a_good_source_replaced_by_a_bad_one_loses_its_thumbnail(stored, django_capture_on_commit_callbacks):
    photo = Photo.objects.create(image=upload())
    photo.image = ContentFile(b"words", name="bad.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        photo.save()
    assert Photo.objects.get().thumbnail.name == ""
    assert stored("thumbnails/") == []
    photo.image = upload("good.jpg")
    photo.save()
    assert Photo.objects.get().thumbnail.width == 60


def test_the_raise_setting_lets_the_error_through(settings):
    settings.ADVANCE_THUMBNAIL_RAISE = True
    with pytest.raises(ThumbnailError) as caught, transaction.atomic():
        Photo.objects.create(image=ContentFile(b"words", name="bad.jpg"))
    assert caught.value.code == "unsupported"
    assert not Photo.objects.exists()
    with pytest.raises(ThumbnailError), transaction.atomic():
        Photo.objects.bulk_create([Photo(image=ContentFile(b"words", name="bad.jpg"))])
    assert not Photo.objects.exists()


def test_raise_with_update_fields(settings):
    photo = Photo.objects.create(image=upload())
    settings.ADVANCE_THUMBNAIL_RAISE = True
    photo.image = ContentFile(b"words", name="bad.jpg")
    with pytest.raises(ThumbnailError):
        photo.save(update_fields=["image"])


def test_limits_on_bytes_and_pixels(settings, caplog):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 100
    assert not Photo.objects.create(image=upload()).thumbnail
    assert "ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES is 100" in caplog.text
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 10_000
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 120 * 80 - 1
    assert not Photo.objects.create(image=upload()).thumbnail
    assert "ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS is 9599" in caplog.text
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 120 * 80
    assert Photo.objects.create(image=upload()).thumbnail


def test_the_limit_on_memory_counts_what_is_left_after_shrinking(settings, caplog):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY = 120 * 80 * 3 - 1
    assert not Photo.objects.create(image=upload("a.png", image_format="PNG")).thumbnail
    assert "takes 28800 bytes; ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY is 28799" in caplog.text
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY = 120 * 80 * 3
    assert Photo.objects.create(image=upload("a.png", image_format="PNG")).thumbnail


def test_formats_that_are_not_allowed(settings):
    settings.ADVANCE_THUMBNAIL_ALLOWED_FORMATS = ["PNG"]
    assert not Photo.objects.create(image=upload()).thumbnail
    assert Photo.objects.create(image=upload("a.png", image_format="PNG")).thumbnail


def test_a_thumbnail_storage_that_is_down(monkeypatch, caplog):
    monkeypatch.setattr(remote_storage("thumbnail"), "broken", frozenset({"save"}))
    row = Remote.objects.create(image=upload())
    assert Remote.objects.get().thumbnail.name == ""
    assert "the network is down during save" in caplog.text
    monkeypatch.undo()
    row.save()
    assert Remote.objects.get().thumbnail.width == 60


def test_a_replacement_while_the_thumbnail_storage_is_down_shows_no_other_picture(monkeypatch):
    row = Remote.objects.create(image=upload())
    before = row.image.name
    monkeypatch.setattr(remote_storage("thumbnail"), "broken", frozenset({"save"}))
    row.image = upload("b.jpg", "blue")
    row.save()
    assert Remote.objects.get().image.name not in {"", before}
    assert not Remote.objects.get().thumbnail


def test_a_new_size_while_the_source_storage_is_down_keeps_the_old_thumbnail(monkeypatch):
    row = Remote.objects.create(image=upload())
    before = row.thumbnail.name
    monkeypatch.setattr(Remote._meta.get_field("thumbnail"), "size", (30, 30))
    monkeypatch.setattr(remote_storage("image"), "broken", frozenset({"open"}))
    row.save()
    assert Remote.objects.get().thumbnail.name == before
    monkeypatch.setattr(remote_storage("image"), "broken", frozenset())
    row.save()
    assert Remote.objects.get().thumbnail.width == 30


def test_if_the_storage_cannot_be_reached_names_decide(monkeypatch, settings, caplog):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "stat"
    row = Remote.objects.create(image=upload())
    before = row.thumbnail.name
    monkeypatch.setattr(remote_storage("image"), "broken", frozenset({"size", "exists"}))
    row.save()
    assert Remote.objects.get().thumbnail.name == before
    assert "judged by its name only" in caplog.text


def test_a_missing_source_file_leaves_the_thumbnail_alone(media, caplog):
    photo = Photo.objects.create(image=upload())
    (media / photo.image.name).unlink()
    photo.save()
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name != ""


def test_one_failing_thumbnail_does_not_affect_its_sibling(monkeypatch, caplog):
    field = Gallery._meta.get_field("small")
    monkeypatch.setattr(field, "size", (None, 20_000))
    monkeypatch.setattr(field, "upscale", True)
    gallery = Gallery.objects.create(image=upload(size=(600, 20)))
    row = Gallery.objects.get(pk=gallery.pk)
    assert not row.small
    assert row.square.width == 40
    assert "[too-large]" in caplog.text


def test_generated_is_sent_after_commit_with_the_new_name_and_the_old(django_capture_on_commit_callbacks):
    heard = []

    def receiver(sender, instance, field, name, superseded, **_kwargs):
        heard.append((sender, instance.pk, field.name, name, superseded))

    thumbnail_generated.connect(receiver)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            photo = Photo.objects.create(image=upload())
            assert heard == []
        first = photo.thumbnail.name
        assert heard == [(Photo, photo.pk, "thumbnail", first, "")]
        with django_capture_on_commit_callbacks(execute=True):
            photo.save()
        with django_capture_on_commit_callbacks(execute=True):
            photo.image = upload("b.jpg", "blue")
            photo.save()
    finally:
        thumbnail_generated.disconnect(receiver)
    assert heard[1:] == [(Photo, photo.pk, "thumbnail", photo.thumbnail.name, first)]


@pytest.mark.parametrize("signal", [thumbnail_generated, thumbnail_failed])
def test_bulk_create_sends_no_signal(signal, django_capture_on_commit_callbacks):
    heard = []

    def receiver(**details):
        heard.append(details)

    signal.connect(receiver)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            Photo.objects.bulk_create(
                [Photo(image=upload()), Photo(image=ContentFile(b"words", name="bad.jpg"))]
            )
    finally:
        signal.disconnect(receiver)
    assert heard == []
    assert [bool(photo.thumbnail) for photo in Photo.objects.order_by("pk")] == [True, False]


def test_a_receiver_that_raises_breaks_nothing(django_capture_on_commit_callbacks):
    def receiver(**_kwargs):
        msg = "receiver"
        raise RuntimeError(msg)

    thumbnail_generated.connect(receiver)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            photo = Photo.objects.create(image=upload())
    finally:
        thumbnail_generated.disconnect(receiver)
    assert photo.thumbnail


@pytest.fixture
def piped():
    """Return a row whose source is a pipe; a reader of the pipe gets a picture."""
    row = Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="")
    path = Path(row.image.path)
    data = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=[data])
    writer.start()
    yield row
    if writer.is_alive():
        reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writer.join()
        os.close(reading)


@pytest.mark.parametrize("verify", ["auto", "name", "stat", "content"])
def test_a_source_that_is_a_pipe_is_not_waited_for(piped, verify, settings, caplog):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = verify
    row = Photo.objects.get()
    row.save()
    assert not row.thumbnail
    assert "it is no regular file [storage]" in caplog.text


def test_a_command_does_not_wait_for_a_pipe(piped):
    with pytest.raises(CommandError):
        call_command("generate_thumbnails", workers=1)
    assert not Photo.objects.get().thumbnail


def test_a_source_that_is_a_device_is_not_read():
    """Otherwise it would be read up to the size limit."""
    row = Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="")
    path = Path(row.image.path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ThumbnailError, match="no regular file") as caught:
        Source(row.image.storage, row.image.name).read()
    assert caught.value.code is ErrorCode.STORAGE
