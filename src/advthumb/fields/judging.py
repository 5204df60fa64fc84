"""The verdict on thumbnails of one field, from names alone: no instance is needed."""

import logging

from advthumb.core.detection import Assessment, ThumbnailFacts
from advthumb.core.errors import ThumbnailError
from advthumb.core.names import ThumbnailName, valid_name
from advthumb.generation import Source
from advthumb.inspection import Inspector
from advthumb.memory import Memory

from .column import ThumbnailColumn

logger = logging.getLogger("advthumb")


class Judge:
    """Judges thumbnails of one field, row after row; what the rows share is worked out once.

    Args:
        field: The thumbnail field.
        memory: What the cache remembers of it.
        verify: How closely to look: `auto`, `name`, `stat` or `content`.
    """

    def __init__(self, field: ThumbnailColumn, memory: Memory, verify: str) -> None:
        self._field = field
        self._memory = memory
        self._inspector = Inspector(field.spec, field.source_field.storage, field.storage, memory, verify)

    def assess(self, source: Source | None, thumbnail_name: str, kept: str) -> Assessment:
        """Return the verdict on the thumbnail of one row.

        A storage that cannot be asked is no reason to make anything anew: the name decides then.

        Args:
            source: The row's source, None if it has none.
            thumbnail_name: What the row's column has: a name, a superseded one, or nothing.
            kept: What the row's `fingerprint_field` holds, empty without one.
        """
        if source is not None:
            thumbnail_name = valid_name(thumbnail_name)
        record = kept if self._field.fingerprint_field else self._remembered(source, thumbnail_name)
        thumbnail = ThumbnailFacts(thumbnail_name, record)
        try:
            return self._inspector.inspect(source, thumbnail)
        except ThumbnailError as error:
            name = source.name if source else ""
            logger.warning("%s of %r was judged by its name only: %s", self._field, name, error)
            return self._inspector.by_name(source, thumbnail)

    def _remembered(self, source: Source | None, thumbnail_name: str) -> str:
        """Return what the cache keeps beside the name, where the name does not say it all."""
        if source is None or ThumbnailName.parse(thumbnail_name):
            return ""
        return self._memory.record(thumbnail_name or source.name)
