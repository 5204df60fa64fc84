"""Errors after a commit are logged: nothing raises, and the project's own callbacks run."""

import functools
import logging

import pytest
from django.db import DatabaseError, connection, connections, models, transaction

from advthumb.signals import thumbnail_deleted, thumbnail_failed, thumbnail_generated

from . import committing
from .models import BucketPhoto, LocalPhoto, LocalTwin, thumbnail
from .pictures import upload
from .scenes import faults, new, replace, shows, temporary_model
from .storages import Fault
from .world import World

pytestmark = committing

MODELS = pytest.mark.parametrize(
    "model", [LocalPhoto, LocalTwin, BucketPhoto], ids=lambda model: model.__name__
)


def newcomer():
    """Add a model in the folder of photos whose table does not exist yet."""
    image = models.ImageField(upload_to="local/images/", null=True)
    return temporary_model("Newcomer", table=False, image=image, thumbnail=thumbnail("local/thumbs/"))


@pytest.fixture
def ran():
    """Return a list of what the project's own callbacks did."""
    return []


@pytest.mark.parametrize("atomic", [True, False], ids=["in a transaction", "by itself"])
def test_a_missing_table_breaks_no_save_and_no_deletion(atomic, ran, caplog):
    row, other = new(1), new(5)
    with newcomer():
        if atomic:
            with transaction.atomic():
                replace(row, 2)
                transaction.on_commit(lambda: ran.append("save"))
            with transaction.atomic():
                other.delete()
                transaction.on_commit(lambda: ran.append("delete"))
            assert ran == ["save", "delete"]
        else:
            replace(row, 2)
            other.delete()
        assert "consistency_newcomer" in caplog.text
    assert shows(row) == (2, 2)
    assert not LocalPhoto.objects.filter(pk=other.pk).exists()
    assert faults(leftovers=True) == []


def test_a_missing_table_leaves_the_surrounding_transaction_usable(ran):
    """References are checked after the commit, and never inside the project's transaction."""
    row = new(1)
    with newcomer(), transaction.atomic():
        replace(row, 2)
        replace(row, 3)
        assert LocalPhoto.objects.count() == 1
        row.delete()
        assert not LocalPhoto.objects.exists()


class Receiver:
    """A callable object, which has no `__qualname__`."""

    def __call__(self, **_named):
        raise LookupError("the receiver is broken")


def broken(_reason, **_named):
    raise LookupError("the receiver is broken")


@MODELS
@pytest.mark.parametrize("signal", [thumbnail_generated, thumbnail_deleted], ids=["generated", "deleted"])
@pytest.mark.parametrize(
    "receiver", [Receiver(), functools.partial(broken, "for a reason")], ids=["object", "partial"]
)
def test_an_error_in_a_receiver_is_logged_and_the_rest_still_runs(model, signal, receiver, ran, caplog):
    row = new(1, model)
    seen = []

    def behind(**named):
        seen.append(named["name"])

    signal.connect(receiver)
    signal.connect(behind)
    try:
        with transaction.atomic():
            replace(row, 2)
            transaction.on_commit(lambda: ran.append("mine"))
        assert (len(seen), ran) == (len(World(model).names), ["mine"])
        row.delete()
    finally:
        signal.disconnect(receiver)
        signal.disconnect(behind)
    assert "the receiver is broken" in caplog.text or "LookupError" in caplog.text
    assert World(model).thumbnails() == set()


def test_an_error_in_a_failure_receiver_is_logged(ran, caplog):
    receiver = Receiver()
    thumbnail_failed.connect(receiver)
    try:
        with transaction.atomic():
            file = upload(1)
            file.truncate(40)
            LocalPhoto.objects.create(image=file)
            transaction.on_commit(lambda: ran.append("mine"))
    finally:
        thumbnail_failed.disconnect(receiver)
    assert ran == ["mine"]
    assert "the receiver is broken" in caplog.text or "LookupError" in caplog.text


@MODELS
@pytest.mark.parametrize("call", ["delete", "exists", "size", "get_modified_time"])
def test_a_storage_that_fails_after_the_commit_is_logged(model, call, ran, caplog):
    caplog.set_level(logging.CRITICAL, "advthumb")
    row = new(1, model)
    storage = World(model).storage
    with Fault(storage, call, for_good=True), transaction.atomic():
        row.image = None
        row.save()
        transaction.on_commit(lambda: ran.append("mine"))
    assert ran == ["mine"]
    assert set(shows(row)) == {None}
    with Fault(storage, call, for_good=True):
        new(2, model).delete()
    assert faults(model, leftovers=True) == []


def test_signals_are_sent_only_for_committed_changes():
    seen = []

    def hear(instance, name, **_named):
        seen.append((instance.pk, name))

    row = new(1)
    thumbnail_generated.connect(hear)
    try:
        with transaction.atomic():
            replace(row, 2)
            assert seen == []
        now = LocalPhoto.objects.get()
        assert seen == [(row.pk, now.thumbnail.name)]
        with pytest.raises(LookupError), transaction.atomic():
            replace(row, 3)
            raise LookupError
        assert len(seen) == 1
    finally:
        thumbnail_generated.disconnect(hear)


@pytest.fixture
def postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL can stop a query or a connection from outside")


def test_a_reference_query_that_times_out_is_logged(postgresql, ran, caplog, monkeypatch):
    """A statement timeout stops the query for rows that still name the old file."""
    row = new(1)

    def slow(execute, sql, params, many, context):
        if sql.lstrip("(").startswith("SELECT") and "consistency_localtwin" in sql:
            sql, params = "SELECT pg_sleep(5)", ()
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '100ms'")
    try:
        with connection.execute_wrapper(slow), transaction.atomic():
            replace(row, 2)
            transaction.on_commit(lambda: ran.append("mine"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    assert ran == ["mine"]
    assert "statement timeout" in caplog.text
    assert shows(row) == (2, 2)
    assert faults(leftovers=True) == []


def lose_the_connection():
    """End the connection on the server's side, as a restart does."""
    server = connection.connection.info.backend_pid
    other = connection.copy("another")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [server])
    other.close()


@pytest.mark.parametrize(
    "when", ["between file and row", "between row and commit", "between commit and clean-up"]
)
def test_a_lost_connection_leaves_the_row_consistent(postgresql, when, ran, monkeypatch):
    row = new(1)
    storage = World(LocalPhoto).storage

    if when == "between file and row":
        save = storage._save

        def breaking(name, content):
            stored = save(name, content)
            if "thumbs/" in name:
                lose_the_connection()
            return stored

        monkeypatch.setattr(storage._wrapped, "_save", breaking)
    try:
        with transaction.atomic():
            if when == "between commit and clean-up":
                transaction.on_commit(lose_the_connection)
            replace(row, 2)
            if when == "between row and commit":
                lose_the_connection()
    except DatabaseError:
        if when == "between commit and clean-up":
            raise
    monkeypatch.undo()
    connections["default"].close()
    number = 2 if when == "between commit and clean-up" else 1
    assert shows(row) == (number, number)
    assert faults(leftovers=True) == []
    row.save()
    assert set(shows(row)) <= {2, None}
    assert faults(leftovers=True) == []
