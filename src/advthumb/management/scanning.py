"""The rows of a walk, streamed by primary key, and a verdict on each of their thumbnails.

Only the few columns that the verdict needs are fetched; no instance is loaded.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from advthumb.core.detection import Assessment, valid_name
from advthumb.fields import AdvanceThumbnailField
from advthumb.fields.judging import Judge
from advthumb.generation import Source
from advthumb.memory import Memory

from .selection import Walk

CHUNK = 2000
"""Rows per query: few enough to be held, many enough that the query itself costs nothing."""

Row = tuple[Any, ...]
"""The primary key and the columns of `Scan`."""


class Judged(NamedTuple):
    """One thumbnail of one row, and the verdict on it."""

    field: AdvanceThumbnailField
    source_name: str
    thumbnail_name: str
    assessment: Assessment


class _Column(NamedTuple):
    """Where the values of one thumbnail field stand in a row, and who judges them."""

    field: AdvanceThumbnailField
    judge: Judge
    memory: Memory
    source: int
    thumbnail: int
    kept: int | None


class Scan:
    """Looks at all rows of a walk.

    Args:
        walk: What to look at.
        verify: How closely: `auto`, `name`, `stat` or `content`.
        forget: Drop what the cache holds about each row before looking at it.
        dry_run: Leave the cache as it is; what should be forgotten is not asked for.
    """

    def __init__(self, walk: Walk, verify: str, *, forget: bool = False, dry_run: bool = False) -> None:
        self._walk = walk
        self._forget = forget
        self._names = ["pk"]
        self._columns = []
        for field in walk.fields:
            memory = Memory(str(field), walk.using, reads=not (forget and dry_run), writes=not dry_run)
            self._columns.append(
                _Column(
                    field,
                    Judge(field, memory, verify),
                    memory,
                    source=self._place(field.source_field.attname),
                    thumbnail=self._place(field.attname),
                    kept=self._place(field.fingerprint_field) if field.fingerprint_field else None,
                )
            )

    def _place(self, name: str) -> int:
        """Return the position of a column in a row, adding it if it is new."""
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def rows(self) -> Iterator[Row]:
        """Yield all rows in order of the primary key, a bounded number at a time.

        Each chunk is a query of its own that starts behind the last key, so that no cursor stays
        open while rows are written, and what is inserted or deleted meanwhile moves nothing.
        """
        rows = self._walk.rows.order_by("pk").values_list(*self._names)
        chunk = list(rows[:CHUNK])
        while chunk:
            if self._forget:
                self._forget_all(chunk)
            yield from chunk
            if len(chunk) < CHUNK:
                return
            chunk = list(rows.filter(pk__gt=chunk[-1][0])[:CHUNK])

    def _forget_all(self, chunk: list[Row]) -> None:
        for column in self._columns:
            names = {row[place] for row in chunk for place in (column.source, column.thumbnail)}
            column.memory.forget(name for name in names if name)

    def judge(self, row: Row) -> list[Judged]:
        """Return the verdicts on a row's thumbnails; none where there is nothing to judge."""
        judged = []
        sources: dict[int, Source] = {}
        for field, judge, _, source_at, thumbnail_at, kept_at in self._columns:
            source_name, thumbnail_name = row[source_at] or "", row[thumbnail_at] or ""
            if not source_name and not thumbnail_name:
                continue
            source = None
            if source_name:
                # Shared, so that a source whose content is in doubt is read once for all its thumbnails.
                source = sources.setdefault(source_at, Source(field.source_field.storage, source_name))
            kept = row[kept_at] if kept_at is not None else ""
            assessment = judge.assess(source, thumbnail_name, kept or "")
            judged.append(Judged(field, source_name, valid_name(thumbnail_name), assessment))
        return judged
