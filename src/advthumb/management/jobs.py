"""One row whose thumbnails must be made. Rows are loaded together, but made and written separately."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.db.models import Model

from advthumb.fields.after_commit import Cleanup
from advthumb.fields.making import Demand, Means
from advthumb.fields.pictures import Pictures
from advthumb.fields.relations import by_source
from advthumb.generation import PhaseHook, Source

from .errors import contained
from .outcomes import Outcome, Result, result_of
from .run_options import RunOptions
from .scanned_columns import Assessed
from .selection import Selection

logger = logging.getLogger("advthumb")


@dataclass(eq=False, slots=True)
class Job:
    """A row whose thumbnails must be made.

    Attributes:
        selection: The selection that it belongs to.
        pk: The primary key.
        due: The thumbnails that were due when the row was scanned.
        left: The results for its other thumbnails.
        instance: The row; None if it no longer exists.
        pictures: The thumbnails of each source, after they were made.
        error: Why the remaining thumbnails were given up.
    """

    selection: Selection
    pk: Any
    due: list[Assessed]
    left: list[Result]
    instance: Model | None = None
    pictures: list[Pictures] = field(default_factory=list)
    error: BaseException | None = None

    def make(self, options: RunOptions, hook: PhaseHook) -> None:
        """Make what is still due, decoding each source once. May run in any thread.

        If a name in the row changed since the scan, or if only names were checked, the row is checked again.

        This catches all exceptions on purpose, because it runs code of the project and one row must not stop
        the others.
        """
        if self.instance is None:
            return
        means = Means(hook, options.workers if options.processes else None)
        try:
            for group in by_source([one.field for one in self.due]):
                file = getattr(self.instance, group.source.attname)
                source = Source(file.storage, file.name) if file.name else None
                pictures = Pictures(self.instance, group.fields, source, self.selection.using)
                pictures.look(options.verify, judged=self.due)
                pictures.render(Demand(options.due, options.force), means=means)
                self.pictures.append(pictures)
        except BaseException as error:  # noqa: BLE001 - `results` reports it
            # Not even a SystemExit of a storage may end the thread, or the run would wait for it for ever.
            self.error = error

    def results(self, options: RunOptions) -> list[Result]:
        """Return the results for all thumbnails of the row."""
        rest = {one.field: one for one in self.due}
        done = [
            result_of(self.selection, self.pk, rest.pop(change.field), change, options)
            for pictures in self.pictures
            for change in pictures.changes
        ]
        outcome, reason = Outcome.GONE, "the row was deleted meanwhile"
        if self.error is not None:
            outcome, reason = Outcome.FAILED, f"{type(self.error).__name__}: {self.error}"
            name = self.selection.model.__name__
            logger.error("Gave up on the thumbnails of %s(pk=%r)", name, self.pk, exc_info=self.error)
        given_up = [Result(self.selection, self.pk, one, outcome, reason) for one in rest.values()]
        return self.left + done + given_up


def load(selection: Selection, jobs: Sequence[Job]) -> None:
    """Load the rows of jobs with one query, or one by one if loading one of them raises an error.

    Raises:
        DatabaseError: The table cannot be read.
    """
    try:
        rows = {row.pk: row for row in selection.rows.filter(pk__in=[job.pk for job in jobs])}
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001 - the project's own code runs in here
        for job in jobs:
            _load_alone(selection, job)
    else:
        for job in jobs:
            job.instance = rows.get(job.pk)


def _load_alone(selection: Selection, job: Job) -> None:
    try:
        job.instance = selection.rows.filter(pk=job.pk).first()
    except Exception as error:  # noqa: BLE001 - `results` reports it
        job.error = error


def write(jobs: Sequence[Job], using: str, cleanup: Cleanup) -> None:
    """Write the rows of jobs separately, and commit each one immediately.

    No row is locked while another row is written, so a command never causes a deadlock with a transaction of
    the site. If the database refuses a row, the other rows are still written.

    A database without row locks (SQLite) locks the whole database for every write. It has no deadlocks
    between rows, and one short transaction for all rows keeps it locked for less time than one for each row.

    Args:
        jobs: The finished jobs.
        using: The database.
        cleanup: Deletes the superseded files of all jobs together.

    Raises:
        ImproperlyConfigured: A job found wrong settings, and every other job would too. Finished thumbnails
            are written first.
    """
    together = len(jobs) > 1 and not connections[using].features.has_select_for_update
    with transaction.atomic(using) if together else nullcontext():
        for job in jobs:
            _write_row(job, using, cleanup)
    for job in jobs:
        if isinstance(job.error, ImproperlyConfigured):
            raise job.error


def _write_row(job: Job, using: str, cleanup: Cleanup) -> None:
    written: list[Pictures] = []
    for pictures in job.pictures:
        try:
            with contained(using):
                pictures.write()
                pictures.settle(cleanup)
        except Exception as error:  # noqa: BLE001 - `results` reports it
            job.error = error
            pictures.abandon()  # again, because the deletions were rolled back with the savepoint
        else:
            written.append(pictures)
    job.pictures = written
