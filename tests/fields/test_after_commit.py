"""Rule R7: after the commit nothing raises, and nothing of the project's is dropped."""

from contextlib import nullcontext
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import TestCase

from advthumb.fields import after_commit, references
from advthumb.signals import thumbnail_failed, thumbnail_generated
from tests.conftest import colour_of, upload
from tests.testapp.models import Photo

from .conftest import BLUE, column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True)


class Receiver:
    """A receiver that is an object: it has no `__qualname__`, which Django uses to name one that raised."""

    def __init__(self):
        self.names = []

    def __call__(self, name, **_kwargs):
        self.names.append(name)
        raise LookupError


def told(heard, name, **_kwargs):
    heard.append(name)
    raise LookupError


@pytest.fixture
def listening():
    """Return a function that connects receivers for the length of the test."""
    connected = []

    def connect(receiver, signal=thumbnail_generated):
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))

    yield connect
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def tables_gone(monkeypatch):
    """Have every query for references fail, as it does if a table is missing."""

    def refuse(*_args):
        msg = "no such table"
        raise DatabaseError(msg)

    monkeypatch.setattr(after_commit, "unused_files", refuse)


@pytest.mark.parametrize("atomic", [False, True])
def test_errors_in_receivers_of_any_kind_are_logged_and_break_nothing(atomic, listening, caplog):
    receiver, heard = Receiver(), []
    listening(receiver)
    listening(partial(told, heard))
    row = Photo.objects.create(image=upload())
    called = []
    if atomic:
        with transaction.atomic():
            replace(row)
            transaction.on_commit(lambda: called.append(True))
        assert called == [True]
    else:
        replace(row)
    assert receiver.names[1:] == heard[1:] == [row.thumbnail.name] == [column()]
    assert "A receiver of a thumbnail signal failed" in caplog.text
    assert "LookupError" in caplog.text


def test_an_error_in_a_failure_receiver_is_logged(listening, caplog):
    listening(lambda **_kwargs: {}["failed"], thumbnail_failed)
    row = Photo.objects.create(image=upload())
    row.image.save("bad.jpg", upload("bad.jpg").__class__(b"no picture", name="bad.jpg"))
    assert not in_database(row).thumbnail
    assert "A receiver of a thumbnail signal failed" in caplog.text


@pytest.mark.parametrize("atomic", [False, True])
def test_an_unreadable_table_is_logged_and_the_file_is_kept(atomic, tables_gone, stored, caplog):
    row = Photo.objects.create(image=upload())
    before, called = row.thumbnail.name, []
    if atomic:
        with transaction.atomic():
            transaction.on_commit(lambda: called.append("first"))
            replace(row)
            transaction.on_commit(lambda: called.append("last"))
        assert called == ["first", "last"]
    else:
        replace(row)
    assert colour_of(in_database(row).thumbnail) == BLUE
    assert before in stored("thumbnails/")
    assert "The work of advthumb after a commit failed" in caplog.text


def test_an_unreadable_table_at_the_end_of_a_run_is_logged(tables_gone, stored, caplog):
    row = Photo.objects.create(image=upload())
    with after_commit.cleaning_up() as cleanup:
        field = Photo._meta.get_field("thumbnail")
        after_commit.discard(field, row.thumbnail.name, "default", cleanup=cleanup)
    assert "Superseded thumbnails were not deleted; prune_thumbnails finds them" in caplog.text


def test_a_row_is_deleted_even_if_references_cannot_be_checked(tables_gone, stored, caplog):
    row = Photo.objects.create(image=upload())
    row.delete()
    assert not Photo.objects.exists()
    assert len(stored("thumbnails/")) == 1


def test_a_failing_project_callback_affects_no_thumbnail(stored):
    """Django drops the callbacks after one that raises, although the transaction is committed."""
    photo = Photo.objects.create(image=upload())
    with pytest.raises(LookupError), transaction.atomic():
        transaction.on_commit(lambda: {}["the queue is down"])
        replace(photo)
    assert column() == photo.thumbnail.name
    assert photo.thumbnail.name in stored()
    assert photo.thumbnail.in_row


@pytest.mark.django_db(transaction=False)
def test_captured_callbacks_exclude_earlier_ones(django_capture_on_commit_callbacks):
    """Our callbacks run first after a real commit, but not here: Django selects callbacks by position."""
    called = []
    transaction.on_commit(lambda: called.append("before"))
    with django_capture_on_commit_callbacks(execute=True):
        Photo.objects.create(image=upload())
        transaction.on_commit(lambda: called.append("captured"))
    assert called == ["captured"]


def test_nothing_is_announced_for_a_row_that_was_rolled_back(listening):
    heard = []
    listening(lambda name, **_kwargs: heard.append(name))
    with pytest.raises(LookupError), transaction.atomic():
        Photo.objects.create(image=upload())
        raise LookupError
    assert heard == []


def test_no_callback_is_registered_without_receivers_or_superseded_files():
    with transaction.atomic():
        Photo.objects.create()
        assert connection.run_on_commit == []


def test_in_transactions_managed_by_hand_nothing_is_deleted_or_announced(listening, stored):
    """Django does not know when those are committed."""
    heard = []
    photo = Photo.objects.create(image=upload())
    listening(lambda name, **_kwargs: heard.append(name))
    transaction.set_autocommit(False)
    try:
        replace(photo)
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert column() == photo.thumbnail.name
    assert len(stored("thumbnails/")) == 2
    assert heard == []


# Deletions together


def calls_registered():
    return len(connection.run_on_commit)


def test_files_of_rows_deleted_in_turn_are_deleted_in_one_batch():
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(3)]
    with transaction.atomic():
        rows[0].delete()
        first = calls_registered()
        rows[1].delete()
        rows[2].delete()
        assert calls_registered() == first


def test_calls_of_the_project_between_deletions_do_not_divide_them():
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(30)]
    with transaction.atomic():
        for row in rows:
            row.delete()
            transaction.on_commit(lambda: None)
        ours = [call for _, call, _ in connection.run_on_commit if "advthumb" in call.__qualname__]
        assert len(ours) == 1


def test_receivers_of_signals_do_not_divide_deletions(listening, stored, monkeypatch):
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(5)]
    listening(lambda **_kwargs: None)
    batches = []

    def unused_files(field, names, using):
        batches.append(len(names))
        return references.unused_files(field, names, using)

    monkeypatch.setattr(after_commit, "unused_files", unused_files)
    with transaction.atomic():
        for row in rows:
            replace(row)
    assert batches == [5]
    assert sorted(stored("thumbnails/")) == sorted(Photo.objects.values_list("thumbnail", flat=True))


@pytest.mark.parametrize("outer", [False, True])
def test_files_are_deleted_after_an_earlier_deletion_was_rolled_back(outer, stored):
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(2)]
    kept = rows[0].thumbnail.name
    with transaction.atomic() if outer else nullcontext():
        with pytest.raises(LookupError), transaction.atomic():
            rows[0].delete()
            raise LookupError
        with transaction.atomic():
            rows[1].delete()
    assert stored("thumbnails/") == [kept]


def test_each_capture_of_a_test_case_deletes_its_own_files(stored):
    """`captureOnCommitCallbacks` leaves the functions that it called in Django's list."""
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(2)]
    with transaction.atomic():
        for row in rows:
            with TestCase.captureOnCommitCallbacks(execute=True) as called:
                row.delete()
            assert called
        assert stored("thumbnails/") == []


def test_files_of_a_savepoint_are_kept_in_a_separate_batch():
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(2)]
    with transaction.atomic():
        rows[0].delete()
        first = calls_registered()
        with transaction.atomic():
            rows[1].delete()
            assert calls_registered() == first + 1


def test_a_name_that_is_not_ours_is_never_deleted(stored, media):
    (media / "thumbnails").mkdir()
    (media / "thumbnails/logo.png").write_bytes(b"the project's")
    Photo.objects.bulk_create([Photo(thumbnail="thumbnails/logo.png")])
    Photo.objects.get().delete()
    assert stored("thumbnails/") == ["thumbnails/logo.png"]
