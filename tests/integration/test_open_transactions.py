"""How long transactions of other connections have been open, read from real databases."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import ConnectionHandler, connection, connections, transaction

from advthumb.management import open_transactions as module
from advthumb.management.open_transactions import OpenTransactions, open_transactions
from tests.testapp.models import Attachment


class Elsewhere(threading.Thread):
    """A transaction on a separate connection, open until it is told to end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.end = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                Attachment.objects.create(file="thumbnails/x.jpg")
                self.begun.set()
                self.end.wait(30)
        finally:
            connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgresql")
def test_postgresql_reports_transactions_of_other_connections() -> None:
    assert open_transactions(["default"]) == OpenTransactions()
    other = Elsewhere()
    other.start()
    try:
        assert other.begun.wait(30)
        found = open_transactions(["default"])
        assert timedelta(minutes=1) < found.oldest < timedelta(minutes=2)  # clocks may differ by a minute
        assert found.notes == []
    finally:
        other.end.set()
        other.join()
    assert open_transactions(["default"]) == OpenTransactions()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgresql")
def test_postgresql_reports_hidden_connections() -> None:
    """Run as a role that may not see other users' connections."""
    other = Elsewhere()
    other.start()
    try:
        assert other.begun.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE IF EXISTS advthumb_nobody")
            cursor.execute("CREATE ROLE advthumb_nobody")
            cursor.execute("SET ROLE advthumb_nobody")
        (note,) = open_transactions(["default"]).notes
        assert "1 connections of other users are hidden" in note
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE advthumb_nobody")
        other.end.set()
        other.join()


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Replace the project's databases with an SQLite database on disk."""
    handler = ConnectionHandler(
        {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db.sqlite3"}}
    )
    monkeypatch.setattr(module, "connections", handler)
    monkeypatch.setattr(module, "_SQLITE_WAIT", 50)
    yield handler["default"]
    handler["default"].close()


def test_sqlite_is_busy_while_another_connection_writes(
    sqlite: Any, tmp_path: Path, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        assert open_transactions(["default"]) == OpenTransactions()
        other = sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert open_transactions(["default"]).writing == ["default"]
        other.execute("COMMIT")
        other.close()
        assert open_transactions(["default"]) == OpenTransactions()
        with sqlite.cursor() as cursor:
            assert cursor.execute("PRAGMA busy_timeout").fetchone() == (5000,)  # unchanged


def test_only_databases_of_the_project_are_checked() -> None:
    assert module.connections is connections
