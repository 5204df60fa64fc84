"""The thumbnails of one source of one row: one object for the whole of the work on them.

    pictures.look(verify)    gives each a verdict, from what the instance knows about the row
    pictures.ask_row(...)    or from the row itself, if the instance may know less
    pictures.render(demand)  makes what is wanted, with one decode, and stores it
    pictures.put()           gives the instance the names
    pictures.write()         gives the row the names (in a save, Django's own UPDATE does that)
    pictures.settle()        after the commit, deletes superseded files, sends signals and enqueues a task

A save is look, render, put, settle. Outside of a save it is look, render, write, settle. A bulk job renders
in a thread and writes in the main one.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import DatabaseError
from django.db.models import Model

from advthumb.core.detection import ON_SAVE, Assessment, Level, Verdict
from advthumb.generation import Source

from . import instances, rows
from .after_commit import Cleanup, discard, settle
from .change import Change, newly_assigned
from .column import ThumbnailColumn
from .enqueuing import enqueue_postponed
from .files import known, points_of
from .loaded import knows_row
from .making import IN_THIS_THREAD, Demand, Means, make
from .rollback import is_withdrawn, withdraw
from .rows import RowValues

_ASK_ROW = frozenset({Verdict.MISSING, Verdict.LOST, Verdict.UNKNOWN})
"""If the instance's values lead to one of these verdicts, the row is read, because it may know better."""

Judged = tuple[ThumbnailColumn, str, str, str, Assessment]
"""A thumbnail field, the names of a source and of its thumbnail, the focal point, and the verdict."""


class Pictures:
    """The thumbnails of one source of one row.

    Args:
        instance: The row.
        fields: Thumbnail fields of one source.
        source: That source, None if the row has none.
        using: The database.
        row: The values of the row, if it was read; None to use those of the instance.
        points: The focal points that the row has or gets, by the attribute name of the thumbnail; by default
            those of `row`, or else those of the instance.

    Attributes:
        changes: One for each field, once `look` was called.
        for_insert: Whether names of older files were given up.
        row: The values of the row, if it was read.
    """

    def __init__(
        self,
        instance: Model,
        fields: Sequence[ThumbnailColumn],
        source: Source | None,
        using: str,
        row: RowValues | None = None,
        points: Mapping[str, str] | None = None,
    ) -> None:
        self.instance = instance
        self.fields = fields
        self.source = source
        self.using = using
        self.changes: list[Change[Model]] = []
        self.for_insert = False
        self.row = row
        self._points = points if points is not None else row.points if row else points_of(instance, fields)
        self._unsure = False
        self._postponed: set[ThumbnailColumn] = set()
        self._judged: dict[tuple[ThumbnailColumn, str, str, str], Assessment] = {}
        self._unused: list[Change[Model]] = []
        self._failures: list[Change[Model]] = []

    @property
    def source_name(self) -> str:
        """The name of the source, empty for none."""
        return self.source.name if self.source else ""

    def look(self, verify: str, *, assigned: bool = False, judged: Iterable[Judged] = ()) -> None:
        """Give each thumbnail its verdict.

        Args:
            verify: How much is checked: `auto`, `name`, `stat` or `content`.
            assigned: Whether the source was just assigned, so that existing thumbnails belong to another
                source.
            judged: Verdicts from a moment ago. If they came from the files and the names are the same, the
                storage is not asked again.
        """
        self._judged = {
            (field, source, name, point): found
            for field, source, name, point, found in judged
            if found.level > Level.NAME
        }
        if self.row is None:
            self.changes = [self._by_instance(field, verify, assigned) for field in self.fields]
        else:
            row = self.row
            self.changes = [self._by_row(field, row, verify, assigned) for field in self.fields]

    def _by_instance(self, field: ThumbnailColumn, verify: str, assigned: bool) -> Change[Model]:
        """Judge the name that the instance has.

        A name that is in no row yet was made for a save that failed or is not finished. It is adopted if it
        is right, and otherwise not used.
        """
        name, in_row = known(field, self.instance)
        if assigned and in_row:
            return self._change(field, newly_assigned(name), name)
        found = self._change(field, self._assess(field, name, verify), name)
        if in_row:
            return found
        self._unsure = True
        if name and found.assessment.verdict is not Verdict.FRESH:
            self._unused.append(found)
            name, found = "", self._change(field, newly_assigned(""), "")
        return found._replace(old="", new=name)

    def _by_row(self, field: ThumbnailColumn, row: RowValues, verify: str, assigned: bool) -> Change[Model]:
        """Judge the name that the row has, which belongs to the source that the row has."""
        name = row.names[field.attname]
        if assigned or (self.source is not None and row.source != self.source.name):
            return self._change(field, newly_assigned(name), name)
        if is_withdrawn(name):
            return self._change(field, Assessment(Verdict.LOST, "the thumbnail's file is gone"), name)
        return self._change(field, self._assess(field, name, verify), name)

    def _record(self, field: ThumbnailColumn) -> str:
        """Return the value of the row's `fingerprint_field`, as far as it is known."""
        if not field.fingerprint_field:
            return ""
        if self.row is not None:
            return self.row.records[field.attname]
        return self.instance.__dict__.get(field.fingerprint_field) or ""

    def _assess(self, field: ThumbnailColumn, name: str, verify: str) -> Assessment:
        point = self._points.get(field.attname, "")
        judged = self._judged.get((field, self.source_name, name, point))
        inspector = field.inspector(self.using, verify)
        return judged or inspector.assess(self.source, name, self._record(field), point=point)

    def _change(self, field: ThumbnailColumn, assessment: Assessment, name: str) -> Change[Model]:
        point = self._points.get(field.attname, "")
        return Change(self.instance, field, assessment, name, name, self._record(field), point=point)

    @property
    def writes(self) -> bool:
        """Whether the row must be written."""
        return any(change.writes for change in self.changes)

    @property
    def in_doubt(self) -> bool:
        """Whether the row's values may change the verdicts, which came from the instance's values.

        An instance that was built by hand knows nothing about its row.
        """
        by_hand = not knows_row(self.instance)
        return by_hand or self._unsure or any(each.assessment.verdict in _ASK_ROW for each in self.changes)

    def ask_row(self, verify: str, before: RowValues | None = None) -> None:
        """Judge again from the row's values: one SELECT, unless the row was read before the save began.

        If the row's thumbnail is not right, but the instance's is *and has a file*, the instance's is used.
        Such an instance was built by hand, or its last save failed.
        """
        self.row = before or rows.read(self.instance, self.fields, self.using)
        if self.row is None:
            return
        brought = self.changes
        self.look(verify)
        self.changes = [self._better(own, mine) for own, mine in zip(self.changes, brought, strict=True)]

    def _better(self, own: Change[Model], mine: Change[Model]) -> Change[Model]:
        """Return the row's change, unless the row's thumbnail is not right and the instance's is.

        If the storage cannot tell whether the file exists, the instance's is not used.
        """
        if not mine.new or mine.new == own.old:
            return own
        if own.assessment.verdict in ON_SAVE:
            inspector = mine.field.inspector(self.using, Level.STAT.name.lower())
            assessment = inspector.assess(self.source, mine.new, mine.old_record, point=mine.point)
            if assessment.verdict is Verdict.FRESH and assessment.level is not Level.NAME:
                return mine._replace(assessment=assessment, old=own.old, old_record=own.old_record)
        if mine.writes:  # it was made for this instance, and is in no row
            self._unused.append(mine)
        return own

    def give_up_older_files(self) -> None:
        """Drop the names that an instance brings to an INSERT: a new row cannot own an older file."""
        self.for_insert = True
        self.changes = [
            self._change(change.field, newly_assigned(""), "") if change.new and not change.writes else change
            for change in self.changes
        ]

    def read_superseded(self) -> None:
        """Read the row right before its UPDATE, so that its old files can be deleted afterwards (R5)."""
        self.row = rows.read(self.instance, self.fields, self.using)
        self.changes = [self._superseding(change) if change.writes else change for change in self.changes]

    def _superseding(self, change: Change[Model]) -> Change[Model]:
        row = self.row
        return change._replace(
            old=row.names[change.field.attname] if row else "",
            old_record=self._record(change.field) if row else "",
        )

    def render(self, demand: Demand, *, postpone: bool = False, means: Means = IN_THIS_THREAD) -> bool:
        """Make what is wanted, with one decode, and store it. No database is asked.

        Args:
            demand: Which thumbnails are wanted.
            postpone: Leave thumbnails of fields in task mode to a task, which `settle` enqueues.
            means: How they are made.

        Returns:
            Whether any were wanted.
        """
        wanted = [change for change in self.changes if demand.wants(change)]
        if not wanted:
            return False
        outcomes = self._postpone(wanted) if postpone else {}
        now = [change for change in wanted if change.field.attname not in outcomes]
        made = make(now, self.source, self.using, means) if now else {}
        self._failures += [change for change in made.values() if change.error is not None]
        outcomes |= made
        self.changes = [outcomes.get(change.field.attname, change) for change in self.changes]
        return True

    def _postpone(self, wanted: list[Change[Model]]) -> dict[str, Change[Model]]:
        if self.source is None:
            return {}
        later = [change for change in wanted if change.field.made_by_task]
        self._postponed.update(change.field for change in later)
        return {change.field.attname: change.postponed() for change in later}

    def log_failures(self) -> None:
        """Log each failure once. Call this when the row has its key or will not get one."""
        while self._failures and self.source is not None:
            self._failures.pop(0).log_failure(self.source)

    def put(self) -> None:
        """Give the instance the names and records that its row should have."""
        instances.put(self.changes, self.row)

    def write(self) -> None:
        """Write the row. If it is gone, or has another source or focal point, new thumbnails are deleted.

        Raises:
            DatabaseError: The row could not be written; the new thumbnails are deleted.
        """
        self.put()
        written: list[Change[Model]] = []
        try:
            for table in {change.field.model for change in self.changes if change.writes}:
                changes = [change for change in self.changes if change.field.model is table and change.writes]
                written += rows.write(changes, self.source_name, self.using)
        except DatabaseError:
            self.abandon()
            raise
        for change in self.changes:
            if change.made and not any(each.new == change.new for each in written):
                discard(change.field, change.new, self.using, str(change.record))
        outcomes = {change.field.attname: change for change in written}
        self.changes = [outcomes.get(change.field.attname, change) for change in self.changes]
        self.put()

    def abandon(self) -> None:
        """Delete what was made for a row that was not written.

        Files that rows name are kept: if the connection broke, it is not known whether the row was written.
        """
        self.log_failures()
        for change in self.changes:
            if change.stored is not None:
                withdraw(change.new)
                discard(change.field, change.new, self.using, str(change.record))

    def settle(self, cleanup: Cleanup | None = None) -> None:
        """Note that the row was written. After the commit, delete unused files and send signals.

        Args:
            cleanup: Deletes superseded files together with those of other rows.
        """
        self.log_failures()
        for change in self.changes:
            instances.note_written(change, self.using)
            settle(change, self.using, cleanup)
        later = [change for change in self.changes if change.field in self._postponed]
        enqueue_postponed(later, self.source_name, self.using)
        for unused in self._unused:
            discard(unused.field, unused.new, self.using, unused.old_record, cleanup)
