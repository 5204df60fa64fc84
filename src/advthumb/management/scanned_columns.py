"""One thumbnail field in the rows of a scan: where its values stand, and the verdict on them."""

from typing import Any, NamedTuple

from advthumb.cache import FingerprintCache
from advthumb.core.detection import Assessment
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.waiting import judged
from advthumb.generation import Source
from advthumb.inspection import Inspector

from .listed import ListedFiles

Row = tuple[Any, ...]
"""The primary key and the columns of a scan."""


class Assessed(NamedTuple):
    """One thumbnail of one row, the text of its focal point, and the verdict on it."""

    field: ThumbnailColumn
    source_name: str
    thumbnail_name: str
    point: str
    assessment: Assessment


class ScannedColumn(NamedTuple):
    """The positions of one thumbnail field's values in a row, and the inspector for its verdicts."""

    field: ThumbnailColumn
    inspector: Inspector
    cache: FingerprintCache
    source: int
    thumbnail: int
    record: int | None
    point: int | None

    def point_in(self, row: Row) -> str:
        """Return the text of a row's focal point, empty for none."""
        return "" if self.point is None else str(row[self.point] or "")

    def assess(self, row: Row, source: Source | None, listed: ListedFiles) -> Assessed:
        """Return the verdict on a row's thumbnail.

        Args:
            row: The row.
            source: Its source, None if it has none.
            listed: What is known about its files.
        """
        source_name, thumbnail_name = row[self.source] or "", row[self.thumbnail] or ""
        record = (row[self.record] if self.record is not None else "") or ""
        point, reported = self.point_in(row), listed.thumbnail(self.thumbnail, thumbnail_name)
        assessment = self.inspector.assess(source, thumbnail_name, record, reported, point)
        assessment = judged(assessment, self.field, row[0], source_name, self.cache)
        return Assessed(self.field, source_name, thumbnail_name, point, assessment)
