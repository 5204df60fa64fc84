"""After the row is written: superseded files go and signals are sent, once it is committed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connections, transaction
from django.dispatch import Signal

from advthumb import storages
from advthumb.core.names import file_behind
from advthumb.signals import thumbnail_failed, thumbnail_generated

from .column import ThumbnailColumn
from .concurrency import Claim
from .provisional import commits_are_seen
from .references import unreferenced
from .state import Change

_BATCH = 200
"""Names per reference query; the smallest limit on query parameters (SQLite's 999) holds
for models with up to four file columns."""


def settle(change: Change, using: str, claim: Claim | None = None) -> None:
    """Remove what was superseded and tell receivers, after the current transaction commits.

    Args:
        change: What was written.
        using: The database.
        claim: That of the change, where it is not certain that the row has got it.
    """
    known = claim.known if claim is not None else frozenset()
    if claim is not None or (change.old and change.old != change.new):
        # Another process may have superseded ours by then: it is looked for in the same question.
        discard(change.field, {change.old, change.new, *known}, using, claim)
    if change.stored is not None:
        _announce(thumbnail_generated, change, using, name=change.stored.name)
    if change.error is not None:
        _announce(thumbnail_failed, change, using, error=change.error)


def _after_commit(call: Callable[[], object], using: str) -> None:
    """Call something after the commit; where that cannot be seen, old files stay and nothing is announced."""
    if commits_are_seen(using):
        transaction.on_commit(call, using, robust=True)


def _announce(signal: Signal, change: Change, using: str, **details: Any) -> None:
    sender = type(change.instance)
    if signal.has_listeners(sender):
        send = partial(signal.send_robust, sender, instance=change.instance, field=change.field, **details)
        _after_commit(send, using)


@dataclass(slots=True)
class _Disposal:
    """The files of one field that one transaction supersedes, deleted together.

    Attributes:
        thumbnail_field: The field.
        using: The database.
        names: The files, and those that may have been superseded already.
        claims: Those among them that belong into a row.
    """

    thumbnail_field: ThumbnailColumn
    using: str
    names: set[str] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)

    def __call__(self) -> None:
        """Delete them now that the transaction is committed, or with those of later ones."""
        if _gathered.batches is None:
            self.dispose()
            return
        key = (self.thumbnail_field, self.using)
        batch = _gathered.batches.setdefault(key, _Disposal(*key))
        batch.names |= self.names
        batch.claims += self.claims
        if len(batch.names) >= _BATCH:
            _gathered.batches.pop(key).dispose()

    def dispose(self) -> None:
        """Delete those files that no row names, once those that belong into a row are there."""
        names = sorted(self.names)
        needed: set[str] = set()
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            needed.update(set(batch) - unreferenced(self.thumbnail_field, batch, self.using))
        for claim in self.claims:
            superseded = claim.enforce() if claim.name not in needed else None
            if superseded is not None:
                needed.add(claim.name)
                discard(self.thumbnail_field, {superseded}, self.using)
        for name in names:
            if name not in needed:
                storages.delete(self.thumbnail_field.storage, name)


class _Gathered(threading.local):
    """The files that wait for their batch to be full, in a thread that gathers them."""

    batches: "dict[tuple[ThumbnailColumn, str], _Disposal] | None" = None


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


def discard(
    thumbnail_field: ThumbnailColumn, names: set[str], using: str, claim: Claim | None = None
) -> None:
    """Delete files of a thumbnail field after commit, except those that a row names then.

    Deletions that follow each other in a transaction are gathered, so that deleting ten thousand
    rows asks for references in batches. Those of a savepoint are kept apart, for it may take them back.

    Args:
        thumbnail_field: The field.
        names: What rows had, superseded or not; nothing is allowed too.
        using: The database of the rows.
        claim: That of one of the files to a place in a row.
    """
    files = {file_behind(name) for name in names} - {""}
    claims = [] if claim is None else [claim]
    last = _last_disposal(thumbnail_field, using)
    if last is not None:
        last.names |= files
        last.claims += claims
    else:
        _after_commit(_Disposal(thumbnail_field, using, files, claims), using)


def _last_disposal(thumbnail_field: ThumbnailColumn, using: str) -> _Disposal | None:
    """Return the deletions of a field that were asked for last, if that was in the savepoint of now."""
    connection = connections[using]
    if not connection.run_on_commit:
        return None
    savepoints, call = connection.run_on_commit[-1][:2]
    if savepoints != set(connection.savepoint_ids):
        return None
    return call if isinstance(call, _Disposal) and call.thumbnail_field == thumbnail_field else None
