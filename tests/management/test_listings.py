"""`--verify stat` on a storage that can list its files: what it is asked, and that verdicts are the same."""

import datetime as dt
import logging
import random
import threading
import weakref
from collections import Counter

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from advthumb.core.formats import ImageFormat
from advthumb.core.names import ThumbnailName, files_of
from advthumb.core.sets import SetCode
from advthumb.management import bulk, listed, scanning
from advthumb.management.listed import ListedFiles
from advthumb.storages import adapters
from advthumb.storages.adapters import FileLook, StorageAdapter, register_adapter
from tests.conftest import picture, upload
from tests.testapp.models import Photo

from .commands import GENERATE, REGENERATE, SYNC, fresh_name, report, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.costs]

PHOTO = Photo._meta.get_field("thumbnail")
PHOTOS = ("--model", "testapp.Photo")
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
LATER = MOMENT + dt.timedelta(minutes=1)
TIMEOUT = 30


class ListedStorage(Storage):
    """Keeps files in memory, and counts what it is asked."""

    listing_error: Exception | None = None

    def __init__(self):
        self.files = {}
        self.calls = Counter()

    def put(self, name, data=b"abc", modified=MOMENT):
        self.files[name] = (data, modified)

    def _open(self, name, mode="rb"):
        self.calls["open"] += 1
        return ContentFile(self.files[name][0], name)

    def _save(self, name, content):
        self.put(name, content.read(), LATER)
        return name

    def exists(self, name):
        return name in self.files

    def size(self, name):
        return len(self.files[name][0])

    def get_modified_time(self, name):
        return self.files[name][1]

    def listdir(self, path):
        raise NotImplementedError

    def delete(self, name):
        self.files.pop(name, None)


class OtherSizes(ListedStorage):
    """Reports other sizes than a listing, as a storage that compresses its files may."""

    def size(self, name):
        return super().size(name)


class ListedAdapter(StorageAdapter):
    """Looks at a file with one call, and lists 1000 of them with one."""

    lists = True

    def look(self, name):
        self.storage.calls["look"] += 1
        data, modified = self.storage.files.get(name, (None, None))
        return None if data is None else FileLook(len(data), modified)

    look_at_time = look

    def key(self, name):
        if name.startswith("refused"):
            raise ValueError(name)
        return name.replace("//", "/")

    def list_after(self, key):
        self.storage.calls["list"] += 1
        if self.storage.listing_error:
            raise self.storage.listing_error
        names = sorted(name for name in self.storage.files if name > key)[:1000]
        return [
            (name, FileLook(len(self.storage.files[name][0]), self.storage.files[name][1])) for name in names
        ]


class ListedDisk(FileSystemStorage):
    """A storage on this machine that could be listed."""


class ListedDiskAdapter(StorageAdapter):
    """Notes that it is used."""

    lists = True
    asked = False

    def list_after(self, key):
        type(self).asked = True
        return []


@pytest.fixture(autouse=True)
def _adapters(monkeypatch, settings):
    monkeypatch.setattr(adapters, "_adapters", {})
    register_adapter(f"{__name__}.ListedStorage", ListedAdapter)
    register_adapter(f"{__name__}.ListedDisk", ListedDiskAdapter)
    use(settings, "ListedStorage")
    yield
    adapters._adapter_class.cache_clear()


def use(settings, storage_class, **options):
    """Keep all files in a new storage of a class of this module."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": f"{__name__}.{storage_class}", "OPTIONS": options}
    }


def fresh(count, *, order=None, thumbnails=default_storage):
    """Insert rows with fresh thumbnails, and return them in the order of their keys."""
    names = [f"images/photo-{number:06}.jpg" for number in order or range(count)]
    rows = Photo.objects.bulk_create([Photo(image=name, thumbnail=fresh_name(PHOTO, name)) for name in names])
    for row in rows:
        default_storage.put(row.image.name)
        thumbnails.put(row.thumbnail.name, b"thumbnail", LATER)
    return rows


def asked(*arguments, storage=default_storage, verify="stat"):
    """Return the verdicts of `thumbnail_status` without zeros, and the calls of a storage meanwhile."""
    storage.calls.clear()
    counts = report("thumbnail_status", *PHOTOS, "--verify", verify, *arguments).json["total"]
    return {name: count for name, count in counts.items() if count}, Counter(storage.calls)


def test_fresh_rows_cost_two_pages_for_each_thousand():
    fresh(1000)
    assert asked() == ({"fresh": 1000}, Counter(list=2))


def test_rows_are_found_whatever_the_order_of_their_keys():
    """The names of neighbouring rows are not neighbours in the listing."""
    fresh(400, order=random.Random(3).sample(range(400), 400))
    assert asked() == ({"fresh": 400}, Counter(list=1))


@pytest.mark.parametrize(("chunk", "lists"), [(20, 3), (30, 2), (60, 1)])
def test_each_query_lists_its_own_files(chunk, lists, monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", chunk)
    fresh(300)
    verdicts, calls = asked()
    assert verdicts == {"fresh": 300}
    assert calls == Counter(list=lists)


def test_only_what_was_listed_for_the_rows_at_hand_is_in_memory(monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", 20)
    fresh(600)
    alive, most = weakref.WeakSet(), []
    begin, list_after = ListedFiles.__init__, ListedAdapter.list_after

    def beginning(self, *arguments):
        begin(self, *arguments)
        alive.add(self)

    def listing(*arguments):
        most.append(len(alive))
        return list_after(*arguments)

    monkeypatch.setattr(ListedFiles, "__init__", beginning)
    monkeypatch.setattr(ListedAdapter, "list_after", listing)
    assert asked() == ({"fresh": 600}, Counter(list=6))
    assert max(most) <= 2


def test_few_rows_among_many_files_are_looked_at_one_by_one():
    for row in fresh(60):
        for number in range(60):
            default_storage.put(f"{row.image.name}-{number}")
            default_storage.put(f"{row.thumbnail.name}-{number}")
    assert asked() == ({"fresh": 60}, Counter(list=2, look=120 - 34))


def test_few_rows_are_looked_at_one_by_one():
    fresh(24)
    assert asked() == ({"fresh": 24}, Counter(look=48))


def test_level_name_and_rows_that_need_no_look_ask_nothing(monkeypatch):
    fresh(100)
    assert asked(verify="name") == ({"fresh": 100}, Counter())
    monkeypatch.setattr(PHOTO, "size", (30, 30))
    assert asked() == ({"spec-changed": 100}, Counter())
    Photo.objects.update(thumbnail="")
    assert asked() == ({"missing": 100}, Counter())


@pytest.mark.parametrize(("level", "queries"), [("name", 6), ("stat", 2)])
def test_more_rows_are_fetched_at_a_time_only_if_their_files_can_be_listed(level, queries, monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", 20)
    fresh(100)
    with CaptureQueriesContext(connection) as captured:
        report(GENERATE, *PHOTOS, "--force", "--dry-run", "--verify", level)
    assert len(captured) == queries


def test_thumbnails_without_a_fingerprint_in_their_names_are_listed():
    rows = fresh(100)
    for row in rows:
        name = f"thumbnails/{row.image.name[7:-4]}_thumbnail.jpg"
        default_storage.put(name)
        Photo.objects.filter(pk=row.pk).update(thumbnail=name)
    assert asked() == ({"unknown": 100}, Counter(list=1))


def test_a_lost_thumbnail_is_looked_at_before_it_counts_as_lost():
    rows = fresh(100)
    default_storage.delete(rows[50].thumbnail.name)
    assert asked() == ({"fresh": 99, "lost": 1}, Counter(list=1, look=1))


def test_a_file_that_a_listing_leaves_out_is_not_lost(monkeypatch):
    """Some services list a new file only after a while."""
    fresh(100)
    list_after = ListedAdapter.list_after
    monkeypatch.setattr(ListedAdapter, "list_after", lambda *key: list_after(*key)[1::2])
    assert asked() == ({"fresh": 100}, Counter(list=1, look=100))


@pytest.mark.parametrize(("lost", "verdicts"), [(None, {"fresh": 101}), (2, {"fresh": 100, "lost": 1})])
def test_a_listing_shows_all_files_of_a_set(lost, verdicts):
    """They cost nothing more, unless one of them is not listed: that one is asked for."""
    row = fresh(101)[50]
    folder, _, base = row.thumbnail.name.rpartition("/")
    name = f"{folder}/{ThumbnailName.parse(base)._replace(set=SetCode((ImageFormat.WEBP,), (20,)))}"
    for each in files_of(name):
        default_storage.put(each, b"thumbnail", LATER)
    Photo.objects.filter(pk=row.pk).update(thumbnail=name)
    if lost:
        default_storage.delete(files_of(name)[lost])
    assert asked() == (verdicts, Counter(list=1, look=1) if lost else Counter(list=1))


def test_a_lost_source_is_found():
    rows = fresh(100)
    default_storage.delete(rows[50].image.name)
    assert asked() == ({"fresh": 99, "failed": 1}, Counter(list=1, look=1))


def test_a_source_of_another_size_is_found():
    rows = fresh(100)
    default_storage.put(rows[7].image.name, b"abcd")
    assert asked() == ({"fresh": 99, "source-changed": 1}, Counter(list=1))


@pytest.mark.parametrize(("data", "verdict"), [(b"abc", "fresh"), (b"xyz", "source-changed")])
def test_a_source_newer_than_its_thumbnail_is_read(data, verdict):
    rows = fresh(100)
    default_storage.put(rows[7].image.name, data, LATER + dt.timedelta(hours=1))
    verdicts, calls = asked()
    assert verdicts == dict(Counter({"fresh": 99}) + Counter([verdict]))
    assert calls == Counter(list=1, open=1)


def test_what_a_listing_and_a_look_report_is_the_same_for_the_cache(monkeypatch):
    """A source that was read after a listing is not read again after a look, or the other way round."""
    rows = fresh(100)
    default_storage.put(rows[7].image.name, b"abc", LATER + dt.timedelta(hours=1))
    default_storage.put(rows[8].image.name, b"abc", LATER + dt.timedelta(hours=1))
    assert asked()[1]["open"] == 2
    monkeypatch.setattr(ListedAdapter, "lists", False)
    assert asked()[1] == Counter(look=200)


def test_level_content_lists_too():
    fresh(100)
    assert asked(verify="content") == ({"fresh": 100}, Counter(list=1, open=100))


def test_what_is_due_is_made_from_the_file_itself():
    """A listing only says which thumbnails are due."""
    rows = fresh(100)
    default_storage.put(rows[7].image.name, picture())
    default_storage.put(rows[8].image.name, picture())
    default_storage.delete(rows[8].thumbnail.name)
    done = report(SYNC, *PHOTOS, "--verify", "stat")
    assert done.outcomes == {"left": 98, "made": 2}
    assert asked() == ({"fresh": 100}, Counter(list=1))


def test_sources_and_thumbnails_in_different_storages_are_listed_separately(monkeypatch):
    thumbnails = ListedStorage()
    monkeypatch.setattr(PHOTO, "storage", thumbnails)
    fresh(100, thumbnails=thumbnails)
    assert asked() == ({"fresh": 100}, Counter(list=1))
    assert thumbnails.calls == Counter(list=1)


def test_sources_on_this_machine_are_not_listed(monkeypatch, tmp_path):
    thumbnails = ListedStorage()
    monkeypatch.setattr(PHOTO, "storage", thumbnails)
    monkeypatch.setattr(Photo._meta.get_field("image"), "storage", ListedDisk(tmp_path))
    (tmp_path / "images").mkdir()
    for row in fresh(100, thumbnails=thumbnails):
        (tmp_path / row.image.name).write_bytes(b"abc")
        thumbnails.put(row.thumbnail.name, modified=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert asked(storage=thumbnails) == ({"fresh": 100}, Counter(list=1))
    assert not ListedDiskAdapter.asked


def test_files_on_this_machine_are_never_listed(settings, tmp_path):
    use(settings, "ListedDisk", location=str(tmp_path))
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(60)]
    default_storage.delete(rows[7].thumbnail.name)
    assert report(REGENERATE, *PHOTOS, "--verify", "stat").verdicts == {"fresh": 59, "lost": 1}
    assert not ListedDiskAdapter.asked


def test_a_storage_that_reports_other_sizes_is_not_listed(settings):
    use(settings, "OtherSizes")
    fresh(60)
    verdicts, calls = asked()
    assert verdicts == {"fresh": 60}
    assert not calls["list"]


def test_a_listing_that_fails_is_given_up_and_reported_once(monkeypatch, caplog):
    monkeypatch.setattr(scanning, "CHUNK", 20)
    fresh(300)
    default_storage.listing_error = PermissionError("AccessDenied")
    with caplog.at_level(logging.WARNING, "advthumb"):
        assert asked() == ({"fresh": 300}, Counter(list=1, look=600))
    (record,) = caplog.records
    reason = "because listing files failed: AccessDenied [storage]"
    assert record.getMessage() == f"The files of ListedStorage are checked one by one, {reason}"


def test_names_are_compared_as_the_storage_keeps_them():
    """A name that the storage refuses is not listed. It is looked at like any other."""
    rows = fresh(100)
    for row, name in ((rows[7], "refused.jpg"), (rows[8], "images//photo-000008.jpg")):
        thumbnail = fresh_name(PHOTO, name)
        Photo.objects.filter(pk=row.pk).update(image=name, thumbnail=thumbnail)
        default_storage.put(thumbnail, b"thumbnail", LATER)
    default_storage.put("refused.jpg")
    assert asked() == ({"fresh": 100}, Counter(list=1, look=1))


def test_a_listing_is_not_used_for_long(monkeypatch):
    fresh(100)
    monkeypatch.setattr(listed, "_LONGEST", -1)
    assert asked() == ({"fresh": 100}, Counter(list=1, look=200))


def test_finished_rows_are_written_while_files_are_listed(monkeypatch):
    """The second query's listing waits for a row of the first one, which is made meanwhile."""
    monkeypatch.setattr(scanning, "CHUNK", 20)
    rows = fresh(200)
    default_storage.put(rows[50].image.name, picture())
    Photo.objects.filter(pk=rows[50].pk).update(thumbnail="")
    listing_began, written = threading.Event(), threading.Event()
    in_time = []
    write, list_after, open_file = bulk.write, ListedAdapter.list_after, ListedStorage._open

    def writing(jobs, *rest):
        write(jobs, *rest)
        if jobs:
            written.set()

    def listing(self, key):
        if self.storage.calls["list"]:
            listing_began.set()
            in_time.append(written.wait(TIMEOUT))
        return list_after(self, key)

    def opening(self, name, mode="rb"):
        assert listing_began.wait(TIMEOUT)
        return open_file(self, name, mode)

    monkeypatch.setattr(bulk, "_AT_ONCE", 1)
    monkeypatch.setattr(bulk, "write", writing)
    monkeypatch.setattr(ListedAdapter, "list_after", listing)
    monkeypatch.setattr(ListedStorage, "_open", opening)
    default_storage.calls.clear()
    assert report(GENERATE, *PHOTOS, "--verify", "stat").outcomes == {"left": 199, "made": 1}
    assert in_time == [True]


def test_text_output_says_that_files_were_checked():
    fresh(60)
    assert "60 fresh (by stat)" in run("thumbnail_status", *PHOTOS, "--verify", "stat").out
