"""Files whose row is not committed yet, and what becomes of them if it never is."""

import weakref

from django.core.files.storage import Storage
from django.db import connections, transaction

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
    if connections[using].in_atomic_block:
        transaction.on_commit(_Provisional(storage, name), using)


class _Provisional:
    """A stored file whose row is not committed yet.

    Django has no hook for a rollback, but it drops the calls that were to follow the commit (of
    the transaction or the savepoint). This one is held by nobody else: it is then collected
    uncalled, at once, and takes the file with it.
    """

    __slots__ = ("__weakref__", "_finalizer")

    def __init__(self, storage: Storage, name: str) -> None:
        self._finalizer = weakref.finalize(self, _withdraw, storage, name)
        self._finalizer.atexit = False

    def __call__(self) -> None:
        self._finalizer.detach()


def _withdraw(storage: Storage, name: str) -> None:
    """Delete the file of a row that was rolled back, if it is certain that it was a new one.

    A storage that overwrites may have given it the name of another row's file, and during a
    rollback no query can tell. There it stays, for `prune_thumbnails`.
    """
    if storages.never_overwrites(storage):
        _withdrawn[name] = None
        while len(_withdrawn) > _KEPT:
            _withdrawn.pop(next(iter(_withdrawn)), None)
        storages.delete(storage, name)


def is_withdrawn(name: str) -> bool:
    """Return whether the file of that name went with a rollback in this process."""
    return name in _withdrawn
