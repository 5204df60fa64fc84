"""One row whose thumbnails are to be made: loaded together with others, made and written by itself."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.db.models import Model

from advthumb.fields.after_commit import Cleanup
from advthumb.fields.pictures import Pictures
from advthumb.fields.relations import by_source
from advthumb.generation import PhaseHook, Source

from .errors import contained
from .outcomes import Outcome, Result, result_of
from .run_options import RunOptions
from .scanning import Assessed
from .selection import Selection

logger = logging.getLogger("advthumb")


@dataclass(eq=False, slots=True)
class Job:
    """A row whose thumbnails are to be made.

    Attributes:
        selection: The selection that it belongs to.
        pk: The primary key.
        due: What was due when the row was scanned.
        left: What became of its other thumbnails.
        instance: The row, None if it is gone.
        pictures: The thumbnails of each source, once they were made.
        error: Why the rest was given up.
    """

    selection: Selection
    pk: Any
    due: list[Assessed]
    left: list[Result]
    instance: Model | None = None
    pictures: list[Pictures] = field(default_factory=list)
    error: BaseException | None = None

    def make(self, options: RunOptions, hook: PhaseHook) -> None:
        """Look at the row again and make what is due, with one decode for each source; in any thread.

        Broad on purpose: the project's own code runs in here, and one row never stops the others.
        """
        if self.instance is None:
            return
        try:
            for group in by_source([one.field for one in self.due]):
                file = getattr(self.instance, group.source.attname)
                source = Source(file.storage, file.name) if file.name else None
                pictures = Pictures(self.instance, group.fields, source, self.selection.using)
                pictures.look(options.verify)
                pictures.render(
                    options.due,
                    force=options.force,
                    hook=hook,
                    processes=options.workers if options.processes else None,
                )
                self.pictures.append(pictures)
        except BaseException as error:  # noqa: BLE001 - `results` reports it
            # Not even a SystemExit of a storage may end the thread: the run would wait for it for ever.
            self.error = error

    def results(self, options: RunOptions) -> list[Result]:
        """Return what became of all thumbnails of the row."""
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
            logger.error("Thumbnails of %s(pk=%r) were given up", name, self.pk, exc_info=self.error)
        given_up = [Result(self.selection, self.pk, one, outcome, reason) for one in rest.values()]
        return self.left + done + given_up


def load(selection: Selection, jobs: Sequence[Job]) -> None:
    """Load the rows of jobs by one query; one by one if the project cannot load one of them.

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
    """Write the rows of jobs, each by itself and committed at once.

    No lock on a row is held while another row is written, so a transaction of the site never gets into a
    deadlock with a command. A row that the database refuses stops no other.

    A database that locks no rows (SQLite) locks all of itself for every write: it knows no deadlock between
    rows, and one short transaction for all of them keeps it locked for less time than one for each.

    Args:
        jobs: What was made.
        using: The database.
        cleanup: Who deletes the superseded files of all of them together.

    Raises:
        ImproperlyConfigured: A job met wrong settings, as every other would; what is made is written.
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
            pictures.abandon()  # again: what was to be deleted went with the savepoint
        else:
            written.append(pictures)
    job.pictures = written
