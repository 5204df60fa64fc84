"""What happens once a row is committed: superseded files are deleted and signals are sent.

Nothing raises from here into the project's code (R7), and every function that Django calls is a plain one:
it names a function that raised by its `__qualname__`, which objects and partials lack.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.models import Model
from django.dispatch import Signal

from advthumb import conf, storages
from advthumb.core.names import is_ours
from advthumb.signals import thumbnail_deleted, thumbnail_failed, thumbnail_generated

from .change import Change
from .column import ThumbnailColumn
from .references import may_be_deleted, unreferenced
from .rollback import commits_are_seen

logger = logging.getLogger("advthumb")

_BATCH = 200
"""Names that a command gathers before it asks which of them are still named."""


def after_commit(call: Callable[[], object], using: str) -> Callable[[], None] | None:
    """Call something after the commit, and log what it raises.

    Where Django cannot tell when that is, nothing is called: old files stay and nothing is announced.

    Returns:
        What was registered with Django, None for nothing.
    """
    if not commits_are_seen(using):
        return None

    def advthumb_after_commit() -> None:
        try:
            call()
        except Exception:
            logger.exception("What advthumb does after a commit failed; nothing else is affected")

    transaction.on_commit(advthumb_after_commit, using)
    return advthumb_after_commit


def settle(change: Change[Model], using: str, cleanup: "Cleanup | None" = None) -> None:
    """Delete what a change superseded and tell receivers, after the commit.

    Args:
        change: What was written.
        using: The database.
        cleanup: Who deletes the old file, together with those of other rows; None for right after the commit.
    """
    instance, field = change.instance, change.field
    if change.old and change.old != change.new:
        discard(field, change.old, using, change.old_record, cleanup)
    if change.stored is not None:
        _announce(thumbnail_generated, instance, using, field=field, name=change.new, superseded=change.old)
    if change.error is not None:
        _announce(thumbnail_failed, instance, using, field=field, error=change.error)


def _announce(signal: Signal, instance: Model, using: str, **details: Any) -> None:
    """Send a signal after the commit, if anybody listens; a receiver that raises is logged."""
    sender = type(instance)
    if signal.has_listeners(sender):
        after_commit(lambda: _send(signal, sender, instance=instance, **details), using)


def _send(signal: Signal, sender: object, **details: Any) -> None:
    for receiver, answer in signal.send_robust(sender, **details):
        if isinstance(answer, Exception):
            logger.error("A receiver of a thumbnail signal failed: %r", receiver, exc_info=answer)


class Cleanup:
    """Superseded files, deleted in batches: each batch costs one question for references, not each file.

    It belongs to whoever makes it: a command, or a call of `refresh_thumbnails`. What is superseded in a
    transaction that is committed later is deleted then. What waits when the process is killed is left to
    `prune_thumbnails`.
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
        """Delete what still waits."""
        self._finished = True
        while self._names:
            (field, using), names = self._names.popitem()
            delete_unreferenced(field, using, names)


@contextmanager
def cleaning_up() -> Iterator[Cleanup]:
    """Give a `Cleanup`, and finish it at the end; what goes wrong there is logged."""
    cleanup = Cleanup()
    try:
        yield cleanup
    finally:
        try:
            cleanup.finish()
        except Exception:
            logger.exception("Superseded thumbnails stay behind, for prune_thumbnails")


def discard(
    field: ThumbnailColumn, name: str, using: str, record: str = "", cleanup: Cleanup | None = None
) -> None:
    """Delete a file of a thumbnail field after the commit, unless a row names it then.

    Within a transaction, deletions that follow each other are done together, so that deleting ten thousand
    rows asks for references in batches. Those of a savepoint are kept apart, because it may take them back.

    Args:
        field: The field.
        name: The file. One that we did not make is left alone: a placeholder of the project's, say.
        using: The database of the rows.
        record: What the row kept beside the name; what the cache holds counts as well.
        cleanup: Who deletes it, together with those of other rows; None for right after the commit.
    """
    if not name or not may_be_deleted(field, name, record or _remembered(field, name, using)):
        return
    waiting = _waiting_last(field, using, cleanup)
    if waiting is not None:
        waiting.add(name)
        return
    files = {name}

    def call() -> None:
        if cleanup is not None:
            cleanup.add(field, using, files)
        else:
            delete_unreferenced(field, using, files)

    registered = after_commit(call, using)
    if registered is not None:
        registered.__dict__["waiting"] = (field, cleanup, files)


def _remembered(field: ThumbnailColumn, name: str, using: str) -> str:
    """Return what the cache holds of a file that a storage gave another name than ours."""
    return "" if is_ours(name) else field.fingerprint_cache(using).record(name)


def _waiting_last(field: ThumbnailColumn, using: str, cleanup: Cleanup | None) -> set[str] | None:
    """Return the files of a field that were discarded last, if that was in the savepoint of now."""
    connection = connections[using]
    if not connection.run_on_commit:
        return None
    savepoints, call = connection.run_on_commit[-1][:2]
    waiting: tuple[ThumbnailColumn, Cleanup | None, set[str]] | None = getattr(call, "waiting", None)
    if waiting is None or savepoints != set(connection.savepoint_ids):
        return None
    return waiting[2] if waiting[0] == field and waiting[1] is cleanup else None


def delete_unreferenced(field: ThumbnailColumn, using: str, names: Iterable[str]) -> None:
    """Delete those files that no row names; with a time of grace they are left to `prune_thumbnails`."""
    grace = conf.keep_superseded()
    for name in sorted(unreferenced(field, names, using)):
        if grace:
            if not storages.mark_superseded(field.storage, name):
                field.fingerprint_cache(using).set_superseded(name, time.time())
        elif storages.delete(field.storage, name):
            _send(thumbnail_deleted, field.model, field=field, name=name)
