"""The task that makes thumbnails in a worker: identifiers in, `Pictures` out.

This module is imported on first use, and by workers. It is not called tasks.py, because Celery imports the
tasks.py of every app when it starts, also where django-tasks is not installed.
"""

import logging
from collections.abc import Mapping, Sequence

from django.apps import apps
from django.db.models import Model

from advthumb import conf
from advthumb.core.detection import ON_SAVE
from advthumb.core.errors import ErrorCode
from advthumb.fields import waiting
from advthumb.fields.change import Change
from advthumb.fields.enqueuing import EnqueueError, enqueue, named
from advthumb.fields.files import stored_name
from advthumb.fields.making import Demand
from advthumb.fields.pictures import Pictures
from advthumb.fields.relations import thumbnail_fields
from advthumb.fields.rows import all_rows
from advthumb.fields.waiting import Waiting
from advthumb.generation import Source
from advthumb.task_framework import framework

logger = logging.getLogger("advthumb")

_MAY_PASS = frozenset({ErrorCode.STORAGE, ErrorCode.ENGINE})
"""The failures that are tried again; the others are the picture's."""


@framework().task(backend=conf.task().backend, queue_name=conf.task().queue)  # type: ignore[untyped-decorator]
def make_thumbnails(
    *,
    model: str,
    key: Sequence[str],
    using: str,
    source: str,
    fields: Sequence[str],
    replaced: Mapping[str, str],
    attempt: int = 0,
) -> dict[str, str]:
    """Make the thumbnails of one source of one row, if they are still wanted.

    It may run twice, late or out of order. If the row is gone or has another source, it changes nothing.

    Args:
        model: The label of the model.
        key: The primary key of the row, as texts.
        using: The database.
        source: The name of the source, empty for none.
        fields: The names of the thumbnail fields.
        replaced: Thumbnails that are made again although they are fresh; see `Waiting`.
        attempt: How often this was tried before.

    Returns:
        By field name, `made`, `left`, or the code of the error.
    """
    kind = apps.get_model(model)
    chosen = [field for field in thumbnail_fields(kind) if field.name in fields]
    wanted = Waiting(kind, key, using, source, chosen, replaced)
    waiting.end(wanted)
    row = all_rows(kind, using).filter(**waiting.key_lookups(kind, key)).first()
    if row is None or not chosen or stored_name(getattr(row, chosen[0].source_field.attname)) != source:
        return {}
    storage = chosen[0].source_field.storage
    pictures = Pictures(row, chosen, Source(storage, source) if source else None, using)
    pictures.look("content")
    pictures.render(Demand(ON_SAVE, replaced=replaced))
    pictures.write()
    pictures.settle()
    _try_again(wanted, pictures, attempt)
    return {change.field.name: _outcome(change) for change in pictures.changes}


def _outcome(change: Change[Model]) -> str:
    if change.error is not None:
        return str(change.error.code)
    return "made" if change.made else "left"


def _try_again(wanted: Waiting, pictures: Pictures, attempt: int) -> None:
    """Enqueue another task for what failed for a reason that may pass, if the backend can defer it."""
    failed = [change.field for change in pictures.changes if change.error and change.error.code in _MAY_PASS]
    if not failed or attempt >= conf.task().retries:
        return
    try:
        enqueue(wanted._replace(fields=failed), attempt=attempt + 1)
    except EnqueueError as error:
        logger.warning("The thumbnails of %s are not tried again by a task: %s", named(wanted), error)
