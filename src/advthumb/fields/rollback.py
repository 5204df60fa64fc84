"""New files whose row is not committed yet: they are deleted if the transaction is rolled back."""

import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Protocol

from django.core.files.storage import Storage
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from advthumb import storages
from advthumb.core.names import files_of

_KEPT = 10_000

_withdrawn: OrderedDict[str, None] = OrderedDict()
"""The latest names in this process that no row may have any longer: those of saves that failed or were rolled
back, and of files that the project deleted itself. An instance can still have such a name."""


_uncommitted: dict[str, int] = {}
"""The new files of this process whose rows are not committed yet, with the threads that wrote them."""


class _Named(Protocol):
    """A file object of an instance: a `ThumbnailFieldFile`, which this module cannot import."""

    in_row: bool


def commits_are_seen(using: str) -> bool:
    """Return whether Django knows when the current writes are committed.

    It does not if the project manages transactions itself (autocommit off, no `atomic`).
    """
    connection = connections[using]
    return bool(connection.in_atomic_block or connection.get_autocommit())


def delete_on_rollback(storage: Storage, name: str, using: str, *, ours: bool) -> None:
    """Delete this new thumbnail if the current transaction is rolled back; else there is nothing to do.

    Args:
        storage: Where its files are.
        name: The name of its main file, as the storage gave it.
        using: The database of the row that is about to name it.
        ours: Whether certainly no other file has this name. If not, the file stays, and only its name is
            withdrawn.
    """
    if connections[using].in_atomic_block:
        _uncommitted[name] = threading.get_ident()
        _on_rollback(using, lambda: _delete(storage, name, using, ours), lambda: _uncommitted.pop(name, None))


def uncommitted() -> set[str]:
    """Return the new files of this process whose rows this thread's connections cannot see yet."""
    here = threading.get_ident()
    return {name for name, thread in _uncommitted.copy().items() if thread != here}


def doubt_on_rollback(file: _Named, using: str) -> None:
    """If the transaction is rolled back, mark a file object: its name might not be in the row."""
    reference = weakref.ref(file)
    if connections[using].in_atomic_block:
        _on_rollback(using, lambda: _doubt(reference), lambda: None)


def _on_rollback(using: str, rolled_back: Callable[[], None], committed: Callable[[], object]) -> None:
    """Call one function if the current transaction or savepoint is rolled back, the other after its commit.

    Django has no hook for a rollback. But it drops the functions that would have run after the commit.
    Nothing else references `keep`, so it is then collected at once, without having been called, and its
    finalizer runs.
    """

    def keep() -> None:
        finalizer.detach()
        committed()

    finalizer = weakref.finalize(keep, rolled_back)
    finalizer.atexit = False
    transaction.on_commit(keep, using)
    _put_last_first(connections[using])


def _delete(storage: Storage, name: str, using: str, ours: bool) -> None:
    """Delete the files of a row that was rolled back.

    If the connection broke at the end of a transaction, it is not known whether it was committed. Then the
    files stay, for `prune_thumbnails`.
    """
    _uncommitted.pop(name, None)
    connection = connections[using]
    if connection.errors_occurred and not connection.in_atomic_block:
        return
    withdraw(name)
    if ours:
        deque(storages.delete_all(storage, files_of(name)), maxlen=0)


def _doubt(reference: "weakref.ref[_Named]") -> None:
    file = reference()
    if file is not None:
        file.in_row = False


def _put_last_first(connection: BaseDatabaseWrapper) -> None:
    """Make the function that was registered last run first after the commit.

    If one of the project's functions raises, Django drops the functions after it, although the transaction is
    committed. (A `TestCase` is left alone: nothing is committed there, and `captureOnCommitCallbacks` finds
    functions by their position.)
    """
    calls = connection.run_on_commit
    if not any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        calls.insert(0, calls.pop())


def withdraw(name: str) -> None:
    """Note that a name is in no row, or that its file is gone."""
    _withdrawn[name] = None
    while len(_withdrawn) > _KEPT:
        _withdrawn.popitem(last=False)  # in one step, because other threads do so too


def is_withdrawn(name: str) -> bool:
    """Return whether a name was withdrawn in this process."""
    return name in _withdrawn
