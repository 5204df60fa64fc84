"""`uploads`: what is kept of an upload until its thumbnails are made; streams that can be read only once."""

import copy
import gc
import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import InMemoryUploadedFile, TemporaryUploadedFile
from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save

from advthumb import storages
from advthumb.fields import uploads
from advthumb.fields.upload_memory import UploadMemory
from advthumb.generation import Source
from tests.conftest import colour_of, picture, upload
from tests.testapp.models import Badge, Photo, Shrunk
from tests.testapp.storages import CountingStorage

pytestmark = pytest.mark.django_db

MEGABYTE = 2**20


@pytest.fixture(autouse=True)
def waiting(monkeypatch):
    """Count only the uploads of this test, with room for ten kilobytes."""
    counted = UploadMemory(10_000)
    monkeypatch.setattr(uploads, "memory", counted)
    return counted


@pytest.fixture
def reads(monkeypatch):
    """Return the names of the sources that are read back from their storage."""
    names = []
    read = storages.read

    def noting(storage, name, *limits):
        names.append(name)
        return read(storage, name, *limits)

    monkeypatch.setattr(storages, "read", noting)
    return names


def prepared(size=0, name="a.jpg"):
    """Return an unsaved row whose picture is stored."""
    row = Photo()
    row.image.save(name, ContentFile(picture() + bytes(size)), save=False)
    return row


def kept(row):
    """Return the bytes kept of a row's upload, or None."""
    source = uploads.held(row.image)
    return source and source._data


# How long an upload is kept


@pytest.mark.parametrize("save", [True, False])
def test_an_upload_is_not_read_back_and_is_released_once_its_row_is_saved(save, reads, waiting):
    row = Photo()
    row.image.save("a.jpg", upload(), save=save)
    if not save:
        assert kept(row) is not None
        row.save()
    assert uploads.held(row.image) is None
    assert row.thumbnail
    assert reads == []
    assert waiting._total == 0


def test_an_assigned_upload_is_not_read_back(reads):
    row = Photo.objects.create(image=upload())
    assert uploads.held(row.image) is None
    assert reads == []


def test_an_upload_over_the_limit_is_not_read_back_while_its_row_is_saved(reads):
    for row in (Photo(image=ContentFile(picture() + bytes(20_000), "a.jpg")), Photo()):
        if row.image:
            row.save()
        else:
            row.image.save("a.jpg", ContentFile(picture() + bytes(20_000)))
        assert row.thumbnail
    assert reads == []


def test_a_failed_save_drops_the_bytes_but_keeps_the_upload():
    Badge.objects.create(code="a")
    row = Badge(code="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.image.save("a.jpg", upload())
    assert kept(row) is None
    row.code = "b"
    row.save()
    assert row.thumbnail
    assert uploads.held(row.image) is None


def test_a_save_that_fails_early_releases_the_bytes():
    def fail(**_kwargs):
        raise RuntimeError

    row = Photo()
    pre_save.connect(fail, sender=Photo)
    try:
        with pytest.raises(RuntimeError):
            row.image.save("a.jpg", upload())
    finally:
        pre_save.disconnect(fail, sender=Photo)
    assert uploads.held(row.image) is not None
    assert kept(row) is None
    row.save()
    assert colour_of(row.thumbnail) == (254, 0, 0)


def test_another_source_is_not_treated_as_the_upload():
    row = prepared()
    row.image = row.image.name
    assert uploads.held(row.image) is None


# How much is kept


def test_waiting_uploads_are_limited_and_the_oldest_is_dropped_first(waiting, reads):
    rows = [prepared(3000, f"{number}.jpg") for number in range(6)]
    assert [kept(row) is not None for row in rows] == [False, False, False, True, True, True]
    assert waiting._total <= 10_000
    for row in rows:
        row.save()
        assert row.thumbnail
    assert reads == [row.image.name for row in rows[:3]]
    assert waiting._total == 0


def test_an_upload_over_the_limit_is_not_kept():
    assert kept(prepared(20_000)) is None


def test_garbage_collected_uploads_are_no_longer_counted(waiting):
    rows = [prepared(3000, f"{number}.jpg") for number in range(3)]
    assert waiting._total > 6000
    del rows
    gc.collect()
    assert waiting._total == 0
    assert not waiting._counted


def test_the_bytes_of_an_upload_in_memory_are_not_copied():
    data = picture()
    row = Photo()
    row.image.save("a.jpg", ContentFile(data), save=False)
    assert kept(row) is data


def test_dropped_bytes_are_read_and_probed_again():
    """The file may have been replaced in between."""
    default_storage.save("a.jpg", upload())
    source = Source(default_storage, "a.jpg")
    before = source.read(), source.facts()
    source.drop()
    assert source.facts().content is None
    assert (source.read(), source.facts()) == before


# Copies and pickles


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))])
def test_a_copy_of_an_instance_has_no_upload(copied):
    row = prepared()
    twin = copied(row)
    assert uploads.held(twin.image) is None
    assert twin.image.name == row.image.name
    assert uploads.held(row.image) is not None
    assert not [name for name in vars(row) if "adv" in name]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda file: pickle.loads(pickle.dumps(file))])
def test_a_copy_of_a_file_has_no_upload(copied):
    file = prepared().image
    twin = copied(file)
    assert (twin.name, type(twin)) == (file.name, type(file))
    assert uploads.held(twin) is None


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_names_only_public_paths(protocol):
    Photo.objects.create(image=upload())
    row = Photo.objects.get()
    assert row.image.name
    assert row.thumbnail.name
    blob = pickle.dumps(row, protocol)
    assert b"advthumb.fields" in blob
    assert b"advthumb.fields." not in blob
    assert b"uploads" not in blob
    again = pickle.loads(blob)
    assert (again.image.name, again.thumbnail.name) == (row.image.name, row.thumbnail.name)


def test_an_instance_from_a_pickle_keeps_uploads_like_any_other(reads):
    Photo.objects.create(image=upload())
    row = pickle.loads(pickle.dumps(Photo.objects.get()))
    row.image.save("b.jpg", upload("b.jpg", "blue"))
    assert colour_of(Photo.objects.get().thumbnail) == (0, 0, 254)
    assert reads == []


# Streams


class Stream(io.RawIOBase):
    """A stream that can be read only once, as from a network."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, target):
        return self._data.readinto(target)


class Refusing(Stream):
    """Raises the given error when asked for its size or position."""

    error = OSError

    def _refuse(self, *_args):
        raise self.error("not with a stream")

    seek = tell = _refuse
    size = property(_refuse)


class SeeksNowhere(Stream):
    """Claims to have gone back to the start, but has not."""

    def seek(self, *_args):
        return 0

    def tell(self):
        return self._data.tell()


class WithoutPlaces:
    """Can only be read."""

    def __init__(self, data):
        self.read = io.BytesIO(data).read


@pytest.mark.parametrize("stream", [Stream, SeeksNowhere, WithoutPlaces])
@pytest.mark.parametrize("assigned", [True, False])
def test_a_stream_that_cannot_be_read_twice_is_stored_whole_with_a_thumbnail(stream, assigned, reads):
    data = picture() + bytes(200_000)
    row = Photo(image=File(stream(data), "a.jpg")) if assigned else Photo()
    if assigned:
        row.save()
    else:
        row.image.save("a.jpg", File(stream(data)))
    with row.image.open() as stored:
        assert stored.read() == data
    assert colour_of(row.thumbnail) == (254, 0, 0)
    assert reads == []


@pytest.mark.parametrize("error", [OSError, ValueError, NotImplementedError, RuntimeError])
def test_a_stream_that_raises_is_handled_as_in_django(error):
    """Django cannot store a stream whose `seek` raises an unexpected error; the stream's error is raised."""
    stream = type("Odd", (Refusing,), {"error": error})(picture())
    with pytest.raises(error, match="not with a stream"):
        Photo().image.save("a.jpg", File(stream))


class Sizeless(io.BytesIO):
    """A file that does not know its size."""

    @property
    def size(self):
        raise RuntimeError("how would I know?")


def test_a_file_whose_size_raises_is_stored(reads):
    row = Photo()
    row.image.save("a.jpg", File(Sizeless(picture())))
    assert colour_of(row.thumbnail) == (254, 0, 0)
    assert reads == []


def test_a_stream_over_the_limit_is_stored_whole_but_not_kept_in_memory(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 70_000
    data = picture() + bytes(range(256)) * 1000
    row = Photo()
    row.image.save("a.jpg", File(Stream(data)), save=False)
    assert kept(row) is None
    with row.image.open() as stored:
        assert stored.read() == data


def test_a_stream_over_the_limit_is_kept_only_until_it_is_stored(settings, monkeypatch):
    """While the rest is read, its beginning is no longer in memory."""
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 8 * MEGABYTE
    held_in_between = []

    def note(storage, name, content):
        chunks = content.chunks()
        for _ in range(12 * MEGABYTE // File.DEFAULT_CHUNK_SIZE):
            next(chunks)
        held_in_between.append(sum(map(len, content.file.raw._read)))
        return name

    monkeypatch.setattr(CountingStorage, "_save", note)
    Photo().image.save("a.jpg", File(Stream(bytes(20 * MEGABYTE))), save=False)
    assert held_in_between == [0]


def test_a_source_over_the_limit_is_not_read_if_the_storage_knows_its_size(settings, reads):
    Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="")
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 100
    Photo.objects.get().save()
    assert reads == []
    assert not Photo.objects.get().thumbnail


def test_a_smaller_file_that_replaces_one_over_the_limit_is_rendered(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 2000
    row = Photo()
    row.image.save("a.jpg", ContentFile(picture() + bytes(2000)))
    Path(row.image.path).write_bytes(picture())
    Photo.objects.get().save()
    assert Photo.objects.get().thumbnail


def test_a_process_forked_during_an_upload_does_not_wait_for_it():
    """The thread that holds the lock does not exist in the child."""
    code = """
import django.conf, os, threading
django.conf.settings.configure()
from advthumb.fields.upload_memory import memory
other = threading.Thread(target=memory._lock.acquire)
other.start()
other.join()
if not os.fork():
    os._exit(7 * memory._lock.acquire(timeout=10))
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    arguments = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "7\n"


def test_a_stream_that_breaks_off_raises_its_own_error():
    class Breaking(Stream):
        def readinto(self, target):
            count = super().readinto(target)
            if not count:
                raise ConnectionError("reset by peer")
            return count

    with pytest.raises(ConnectionError):
        Photo().image.save("a.jpg", File(Breaking(picture())))


def test_a_storage_can_read_custom_attributes_of_a_stream(monkeypatch):
    asked = []
    save = CountingStorage._save

    def noting(storage, name, content):
        if name.startswith("images/"):
            asked.append((content.content_type, content.size, hasattr(content, "temporary_file_path")))
        return save(storage, name, content)

    monkeypatch.setattr(CountingStorage, "_save", noting)
    stream = File(Stream(picture()), "a.jpg")
    stream.content_type = "image/jpeg"
    Photo().image.save("a.jpg", stream, save=False)
    assert asked == [("image/jpeg", len(picture()), False)]


def test_text_in_a_stream_is_stored_as_utf_8():
    row = Photo()
    row.image.save("a.txt", File(io.StringIO("größe")), save=False)
    assert kept(row) == "größe".encode()


@pytest.mark.parametrize("place", ["memory", "disk"])
def test_form_uploads_in_memory_and_on_disk_are_kept(place, reads):
    data = picture()
    if place == "memory":
        file = InMemoryUploadedFile(io.BytesIO(data), "image", "a.jpg", "image/jpeg", len(data), None)
    else:
        file = TemporaryUploadedFile("a.jpg", "image/jpeg", len(data), None)
        file.write(data)
    row = Photo.objects.create(image=file)
    file.close()
    with row.image.open() as stored:
        assert stored.read() == data
    assert colour_of(row.thumbnail) == (254, 0, 0)
    assert reads == []


def test_a_field_that_converts_uploads_keeps_the_converted_bytes(reads):
    row = Shrunk.objects.create(image=upload())
    assert colour_of(row.thumbnail) == (0, 0, 254)
    assert reads == []
