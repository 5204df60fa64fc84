"""Tasks for the thumbnails of selected rows."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import router
from django.db.models import Model

from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.enqueuing import EnqueueError, enqueue
from advthumb.fields.files import stored_name
from advthumb.fields.relations import by_source
from advthumb.fields.waiting import waiting_of

logger = logging.getLogger("advthumb")


class Enqueued:
    """Enqueues a task for each source of the rows that pass.

    Args:
        fields: The thumbnail fields whose thumbnails are made again.

    Attributes:
        count: For how many thumbnails tasks were enqueued, or are on their way.
        failed: Whether a task could not be enqueued. After that, no other is tried.
    """

    def __init__(self, fields: Sequence[ThumbnailColumn]) -> None:
        self._groups = by_source(fields)
        self.count = 0
        self.failed = False

    def passing(self, rows: Iterable[Model]) -> Iterator[Model]:
        """Yield the rows as they are."""
        for row in rows:
            if not self.failed:
                self._enqueue(row)
            yield row

    def _enqueue(self, row: Model) -> None:
        using = router.db_for_write(type(row), instance=row)
        for group in self._groups:
            source: Any = getattr(row, group.source.attname)
            replaced = {field.name: stored_name(getattr(row, field.attname)) for field in group.fields}
            if source:
                try:
                    enqueue(waiting_of(row, using, source.name, group.fields, replaced))
                except EnqueueError as error:
                    logger.error("No task could be enqueued: %s", error)  # noqa: TRY400 - it says it all
                    self.failed = True
                    return
                self.count += len(group.fields)
