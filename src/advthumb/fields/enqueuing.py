"""Enqueuing the tasks that make thumbnails: one for each row and source.

Nothing here raises into a save. What could not be enqueued is logged, and the commands find it.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.utils import timezone
from django.utils.module_loading import import_string

from advthumb import conf
from advthumb.core.detection import ON_SAVE
from advthumb.task_framework import framework

from . import waiting
from .after_commit import after_commit
from .change import Change
from .waiting import Waiting

logger = logging.getLogger("advthumb")

TASK = "advthumb.background.make_thumbnails"
"""The dotted path of the task. It is imported on first use, because that needs a valid `TASKS` setting."""

_FIRST_DELAY = timedelta(seconds=30)
"""How long a failed task waits before its first retry; each further retry waits four times as long."""


class EnqueueError(Exception):
    """A task could not be enqueued; the message says why and names the settings."""


def enqueue_after_commit(wanted: Waiting) -> None:
    """Enqueue a task once the row is committed. If that fails, it is logged."""
    after_commit(lambda: enqueue_or_log(wanted), wanted.using)


def enqueue_postponed(changes: Sequence[Change[Model]], source: str, using: str) -> None:
    """After the commit, enqueue the task for thumbnails of one source that a save left to it, if any.

    Args:
        changes: What was found about these thumbnails.
        source: The name of their source.
        using: The database.
    """
    if not changes:
        return
    fresh = {each.field.name: each.new for each in changes if each.assessment.verdict not in ON_SAVE}
    fields = [change.field for change in changes]
    enqueue_after_commit(waiting.waiting_of(changes[0].instance, using, source, fields, fresh))


def enqueue_or_log(wanted: Waiting) -> None:
    """Enqueue a task now. If that fails, it is logged."""
    try:
        enqueue(wanted)
    except EnqueueError as error:
        logger.error(  # noqa: TRY400 - the message says it all
            "No task for the thumbnails of %s: %s. sync_thumbnails makes them.", named(wanted), error
        )


def enqueue(wanted: Waiting, *, attempt: int = 0) -> Waiting:
    """Enqueue a task now.

    Args:
        wanted: What it is to make.
        attempt: How often it was tried before. A later attempt is deferred.

    Returns:
        What the task makes: without fields for which another task is on its way.

    Raises:
        EnqueueError: It could not be enqueued.
    """
    new = waiting.begin(wanted)
    if not new.fields:
        return new
    try:
        later = timezone.now() + _FIRST_DELAY * 4 ** (attempt - 1) if attempt else None
        configured_task().using(run_after=later).enqueue(
            model=new.model._meta.label,
            key=list(new.key),
            using=new.using,
            source=new.source,
            fields=[field.name for field in new.fields],
            replaced=dict(new.replaced),
            attempt=attempt,
        )
    except Exception as error:
        waiting.end(new)
        problem = f"{type(error).__name__}: {error}"
        raise EnqueueError(f"{problem} (ADVANCE_THUMBNAIL_TASK is {conf.task()._asdict()})") from error
    return new


def named(wanted: Waiting) -> str:
    """Return the name of a row in messages."""
    return f"{wanted.model.__name__}(pk={', '.join(wanted.key)})"


def configured_task() -> Any:
    """Return the task with the queue, backend and priority of the settings.

    Raises:
        ImproperlyConfigured: There is no framework for tasks, no such backend, or it has no priorities.
        Exception: The backend refuses the queue; its exception depends on the framework.
    """
    settings = conf.task()
    backends = framework().task_backends
    if settings.backend not in backends.settings:
        msg = f"TASKS has no backend {settings.backend!r}, only {', '.join(map(repr, backends.settings))}"
        raise ImproperlyConfigured(msg)
    if settings.priority and not backends[settings.backend].supports_priority:
        msg = f"'priority' must be 0, because the backend {settings.backend!r} of TASKS has no priorities"
        raise ImproperlyConfigured(msg)
    task = import_string(TASK)
    return task.using(backend=settings.backend, queue_name=settings.queue, priority=settings.priority)


def can_defer() -> bool:
    """Return whether the configured backend can run a task at a later time."""
    return bool(framework().task_backends[conf.task().backend].supports_defer)
