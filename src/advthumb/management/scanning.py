"""Streams the rows of a selection by primary key, with a verdict on each of their thumbnails.

Only the columns that the verdicts need are fetched; no instance is loaded.
"""

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from advthumb.cache import FingerprintCache
from advthumb.core.detection import Level
from advthumb.core.names import siblings_of
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.queries import count_present, not_fresh_by_name
from advthumb.fields.waiting import work_of
from advthumb.generation import Source
from advthumb.inspection import Inspector, level_for

from .in_order import in_order
from .listed import NOTHING_LISTED, ListedFiles, Listings
from .scanned_columns import Assessed, Row, ScannedColumn
from .selection import Selection

CHUNK = 2000
"""Rows per query: few enough for the memory, and enough to make the cost of the query itself negligible."""

_CHUNKS_LISTED = 5
"""How many times as many rows a query gets if files can be listed: the more files, the denser a listing."""


class Checked(NamedTuple):
    """One row, and the verdicts on its thumbnails; fields without source and thumbnail are left out."""

    pk: Any
    assessed: list[Assessed]


class PassedOver(NamedTuple):
    """Rows whose thumbnails are all certainly fresh, and rows without any. They are only counted.

    Attributes:
        rows: The number of rows, including those without source and thumbnail.
        fresh: The number of fresh thumbnails of each field.
    """

    rows: int
    fresh: Mapping[ThumbnailColumn, int]


NOTHING_PASSED_OVER = PassedOver(0, MappingProxyType({}))
"""The value to use if every row is yielded."""


_Item = tuple[Row | PassedOver, ListedFiles]
"""A row to check, or how many were passed over, with what is known about the files of its chunk."""


class Scan:
    """Checks all rows of a selection.

    If only names are checked, fresh rows are filtered out by the database: they are not yielded, only counted
    at the end (`passed_over`).

    Args:
        selection: The rows to check.
        verify: How much to check: `auto`, `name`, `stat` or `content`.
        forget: Delete what the cache holds about each row before checking the row.
        dry_run: Do not change the cache or any file. With `forget`, the cache is not read.
        everything: Yield fresh rows too.
    """

    def __init__(
        self,
        selection: Selection,
        verify: str,
        *,
        forget: bool = False,
        dry_run: bool = False,
        everything: bool = False,
    ) -> None:
        self._selection = selection
        self._forget = forget
        self._by_name = all(
            level_for(verify, field.source_field.storage, field.storage) is Level.NAME
            for field in selection.fields
        )
        self._passes_over = not forget and not everything
        self._picks = self._by_name and self._passes_over
        self._picked = not_fresh_by_name(selection.rows, selection.fields) if self._picks else selection.rows
        self._yielded = 0
        self._assessed: Counter[ThumbnailColumn] = Counter()
        self._last: Any = None
        self._names = ["pk"]
        self._columns: list[ScannedColumn] = []
        for field in selection.fields:
            cache = FingerprintCache(
                str(field), selection.using, reads=not (forget and dry_run), forgets=not dry_run
            )
            self._columns.append(
                ScannedColumn(
                    field,
                    Inspector(field.inspected(), cache, verify, acts=not dry_run),
                    cache,
                    source=self._place(field.source_field.attname),
                    thumbnail=self._place(field.attname),
                    record=self._place(field.fingerprint_field) if field.fingerprint_field else None,
                    point=self._place(field.focal_field) if field.focal_field else None,
                )
            )
        self._listings = Listings(
            at
            for column in self._columns
            if column.inspector.waits
            for at in (
                (column.source, column.field.source_field.storage),
                (column.thumbnail, column.field.storage),
            )
        )

    def _place(self, name: str) -> int:
        """Return the position of a column in a row, adding it if it is new."""
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def count(self) -> int:
        """Return how many rows will be yielded."""
        return self._picked.count()

    def checked(self, threads: int) -> Iterator[Checked | PassedOver]:
        """Yield the rows with their verdicts in order of the primary key, a limited number in memory.

        Checks that wait for a network are made in threads, a few rows ahead. Where a storage can list its
        files, many rows are checked with one request.

        Args:
            threads: How many rows may be checked at a time.

        Yields:
            A row, or how many rows were passed over since the last one.
        """
        waits = any(column.inspector.waits for column in self._columns)
        rows = self._rows()
        found = in_order(rows, self._check, threads) if waits else map(self._check, rows)
        for each in found:
            if isinstance(each, Checked):
                self._assessed.update(one.field for one in each.assessed)
            yield each

    def _rows(self) -> Iterator[_Item]:
        """Yield the rows, each with what was listed for its chunk."""
        for chunk in self._chunks():
            listed = yield from self._listed(chunk)
            for row in self._to_check(chunk):
                yield row, listed

    def _listed(self, chunk: Sequence[Row]) -> Generator[_Item, None, ListedFiles]:
        """List the files that will be asked for. Meanwhile nothing is yielded, again and again."""
        names: dict[int, set[str]] = {place: set() for place in self._listings.places}
        if not names:
            return NOTHING_LISTED
        for column in self._columns:
            places = names.keys() & {column.source, column.thumbnail}
            for row in chunk:
                point = column.point_in(row)
                if column.inspector.asks_for_files(row[column.source], row[column.thumbnail], point):
                    for place in places:
                        names[place].add(row[place])
                    if column.thumbnail in names:
                        names[column.thumbnail].update(siblings_of(row[column.thumbnail]))
        return (yield from self._listings.find(names, (NOTHING_PASSED_OVER, NOTHING_LISTED)))

    def _check(self, item: _Item) -> Checked | PassedOver:
        row, listed = item
        return row if isinstance(row, PassedOver) else Checked(row[0], self.assess(row, listed))

    def _chunks(self) -> Iterator[list[Row]]:
        """Yield the rows of each query, in order of the primary key.

        Each query starts after the last key. So no cursor stays open while rows are written, and rows that
        are inserted or deleted meanwhile do not shift the others.
        """
        rows = self._picked.order_by("pk").values_list(*self._names)
        size = CHUNK * _CHUNKS_LISTED if self._listings.places else CHUNK
        chunk = list(rows[:size])
        while chunk:
            if self._forget:
                self._forget_all(chunk)
            yield chunk
            chunk = list(rows.filter(pk__gt=chunk[-1][0])[:size]) if len(chunk) == size else []

    def _to_check(self, chunk: list[Row]) -> Iterator[Row | PassedOver]:
        """Yield the rows that must be assessed, or how many rows were passed over since the last one."""
        if self._passes_over and not self._picks:
            yield from self._not_surely_fresh(chunk)
            return
        for row in chunk:
            self._yielded += 1
            self._last = row[0]
            yield row

    def _not_surely_fresh(self, chunk: list[Row]) -> Iterator[Row | PassedOver]:
        """Yield the rows that must be assessed, and what was passed over before each and at the end."""
        columns = [
            (number, column.source, column.thumbnail, column.point_in, column.inspector.surely_fresh)
            for number, column in enumerate(self._columns)
        ]
        passed, fresh = 0, [0] * len(columns)
        for row in chunk:
            found = []
            for number, source_at, thumbnail_at, point_in, surely_fresh in columns:
                source_name, thumbnail_name = row[source_at], row[thumbnail_at]
                if (
                    source_name
                    and thumbnail_name
                    and surely_fresh(source_name, thumbnail_name, point_in(row))
                ):
                    found.append(number)
                elif source_name or thumbnail_name:
                    break
            else:
                passed += 1
                for number in found:
                    fresh[number] += 1
                continue
            if passed:
                yield self._passed(passed, fresh)
                passed, fresh = 0, [0] * len(columns)
            yield row
        if passed:
            yield self._passed(passed, fresh)

    def _passed(self, rows: int, fresh: list[int]) -> PassedOver:
        return PassedOver(
            rows, {column.field: count for column, count in zip(self._columns, fresh, strict=True)}
        )

    def passed_over(self, *, at_the_end: bool) -> PassedOver:
        """Count the fresh rows that were not yielded, with one query.

        Args:
            at_the_end: Whether all rows were read; if not, only rows up to the last one count.
        """
        if not self._picks or (self._last is None and not at_the_end):
            return NOTHING_PASSED_OVER
        rows = self._selection.rows if at_the_end else self._selection.rows.filter(pk__lte=self._last)
        count, present = count_present(rows, self._selection.fields)
        # Rows can be inserted and deleted meanwhile, but the count must not become negative.
        return PassedOver(
            max(0, count - self._yielded),
            {field: max(0, present[field.name] - self._assessed[field]) for field in self._selection.fields},
        )

    def _forget_all(self, chunk: list[Row]) -> None:
        for column in self._columns:
            names = {row[place] for row in chunk for place in (column.source, column.thumbnail)}
            work = [work_of(column.field, row[0], row[column.source] or "") for row in chunk]
            column.cache.forget((name for name in names if name), work if column.field.made_by_task else ())

    def assess(self, row: Row, listed: ListedFiles = NOTHING_LISTED) -> list[Assessed]:
        """Return the verdicts on a row's thumbnails. May run in any thread.

        Args:
            row: The row.
            listed: What is known about its files.
        """
        assessed = []
        sources: dict[int, Source] = {}
        for column in self._columns:
            source_name = row[column.source]
            if not source_name and not row[column.thumbnail]:
                continue
            source = None
            if source_name:
                # Shared, so that a source whose content must be checked is read once for all its thumbnails.
                storage = column.field.source_field.storage
                source = sources.setdefault(column.source, Source(storage, source_name))
                source.file = source.file or listed.facts(column.source, source_name)
            assessed.append(column.assess(row, source, listed))
        return assessed
