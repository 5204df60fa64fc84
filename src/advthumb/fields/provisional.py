"""Files whose row is not committed yet, and what becomes of them if it never is."""

import weakref

from django.core.files.storage import Storage
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from advthumb import storages

_KEPT = 10_000

_withdrawn: dict[str, None] = {}
"""Names of files that went with a rollback, the latest of this process.

An instance can still carry such a name, and be saved again: then its thumbnail is made anew."""


def hold(storage: Storage, name: str, using: str) -> None:
    """Let a file that was just stored go with the transaction, should that be rolled back.

    Outside of a transaction there is nothing to roll back.

    Args:
        storage: Where the file is.
        name: Its name there, as the storage gave it.
        using: The database whose row is about to name it.
    """
    _withdrawn.pop(name, None)
    connection = connections[using]
    if connection.in_atomic_block:
        transaction.on_commit(_Provisional(storage, name, using), using)
        _put_last_first(connection)


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

    __slots__ = ("__weakref__", "_finalizer")

    def __init__(self, storage: Storage, name: str, using: str) -> None:
        self._finalizer = weakref.finalize(self, _withdraw, storage, name, using)
        self._finalizer.atexit = False

    def __call__(self) -> None:
        self._finalizer.detach()


def _withdraw(storage: Storage, name: str, using: str) -> None:
    """Delete the file of a row that was rolled back, if that and the file being new are certain.

    A storage that overwrites may have given it the name of another row's file, and during a
    rollback no query can tell. Where the connection broke at the end of a transaction, nobody
    knows whether it was committed. In both cases it stays, for `prune_thumbnails`.
    """
    connection = connections[using]
    if connection.errors_occurred and not connection.in_atomic_block:
        return
    if storages.never_overwrites(storage):
        _withdrawn[name] = None
        while len(_withdrawn) > _KEPT:
            _withdrawn.pop(next(iter(_withdrawn)), None)
        storages.delete(storage, name)


def is_withdrawn(name: str) -> bool:
    """Return whether the file of that name went with a rollback in this process."""
    return name in _withdrawn
