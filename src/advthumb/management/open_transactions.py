"""How long transactions have been open, because the rows that they wrote are not visible yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error

_CLOCKS_APART = timedelta(minutes=1)
"""The maximum difference between the clocks of the database and the storage."""

_SQLITE_WAIT = 2000
"""Milliseconds to wait for a transaction that writes to an SQLite database."""


@dataclass(slots=True)
class OpenTransactions:
    """The transactions that are open on other connections of some databases.

    Attributes:
        oldest: How long the oldest one has been open; zero if there is none.
        writing: SQLite databases that another connection is writing to; since when is unknown.
        notes: What a database does not report, as sentences.
    """

    oldest: timedelta = timedelta(0)
    writing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def open_transactions(databases: Iterable[str]) -> OpenTransactions:
    """Query how long transactions have been open on some databases."""
    found = OpenTransactions()
    for using in databases:
        look = _LOOKS.get(connections[using].vendor, _look_nowhere)
        try:
            look(connections[using], found)
        except Error as error:
            _note(found, using, f"{type(error).__name__}: {str(error).strip()}")
    return found


def _note(found: OpenTransactions, using: str, reason: str) -> None:
    found.notes.append(
        f"The database {using!r} does not report which transactions are open ({reason}). Choose --older-than "
        "longer than any transaction that saves pictures takes."
    )


def _took(found: OpenTransactions, seconds: object) -> None:
    """Record a transaction; the database returns a number, or NULL if there is none."""
    if seconds is not None:
        age = timedelta(seconds=float(str(seconds))) + _CLOCKS_APART
        found.oldest = max(found.oldest, age)


def _look_at_postgresql(connection: BaseDatabaseWrapper, found: OpenTransactions) -> None:
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXTRACT(EPOCH FROM max(clock_timestamp() - xact_start)),"
            " count(*) FILTER (WHERE query = '<insufficient privilege>')"
            " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            # Server processes (autovacuum) write no rows. Hidden connections do not show their type.
            " AND COALESCE(backend_type, 'client backend') = 'client backend'"
        )
        seconds, hidden = cursor.fetchone()
    _took(found, seconds)
    if hidden:
        _note(found, connection.alias, f"{hidden} connections of other users are hidden")


def _look_at_mysql(connection: BaseDatabaseWrapper, found: OpenTransactions) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT TIMESTAMPDIFF(SECOND, MIN(trx_started), NOW()) FROM information_schema.innodb_trx"
            # This lists the whole server; other databases and server processes do not count.
            " JOIN information_schema.processlist AS client ON client.id = trx_mysql_thread_id"
            " WHERE client.id <> CONNECTION_ID() AND (client.db = DATABASE() OR client.db IS NULL)"
        )
        (seconds,) = cursor.fetchone()
    _took(found, seconds)


def _look_at_sqlite(connection: BaseDatabaseWrapper, found: OpenTransactions) -> None:
    """Try to get the write lock: only one connection can hold it, and that connection sees all rows."""
    if connection.in_atomic_block or not connection.get_autocommit():
        return  # we see what our own transaction wrote, and no other one can write meanwhile
    with connection.cursor() as cursor:
        (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_WAIT}")
        try:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        except Error:
            found.writing.append(connection.alias)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {before}")


def _look_nowhere(connection: BaseDatabaseWrapper, found: OpenTransactions) -> None:
    _note(found, connection.alias, f"advthumb cannot ask {connection.display_name}")


_LOOKS: dict[str, Callable[[BaseDatabaseWrapper, OpenTransactions], None]] = {
    "postgresql": _look_at_postgresql,
    "mysql": _look_at_mysql,
    "sqlite": _look_at_sqlite,
}
