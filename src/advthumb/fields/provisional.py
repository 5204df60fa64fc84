"""Files whose row is not committed yet, and what becomes of them if it never is."""

import threading
import weakref
from collections import OrderedDict

from django.core.files.storage import Storage
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from advthumb import storages

from .column import ThumbnailColumn

_KEPT = 10_000

_withdrawn: OrderedDict[str, None] = OrderedDict()
"""Names of files that went with a rollback, the latest of this process.

An instance can still carry such a name, and be saved again: then its thumbnail is made anew."""


_Held = weakref.WeakValueDictionary[tuple[ThumbnailColumn, str], set[str]]

_held: weakref.WeakKeyDictionary[BaseDatabaseWrapper, _Held] = weakref.WeakKeyDictionary()
"""The files of each row that a connection holds; an entry goes with the last that keeps it alive."""


_uncommitted: dict[int, tuple[int, str]] = {}
"""The files of this process whose rows are not committed yet, with the thread of each."""


def uncommitted() -> set[str]:
    """Return the files of other threads whose rows cannot be seen here, because they are not committed."""
    here = threading.get_ident()
    files = _uncommitted.copy()  # made in one step, whatever other threads do
    return {name for thread, name in files.values() if thread != here}


def commits_are_seen(using: str) -> bool:
    """Return whether Django can tell when what is written now is committed.

    Not so where the project manages transactions by itself (autocommit off, no `atomic`).
    """
    connection = connections[using]
    return bool(connection.in_atomic_block or connection.get_autocommit())


def hold(field: ThumbnailColumn, instance: Model, name: str, using: str) -> None:
    """Let a file that was just stored go with the transaction, should that be rolled back.

    Outside of a transaction there is nothing to roll back.

    Args:
        field: The thumbnail field whose file it is.
        instance: The row that is about to name it.
        name: Its name, as the storage gave it.
        using: The database of the row.
    """
    _withdrawn.pop(name, None)
    connection = connections[using]
    if connection.in_atomic_block:
        held = _held.setdefault(connection, weakref.WeakValueDictionary())
        names = held.setdefault(_row(field, instance), set())
        names.add(name)
        transaction.on_commit(_Provisional(field.storage, name, using, names), using)
        _put_last_first(connection)


def held_for(field: ThumbnailColumn, instance: Model, using: str) -> frozenset[str]:
    """Return the names that the transaction on its way may have written into a row already.

    Another instance of the row, loaded before, does not know of them.
    """
    held = _held.get(connections[using])
    return frozenset(held.get(_row(field, instance), ())) if held else frozenset()


def _row(field: ThumbnailColumn, instance: Model) -> tuple[ThumbnailColumn, str]:
    return field, str(getattr(instance, field.model._meta.pk.attname))


def _put_last_first(connection: BaseDatabaseWrapper) -> None:
    """Have the call that was registered last made first after the commit.

    If a call of the project's raises, Django drops those behind it, and the transaction is
    committed all the same. (In a `TestCase` nothing is committed, and `captureOnCommitCallbacks`
    tells calls by their position.)
    """
    calls = connection.run_on_commit
    if not any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        calls.insert(0, calls.pop())


class _Provisional:
    """A stored file whose row is not committed yet.

    Django has no hook for a rollback, but it drops the calls that were to follow the commit (of
    the transaction or the savepoint). This one is held by nobody else: it is then collected
    uncalled, at once, and takes the file with it.
    """

    __slots__ = ("__weakref__", "_finalizer", "_names")

    def __init__(self, storage: Storage, name: str, using: str, names: set[str]) -> None:
        self._names = names  # kept alive for `held_for`
        self._finalizer = weakref.finalize(self, _withdraw, storage, name, using, id(self))
        self._finalizer.atexit = False
        _uncommitted[id(self)] = threading.get_ident(), name

    def __call__(self) -> None:
        _uncommitted.pop(id(self), None)
        self._finalizer.detach()


def _withdraw(storage: Storage, name: str, using: str, key: int) -> None:
    """Delete the file of a row that was rolled back, if that and the file being new are certain.

    A storage that overwrites may have given it the name of another row's file, and during a
    rollback no query can tell. Where the connection broke at the end of a transaction, nobody
    knows whether it was committed. In both cases it stays, for `prune_thumbnails`.
    """
    _uncommitted.pop(key, None)
    connection = connections[using]
    if connection.errors_occurred and not connection.in_atomic_block:
        return
    if storages.never_overwrites(storage):
        _withdrawn[name] = None
        while len(_withdrawn) > _KEPT:
            _withdrawn.popitem(last=False)  # in one step, for other threads do so too
        storages.delete(storage, name)


def is_withdrawn(name: str) -> bool:
    """Return whether the file of that name went with a rollback in this process."""
    return name in _withdrawn
