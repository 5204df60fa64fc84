"""After the row is written: superseded files go and signals are sent, once it is committed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction
from django.dispatch import Signal

from advthumb import storages
from advthumb.signals import thumbnail_failed, thumbnail_generated

from .references import still_named

if TYPE_CHECKING:
    from .changes import Change
    from .thumbnail import AdvanceThumbnailField

_BATCH = 200
"""Names per reference query; the smallest limit on query parameters (SQLite's 999) holds
for models with up to four file columns."""


def settle(change: "Change", using: str) -> None:
    """Remove what was superseded and tell receivers, after the current transaction commits."""
    if change.old and change.old != change.new:
        # Another process may have superseded ours by then: it is looked for in the same question.
        discard(change.field, {change.old, change.new} - {""}, using)
    if change.stored is not None:
        _announce(thumbnail_generated, change, using, name=change.stored.name)
    if change.error is not None:
        _announce(thumbnail_failed, change, using, error=change.error)


def _after_commit(call: Callable[[], object], using: str) -> None:
    """Call something after the commit.

    Where the project manages transactions by itself (autocommit off, no `atomic`) Django cannot
    tell when that is. Then old files stay and nothing is announced.
    """
    connection = connections[using]
    if connection.in_atomic_block or connection.get_autocommit():
        transaction.on_commit(call, using, robust=True)


def _announce(signal: Signal, change: "Change", using: str, **details: Any) -> None:
    sender = type(change.instance)
    if signal.has_listeners(sender):
        send = partial(signal.send_robust, sender, instance=change.instance, field=change.field, **details)
        _after_commit(send, using)


@dataclass(slots=True)
class _Disposal:
    """The files of one field that one transaction supersedes, deleted together."""

    thumbnail_field: "AdvanceThumbnailField"
    using: str
    names: set[str] = field(default_factory=set)

    def __call__(self) -> None:
        """Delete them now that the transaction is committed, or with those of later ones."""
        if _gathered.batches is None:
            self.dispose()
            return
        key = (self.thumbnail_field, self.using)
        batch = _gathered.batches.setdefault(key, _Disposal(*key))
        batch.names |= self.names
        if len(batch.names) >= _BATCH:
            _gathered.batches.pop(key).dispose()

    def dispose(self) -> None:
        """Delete those files that no row names."""
        names = sorted(self.names)
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            for name in set(batch) - still_named(self.thumbnail_field, batch, self.using):
                storages.delete(self.thumbnail_field.storage, name)


class _Gathered(threading.local):
    """The files that wait for their batch to be full, in a thread that gathers them."""

    batches: "dict[tuple[AdvanceThumbnailField, str], _Disposal] | None" = None


_gathered = _Gathered()


@contextmanager
def gathering() -> Iterator[None]:
    """Delete superseded files in batches while many rows are gone through in this thread.

    Each batch costs one question for references, not each file. What waits when the process is
    killed is left to `prune_thumbnails`.
    """
    if _gathered.batches is not None:
        yield
        return
    _gathered.batches = {}
    try:
        yield
    finally:
        batches, _gathered.batches = _gathered.batches, None
        for batch in batches.values():
            batch.dispose()


def discard(thumbnail_field: "AdvanceThumbnailField", names: set[str], using: str) -> None:
    """Delete files of a thumbnail field after commit, except those that a row names then.

    Deletions that follow each other in a transaction are gathered, so that deleting ten thousand
    rows asks for references in batches. Where a savepoint takes one of them back, its row names
    the file again, and it stays.
    """
    on_commit = connections[using].run_on_commit
    last = on_commit[-1][1] if on_commit else None
    if isinstance(last, _Disposal) and last.thumbnail_field == thumbnail_field:
        last.names |= names
    else:
        _after_commit(_Disposal(thumbnail_field, using, set(names)), using)
