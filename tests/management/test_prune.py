"""`prune_thumbnails` finds the files that no row names, and no others."""

import logging
import os
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.db import connection, connections, transaction
from django.utils import timezone

from advthumb.core.names import ThumbnailName
from advthumb.fields.rollback import uncommitted
from advthumb.management import litter as litter_module
from advthumb.management import open_transactions as open_transactions_module
from advthumb.management.commands import prune_thumbnails as command_module
from advthumb.management.findings import Findings
from advthumb.management.litter import Place, Search, outermost
from advthumb.management.open_transactions import OpenTransactions, open_transactions
from advthumb.signals import thumbnail_deleted
from tests.conftest import picture, upload
from tests.testapp.models import Article, Attachment, Gallery, Nested, Photo, Remote, Soft, Titled
from tests.testapp.storages import RemoteStorage

from .commands import run

pytestmark = pytest.mark.django_db(databases=["default", "other"])

FIELD = Photo._meta.get_field("thumbnail")


def prune(*arguments):
    """Run the command, which must succeed, and return the files that it names."""
    done = run("prune_thumbnails", "--json", *arguments)
    assert done.code == 0, done.err
    return sorted(done.json["files"])


def litter_of(row, number=0):
    """Return a name like that of a row's thumbnail, but one that no row has."""
    folder, _, base = row.thumbnail.name.rpartition("/")
    return f"{folder}/litter{number}{base[base.index('_thumbnail') :]}"


@pytest.fixture
def litter(media):
    """Leave two thumbnails behind, as a killed process does, written more than an hour ago."""
    photo = Photo.objects.create(image=upload())
    return leave(media, photo, 2)


def leave(media, photo, count):
    names = [litter_of(photo, number) for number in range(count)]
    for name in names:
        (media / name).write_bytes(picture())
    make_old(media)
    return sorted(names)


def make_old(media):
    for path in media.rglob("*.*"):
        os.utime(path, (time.time() - 4000,) * 2)


def test_lists_by_default_and_deletes_on_request(litter, stored):
    before = stored()
    found = run("prune_thumbnails")
    assert found.code == 0
    assert found.out.splitlines() == [
        *litter,
        "thumbnails/: 2 of 3 are unused",
        "2 files that no row names; --delete removes them.",
    ]
    assert run("prune_thumbnails", "--dry-run").out.splitlines()[-1].startswith("2 files")
    assert stored() == before
    deleted = run("prune_thumbnails", "--delete").out.splitlines()
    assert (deleted[:2], deleted[-1]) == (litter, "2 files deleted.")
    assert stored() == sorted(set(before) - set(litter))
    assert run("prune_thumbnails").out == "0 files that no row names; --delete removes them.\n"


def test_json(litter):
    assert run("prune_thumbnails", "--json", "--model", "testapp.Photo").json == {
        "files": litter,
        "count": 2,
        "deleted": 0,
        "failed": [],
        "refused": False,
        "folders": [{"field": "testapp.Photo.thumbnail", "folder": "thumbnails", "files": 3, "unused": 2}],
        "skipped": [],
        "notes": [],
    }
    assert run("prune_thumbnails", "--json", "--delete").json["deleted"] == 2


def test_quiet(litter):
    assert run("prune_thumbnails", "--verbosity", "0").out == ""


def test_other_files_are_never_touched(litter, media, stored):
    others = [
        "thumbnails/by-hand.jpg",
        "thumbnails/a_thumbnail.jpg",
        "thumbnails/deep/x_thumbnail_1x1_short.jpg",
    ]
    for name in others:
        (media / name).parent.mkdir(exist_ok=True)
        (media / name).write_bytes(picture())
    make_old(media)
    prune("--delete")
    assert set(others) <= set(stored())


def test_undecodable_file_names_are_skipped(litter, media):
    odd = os.fsencode(media / litter[0]).replace(b"litter0", b"\xff")
    os.close(os.open(odd, os.O_CREAT))
    make_old(media)
    assert prune("--delete") == litter
    Path(os.fsdecode(odd)).unlink()


def test_young_files_are_left_alone(litter, media):
    os.utime(media / litter[0])
    assert prune() == [litter[1]]
    assert prune("--older-than", "0s", "--model", "testapp.Photo") == litter
    assert prune("--older-than", "2h") == []


class TestWhatRowsNameStays:
    def test_in_another_model(self, media):
        photo = Photo.objects.create(image=upload())
        Article.objects.bulk_create([Article(image=photo.image.name, thumbnail=photo.thumbnail.name)])
        Photo.objects.all()._raw_delete("default")
        make_old(media)
        assert prune() == []
        Article.objects.all()._raw_delete("default")
        assert prune() == [photo.thumbnail.name]

    def test_on_another_database(self, media):
        photo = Photo(image=upload())
        photo.save(using="other")
        make_old(media)
        assert prune() == []

    def test_in_a_model_without_thumbnails(self, litter, monkeypatch):
        monkeypatch.setattr(Attachment._meta.get_field("file"), "upload_to", "elsewhere/")
        Attachment.objects.create(file=litter[0])
        assert prune() == [litter[1]]

    def test_hidden_by_every_manager(self, media):
        row = Soft.objects.create(image=upload())
        Soft.everything.update(gone=True)
        make_old(media)
        assert prune("--delete") == []
        assert row.thumbnail.storage.exists(row.thumbnail.name)

    def test_through_a_storage_nested_in_this_one(self, media):
        row = Nested.objects.create(image=upload())
        make_old(media)
        assert prune("--delete") == []
        assert prune("--model", "testapp.Nested", "--delete") == []
        Nested.objects.all()._raw_delete("default")
        assert prune("--model", "testapp.Nested") == [row.thumbnail.name]
        assert prune("--model", "testapp.Photo") == [f"thumbnails/nested/{row.thumbnail.name}"]
        assert run("prune_thumbnails", "--json").json["count"] == 1  # not once for each storage

    def test_with_a_router_that_forbids_migrations(self, media, settings):
        settings.DATABASE_ROUTERS = ["tests.testapp.routers.NoMigrations"]
        Photo.objects.create(image=upload())
        make_old(media)
        assert prune("--delete") == []

    def test_written_during_the_search(self, litter, monkeypatch, stored):
        def written_meanwhile(self, *arguments):
            real_add(self, *arguments)
            Article.objects.bulk_create([Article(thumbnail=litter[0])])

        real_add = Findings.add
        monkeypatch.setattr(Findings, "add", written_meanwhile)
        assert prune("--delete", "--model", "testapp.Photo") == [litter[1]]
        assert litter[0] in stored()


def test_only_the_folders_of_chosen_fields_are_searched(litter):
    assert prune("--model", "testapp.Gallery") == []
    assert prune("--model", "testapp.photo", "--field", "thumbnail") == litter
    done = run("prune_thumbnails", "--model", "nothing")
    assert (done.code, "no such model" in done.err) == (1, True)


def test_with_a_callable_upload_to_the_whole_storage_is_searched(media):
    row = Titled.objects.create(title="north", image=upload())
    Titled.objects.all()._raw_delete("default")
    make_old(media)
    assert prune("--model", "testapp.Titled") == [row.thumbnail.name]


def test_folders_of_a_former_upload_to_are_searched(litter, monkeypatch):
    monkeypatch.setattr(FIELD, "upload_to", "renamed/%Y/")
    assert prune("--model", "testapp.Photo") == litter
    Photo.objects.update(thumbnail="by-hand.jpg")
    assert prune("--model", "testapp.Photo") == []


def test_one_folder_alone_can_be_searched(media, litter):
    photo = Photo.objects.get()
    (media / "thumbnails/old").mkdir()
    inner = litter_of(photo).replace("thumbnails/", "thumbnails/old/")
    (media / inner).write_bytes(picture())
    (media / "gone").mkdir()
    outer = litter_of(photo).replace("thumbnails/", "gone/")
    (media / outer).write_bytes(picture())
    make_old(media)
    assert prune("--folder", "thumbnails/old") == prune("--folder", "/thumbnails/old/") == [inner]
    assert prune("--folder", "gone") == [outer]
    assert prune("--folder", "nothing") == []
    assert prune("--folder", ".", "--model", "testapp.Photo") == sorted([*litter, inner, outer])


class TestLargeDeletions:
    def test_more_than_50_files_and_over_a_tenth_are_refused(self, media, stored):
        photo = Photo.objects.create(image=upload())
        names = leave(media, photo, 51)
        done = run("prune_thumbnails", "--delete")
        assert done.code == 1
        assert "51 of 52 thumbnails would be deleted" in done.err
        assert "--yes" in done.err
        assert done.out.splitlines() == [
            "thumbnails/: 51 of 52 are unused",
            "51 files that no row names; nothing was deleted.",
        ]
        assert set(names) <= set(stored())
        report = run("prune_thumbnails", "--delete", "--json").json
        assert (report["refused"], report["count"], report["files"]) == (True, 51, [])
        assert prune("--delete", "--yes") == names
        assert stored("thumbnails/") == [photo.thumbnail.name]

    def test_50_files_are_not_refused(self, media):
        names = leave(media, Photo.objects.create(image=upload()), 50)
        assert prune("--delete") == names

    def test_a_tenth_of_all_is_not_refused(self, media):
        photo = Photo.objects.create(image=upload())
        names = leave(media, photo, 600)
        kept = [litter_of(photo, number) for number in range(60, 600)]
        Photo.objects.bulk_create([Photo(thumbnail=name) for name in kept])
        assert prune("--delete") == sorted(set(names) - set(kept))

    def test_many_folders_are_counted_and_some_listed(self, media):
        photo = Photo.objects.create(image=upload())
        for number in range(25):
            name = litter_of(photo).replace("thumbnails/", f"thumbnails/{number}/")
            (media / name).parent.mkdir()
            (media / name).write_bytes(b"")
        make_old(media)
        assert len(run("prune_thumbnails", "--json").json["folders"]) == 25
        assert run("prune_thumbnails").out.splitlines()[-2] == "and 5 more folders"


class TestObjectStorage:
    @pytest.fixture
    def rows(self):
        gone, kept = (Remote.objects.create(image=upload(name)) for name in ("a.jpg", "b.jpg"))
        Remote.objects.filter(pk=gone.pk)._raw_delete("default")
        return gone, kept

    def test_a_file_that_no_row_names_is_deleted(self, rows):
        gone, kept = rows
        storage = kept.thumbnail.storage
        arguments = ("--model", "testapp.Remote", "--older-than", "0s")
        assert gone.thumbnail.name in prune(*arguments)
        prune(*arguments, "--delete", "--yes")
        assert not storage.exists(gone.thumbnail.name)
        assert storage.exists(kept.thumbnail.name)

    def test_an_unlistable_storage_is_reported_and_the_rest_is_searched(self, rows, litter, monkeypatch):
        monkeypatch.setattr(rows[0].thumbnail.storage, "broken", frozenset({"listdir"}))
        done = run("prune_thumbnails", "--delete", "--json")
        assert done.code == 1
        assert "the network is down during listdir" in done.err
        assert done.json["files"] == litter
        assert "testapp.Remote.thumbnail" in done.json["skipped"][0]

    def test_files_of_unknown_age_are_kept(self, rows, monkeypatch):
        storage = rows[0].thumbnail.storage
        monkeypatch.setattr(storage, "broken", frozenset({"get_modified_time", "exists"}))
        done = run("prune_thumbnails", "--delete", "--json", "--model", "testapp.Remote")
        assert (done.code, done.json["files"]) == (1, [])
        assert "does not report how old files are" in done.err

    def test_files_without_times_are_kept_unless_any_age_is_allowed(self, rows, monkeypatch):
        monkeypatch.setattr(RemoteStorage, "get_modified_time", Storage.get_modified_time)
        assert prune("--model", "testapp.Remote") == []
        assert rows[0].thumbnail.name in prune("--model", "testapp.Remote", "--older-than", "0s")

    def test_files_with_naive_times_are_kept_unless_any_age_is_allowed(self, rows, monkeypatch):
        """Their time zone is unknown, so a file may be hours younger than it looks."""

        def naive(_self, _name):
            return timezone.make_naive(timezone.now() - timedelta(days=2))

        monkeypatch.setattr(RemoteStorage, "get_modified_time", naive)
        assert prune("--model", "testapp.Remote") == []
        assert rows[0].thumbnail.name in prune("--model", "testapp.Remote", "--older-than", "0s")

    def test_a_listing_of_full_names(self, rows, monkeypatch):
        def listdir(self, path):
            folders, files = self._files.listdir(path)
            return folders, [f"{path}/{name}" for name in files]

        monkeypatch.setattr(RemoteStorage, "listdir", listdir)
        arguments = ("--model", "testapp.Remote", "--older-than", "0s")
        assert rows[0].thumbnail.name in prune(*arguments, "--delete", "--yes")
        assert prune(*arguments) == []
        assert rows[1].thumbnail.storage.exists(rows[1].thumbnail.name)


class TestDeletions:
    @pytest.fixture
    def failing(self, monkeypatch):
        def refuse(_self, name):
            if "litter0" in name:
                raise PermissionError("AccessDenied")
            real_delete(_self, name)

        real_delete = FileSystemStorage.delete
        monkeypatch.setattr(FileSystemStorage, "delete", refuse)

    def test_failed_deletions_are_counted(self, litter, failing, caplog):
        with caplog.at_level(logging.WARNING):
            done = run("prune_thumbnails", "--delete")
        assert done.code == 1
        assert done.out.splitlines()[-1] == "1 file deleted, 1 could not be."
        assert f"{litter[0]} could not be deleted" in done.err
        assert "AccessDenied" in caplog.text
        again = run("prune_thumbnails", "--delete", "--json")
        assert (again.code, again.json["deleted"], again.json["failed"]) == (1, 0, [litter[0]])

    def test_each_deletion_is_announced_after_the_file_is_gone(self, litter, failing, stored):
        def receive(**news):
            told.append((news["sender"], news["field"], news["name"], news["name"] in stored()))

        told = []
        thumbnail_deleted.connect(receive)
        try:
            run("prune_thumbnails", "--delete", "--model", "testapp.Photo")
        finally:
            thumbnail_deleted.disconnect(receive)
        assert told == [(Photo, FIELD, litter[1], False)]


def without_table(model, using):
    with connections[using].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {model._meta.db_table} RENAME TO gone")


class TestDatabases:
    def test_one_without_the_tables_is_reported_and_the_rest_is_searched(self, litter):
        without_table(Attachment, "other")
        done = run("prune_thumbnails", "--delete", "--json")
        assert done.code == 1
        assert done.json["files"] == litter
        (reason,) = done.json["skipped"]
        assert reason.startswith("The database 'other' does not have the tables testapp_attachment")
        assert reason in done.err

    def test_one_that_is_not_meant_to_have_the_tables_is_ignored(self, litter, settings):
        settings.DATABASE_ROUTERS = ["tests.testapp.routers.NoMigrations"]
        without_table(Attachment, "other")
        assert prune() == litter

    def test_if_the_written_table_is_missing_everything_is_kept(self, litter, stored):
        without_table(Attachment, "default")
        done = run("prune_thumbnails", "--delete", "--json")
        assert (done.code, done.json["files"]) == (1, [])
        assert "testapp.Attachment.file cannot be queried on the database 'default'" in done.err
        assert set(litter) <= set(stored())

    def test_a_missing_table_only_matters_for_its_own_storage(self, litter, tmp_path, monkeypatch):
        elsewhere = FileSystemStorage(tmp_path / "elsewhere")
        monkeypatch.setattr(Attachment._meta.get_field("file"), "storage", elsewhere)
        without_table(Attachment, "default")
        done = run("prune_thumbnails", "--json", "--model", "testapp.Photo", "--model", "testapp.Remote")
        assert done.json["files"] == litter
        (reason,) = done.json["skipped"]
        assert reason.startswith("Files of testapp.Remote.thumbnail are left alone")

    def test_an_unreadable_column_keeps_the_files(self, litter):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE testapp_attachment RENAME COLUMN file TO other_file")
        done = run("prune_thumbnails", "--delete", "--json")
        assert (done.code, done.json["files"]) == (1, [])
        assert "testapp.Attachment.file cannot be queried" in done.err
        assert Photo.objects.exists()  # the surrounding transaction continues

    def test_one_whose_folders_cannot_be_read_is_reported(self, litter):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE testapp_photo RENAME COLUMN thumbnail TO other_thumbnail")
        done = run("prune_thumbnails", "--json", "--model", "testapp.Photo")
        assert (done.code, done.json["files"]) == (1, [])
        assert "testapp.Photo.thumbnail cannot be queried" in done.err
        assert not Attachment.objects.exists()  # the surrounding transaction continues

    def test_one_that_does_not_respond_keeps_the_files(self, litter, monkeypatch):
        def refuse(*_args, **_kwargs):
            raise ConnectionRefusedError("nobody there")

        monkeypatch.setattr(connections["other"].introspection, "table_names", refuse)
        done = run("prune_thumbnails", "--delete", "--json")
        assert (done.code, done.json["files"]) == (1, [])
        assert "nobody there" in done.err


class TestOpenTransactions:
    @pytest.fixture
    def oldest(self, monkeypatch):
        """Have the databases report a transaction that has been open for ten minutes."""
        answer = OpenTransactions(timedelta(minutes=10), [], ["A note."])
        monkeypatch.setattr(litter_module, "open_transactions", lambda _databases: answer)
        return answer

    def test_files_must_be_older_than_the_oldest_transaction(self, litter, oldest):
        assert prune() == []  # 67 minutes old, not older than one hour and ten minutes
        assert prune("--older-than", "50m") == litter

    def test_hidden_transactions_are_noted(self, litter, oldest):
        done = run("prune_thumbnails")
        assert (done.code, "A note." in done.err) == (0, True)

    def test_during_a_sqlite_write_everything_is_kept(self, litter, oldest):
        oldest.writing.append("default")
        done = run("prune_thumbnails", "--older-than", "0s", "--delete", "--json")
        assert (done.code, done.json["files"]) == (1, [])
        assert "a transaction is writing to the database 'default'" in done.err

    def test_an_unreachable_database_is_noted(self, monkeypatch):
        monkeypatch.setattr(open_transactions_module, "_LOOKS", {})
        (note,) = open_transactions(["default"]).notes
        assert "'default' does not report which transactions are open" in note
        assert "--older-than" in note

    def test_the_own_connection_is_not_counted(self):
        assert open_transactions(["default", "other"]) == OpenTransactions()

    @pytest.mark.django_db(transaction=True)
    def test_files_of_transactions_in_other_threads_are_known(self):
        with transaction.atomic():
            photo = Photo.objects.create(image=upload())
            assert uncommitted() == set()  # this connection can see their rows
            assert in_a_thread(uncommitted) == {photo.thumbnail.name}
        assert in_a_thread(uncommitted) == set()

    @pytest.mark.django_db(transaction=True)
    def test_files_of_a_transaction_that_was_rolled_back_are_forgotten(self):
        with transaction.atomic():
            Photo.objects.create(image=upload())
            transaction.set_rollback(True)
        assert in_a_thread(uncommitted) == set()

    def test_files_of_transactions_in_other_threads_are_kept(self, litter, monkeypatch):
        monkeypatch.setattr(litter_module, "uncommitted", lambda: {litter[0]})
        assert prune() == [litter[1]]


def in_a_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


class TestKeepingSupersededFiles:
    def test_they_are_kept_as_long_as_the_setting_says(self, litter, settings):
        settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(hours=2)
        assert prune() == []
        assert prune("--older-than", "0s", "--model", "testapp.Photo") == []
        settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(hours=1)
        assert prune() == litter

    def test_the_time_counts_from_when_they_were_superseded_if_known(self, litter, settings, monkeypatch):
        settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(hours=1)
        known = {litter[0]: time.time() - 60, litter[1]: time.time() - 7200}
        monkeypatch.setattr(litter_module, "superseded_at", lambda _field, name: known.get(name))
        assert prune() == [litter[1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--older-than", "soon"), "90m or 2d"),
        (("--delete", "--dry-run"), "choose one"),
        (("--folder", "../etc"), "thumbnails/2026"),
    ],
)
def test_invalid_options_are_refused(arguments, message):
    done = run("prune_thumbnails", *arguments)
    assert (done.code, message in done.err) == (1, True)


def test_nested_folders_are_searched_once():
    fields = [Gallery._meta.get_field(name) for name in ("small", "square", "webp")]
    small, *others = [Place(field, field.upload_to.rstrip("/")) for field in fields]
    assert outermost([small, *others, small]) == [small, *others]
    everywhere = Place(Titled._meta.get_field("thumbnail"), "")
    assert outermost([small, *others, everywhere]) == outermost([everywhere, small]) == [everywhere]
    nested = Place(Nested._meta.get_field("thumbnail"), "")
    photos = Place(FIELD, "thumbnails")
    assert outermost([nested, photos]) == outermost([photos, nested]) == [photos]
    remote = Place(Remote._meta.get_field("thumbnail"), "small")
    assert outermost([small, remote]) == [small, remote]
    assert outermost([small, Place(FIELD, "smaller")]) == [small, Place(FIELD, "smaller")]


def test_the_pattern_of_litter_is_the_pattern_of_names(litter):
    assert all(ThumbnailName.parse(name) for name in litter)


def test_memory_stays_flat(monkeypatch):
    """No more than one batch of names is in memory at a time."""
    name = Photo.objects.create(image=upload()).thumbnail.name
    monkeypatch.setattr(litter_module, "NAMES_AT_ONCE", 500)
    monkeypatch.setattr(command_module, "NAMES_AT_ONCE", 500)
    names = (name.replace("/a_", f"/{number:06}_") for number in range(20_000))
    monkeypatch.setattr(litter_module, "walk", lambda *_: names)
    monkeypatch.setattr(litter_module, "columns_beside", lambda field: [field])
    search = Search([FIELD], timedelta())
    (place,) = search.places()
    tracemalloc.start()
    try:
        with Findings() as findings:
            for batch, unused in search.batches(place):
                findings.add(0, batch, unused)
            again = sum(len(search.unused(place, batch)) for batch in findings.batches(0, 500))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (findings.files, findings.unused, again) == (20_000, 20_000, 20_000)
    assert peak < 2_000_000


def test_rows_are_checked_in_few_queries(media, django_assert_max_num_queries):
    leave(media, Photo.objects.create(image=upload()), 300)
    with django_assert_max_num_queries(120):  # one for each file column, before and for each batch
        prune("--model", "testapp.Photo")


def test_an_upload_named_like_a_thumbnail_is_never_pruned(media):
    row = Attachment(file=ContentFile(picture(), name="x.jpg"))
    row.file.name = litter_of(Photo.objects.create(image=upload()))
    row.save()
    (media / row.file.name).write_bytes(picture())
    make_old(media)
    assert prune("--delete") == []
