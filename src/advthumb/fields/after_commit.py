"""What happens after a row is committed: superseded files are deleted and signals are sent.

Nothing raises from here into the project's code (R7). Every function that Django calls is a plain function:
Django logs a function that raised by its `__qualname__`, which objects and partials lack.
"""

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from django.db import connections, transaction
from django.db.models import Model
from django.dispatch import Signal

from advthumb import conf, storages
from advthumb.core.names import is_ours
from advthumb.signals import thumbnail_deleted, thumbnail_failed, thumbnail_generated

from .change import Change
from .column import ThumbnailColumn
from .references import may_be_deleted, unused_files
from .rollback import commits_are_seen

logger = logging.getLogger("advthumb")

_BATCH = 200
"""How many names a command gathers before it asks which of them rows still name."""

_pending: "WeakKeyDictionary[Any, WeakValueDictionary[object, Callable[[], None]]]" = WeakKeyDictionary()
"""The functions that will delete files after the commit: by connection, then by field, `Cleanup` and
savepoints. A rollback removes them, because Django then drops its own reference, the only other one."""


def after_commit(call: Callable[[], object], using: str) -> Callable[[], None] | None:
    """Call a function after the commit, and log what it raises.

    If Django cannot tell when the commit happens, nothing is called: old files stay and no signal is sent.

    Returns:
        The function that was registered with Django, None for nothing.
    """
    if not commits_are_seen(using):
        return None

    def advthumb_after_commit() -> None:
        try:
            call()
        except Exception:
            logger.exception("The work of advthumb after a commit failed; nothing else is affected")

    transaction.on_commit(advthumb_after_commit, using)
    return advthumb_after_commit


def settle(change: Change[Model], using: str, cleanup: "Cleanup | None" = None) -> None:
    """After the commit, delete what a change superseded and send the signals.

    Args:
        change: What was written.
        using: The database.
        cleanup: Deletes the old file together with those of other rows; None to delete it right after the
            commit.
    """
    instance, field = change.instance, change.field
    if change.old and change.old != change.new:
        discard(field, change.old, using, change.old_record, cleanup)
    if change.stored is not None:
        details = {"name": change.new, "superseded": change.old, "bytes": change.stored.bytes}
        _announce(thumbnail_generated, instance, using, field=field, seconds=change.seconds, **details)
    if change.error is not None:
        _announce(thumbnail_failed, instance, using, field=field, error=change.error, seconds=change.seconds)


def _announce(signal: Signal, instance: Model, using: str, **details: Any) -> None:
    """Send a signal after the commit, if it has receivers; a receiver that raises is logged."""
    sender = type(instance)
    if signal.has_listeners(sender):
        after_commit(lambda: _send(signal, sender, instance=instance, **details), using)


def _send(signal: Signal, sender: object, **details: Any) -> None:
    for receiver, answer in signal.send_robust(sender, **details):
        if isinstance(answer, Exception):
            logger.error("A receiver of a thumbnail signal failed: %r", receiver, exc_info=answer)


class Cleanup:
    """Superseded files, deleted in batches: references are looked up once per batch, not once per file.

    It belongs to the code that makes it: a command, or a call of `refresh_thumbnails`. Files that are
    superseded in a transaction which is committed later are deleted then. If the process is killed,
    `prune_thumbnails` deletes the files that still waited.
    """

    def __init__(self) -> None:
        self._names: dict[tuple[ThumbnailColumn, str], set[str]] = {}
        self._finished = False

    def add(self, field: ThumbnailColumn, using: str, names: Iterable[str]) -> None:
        """Delete files of a field that are no longer needed, now or with those of later rows."""
        waiting = self._names.setdefault((field, using), set())
        waiting.update(names)
        if self._finished or len(waiting) >= _BATCH:
            delete_unreferenced(field, using, self._names.pop((field, using)))

    def finish(self) -> None:
        """Delete the files that still wait."""
        self._finished = True
        while self._names:
            (field, using), names = self._names.popitem()
            delete_unreferenced(field, using, names)


@contextmanager
def cleaning_up() -> Iterator[Cleanup]:
    """Give a `Cleanup`, and finish it at the end; errors at that point are logged."""
    cleanup = Cleanup()
    try:
        yield cleanup
    finally:
        try:
            cleanup.finish()
        except Exception:
            logger.exception("Superseded thumbnails were not deleted; prune_thumbnails finds them")


def discard(
    field: ThumbnailColumn, name: str, using: str, record: str = "", cleanup: Cleanup | None = None
) -> None:
    """Delete a file of a thumbnail field after the commit, unless a row still names it.

    Deletions in one transaction are done together, so that deleting ten thousand rows looks up references in
    batches. Deletions in a savepoint are kept separate, because it may be rolled back.

    Args:
        field: The field.
        name: The file. A file that we did not make, such as the project's placeholder, is left alone.
        using: The database of the rows.
        record: What the row kept beside the name; what the cache holds counts as well.
        cleanup: Deletes the file together with those of other rows; None to delete it right after the commit.
    """
    if not name or not may_be_deleted(field, name, record or _remembered(field, name, using)):
        return
    connection = connections[using]
    pending = _pending.setdefault(connection, WeakValueDictionary())
    key = field, cleanup, frozenset(connection.savepoint_ids)
    registered = pending.get(key)
    if registered is not None:
        registered.__dict__["files"].add(name)
        return
    files = {name}

    def call() -> None:
        pending.pop(key, None)  # Later deletions are for a later commit, and need a call of their own.
        if cleanup is not None:
            cleanup.add(field, using, files)
        else:
            delete_unreferenced(field, using, files)

    registered = after_commit(call, using)
    if registered is not None and connection.in_atomic_block:
        registered.__dict__["files"] = files
        pending[key] = registered


def _remembered(field: ThumbnailColumn, name: str, using: str) -> str:
    """Return the cached record of a file, if its storage gave it another name than ours."""
    return "" if is_ours(name) else field.fingerprint_cache(using).record(name)


def delete_unreferenced(field: ThumbnailColumn, using: str, names: Iterable[str]) -> None:
    """Delete the thumbnails that no row names, with all files of their sets.

    Main files come first: wherever there is one, its set is complete. With
    `ADVANCE_THUMBNAIL_KEEP_SUPERSEDED`, the files are only marked, and left to `prune_thumbnails`.
    """
    unused = unused_files(field, names, using)
    if not conf.keep_superseded():
        for name in storages.delete_all(field.storage, itertools.chain.from_iterable(unused.values())):
            _send(thumbnail_deleted, field.model, field=field, name=name)
        return
    for name, files in unused.items():
        marked = [storages.mark_superseded(field.storage, each) for each in files]
        if not all(marked):
            field.fingerprint_cache(using).set_superseded(name, time.time())
