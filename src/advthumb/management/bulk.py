"""Updates many rows: checks each row, makes the thumbnails that are due, and writes the row.

`Run.steps` yields the results while it runs. The calling thread reads and writes the database. Other threads
(`workers`) read sources, render them and store thumbnails, a limited number at a time, so memory use is
constant.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Any, NamedTuple

from django.db import DatabaseError

from advthumb.fields.after_commit import Cleanup, cleaning_up
from advthumb.generation import Phase

from .enqueuing import enqueue_due
from .jobs import Job, load, write
from .outcomes import ACTED, Outcome, Result
from .phases import PhaseTimer
from .positions import Position, PositionTracker
from .run_options import RunOptions
from .scanned_columns import Assessed
from .scanning import NOTHING_PASSED_OVER, PassedOver, Scan
from .selection import Selection
from .thread_count import THREADS_PER_WORKER, ThreadCount
from .workers import WorkerPool

_AT_ONCE = 50
"""How many rows one query loads, and the maximum number of finished rows before they are written."""

_SECONDS = 0.25
"""How long a finished row may wait for others before it is written: the most that `kill -9` can lose."""


class Step(NamedTuple):
    """The results for some rows.

    Attributes:
        selection: The selection that they belong to.
        looked_at: How many rows were checked one by one.
        results: The results for their thumbnails.
        passed_over: Other rows that were found fresh and were only counted.
        trouble: Why the other rows of the selection cannot be read; empty if they can.
    """

    selection: Selection
    looked_at: int
    results: list[Result]
    passed_over: PassedOver = NOTHING_PASSED_OVER
    trouble: str = ""


class Run:
    """One run over all rows of some selections.

    Args:
        options: What to do.

    Attributes:
        options: What to do.
        stop: Once it is set, no further row is started; rows that were started are finished.
        timer: Measures each phase and limits rendering.
        thread_count: How many threads make thumbnails.
        complete: Whether all rows were processed.
    """

    def __init__(self, options: RunOptions) -> None:
        self.stop = Event()
        self.timer = PhaseTimer(options.workers)
        self.thread_count = ThreadCount(options.workers, self.timer)
        self.complete = False
        self.options = options
        self._acted = 0
        self._begun = 0
        self._cleanup = Cleanup()
        self._finished: list[Job] = []
        self._written_at = monotonic()
        self._tracker = PositionTracker()
        self._position: Position | None = None

    def count(self, selections: Iterable[Selection]) -> int:
        """Return how many rows must be checked one by one, in the tables that can be read."""
        total = 0
        for selection in selections:
            with suppress(DatabaseError):  # `steps` reports it
                total += self.options.scan(selection).count()
        return total

    def steps(self, selections: Iterable[Selection]) -> Iterator[Step]:
        """Process all rows and make what is due. If a table cannot be read, the others are still processed.

        Yields:
            The results of the rows, each row once. They are not in order, because some pictures take longer.

        Raises:
            CommandError: A task could not be enqueued.
            ImproperlyConfigured: The settings are wrong, so every row would fail in the same way.
        """
        with cleaning_up() as self._cleanup:
            for selection in selections:
                self._tracker = PositionTracker(selection.after)
                for step in self._process(selection):
                    pk = self._tracker.position
                    self._position = self._position if pk is None else Position(selection, pk)
                    yield step
                if self._is_over:
                    return
        self.complete = True

    @property
    def position(self) -> Position | None:
        """The last row up to which everything is done; None if there is none."""
        return self._position

    @property
    def _is_over(self) -> bool:
        return self.stop.is_set() or self._acted == self.options.limit

    def _process(self, selection: Selection) -> Iterator[Step]:
        """Check the rows of one selection, let the workers make what is due, and write finished rows."""
        scan = self.options.scan(selection)
        trouble, at_the_end = "", False
        threads = self.thread_count.threads
        with WorkerPool[Job](threads, lambda job: job.make(self.options, self.timer)) as pool:
            try:
                at_the_end = yield from self._begin_rows(selection, scan, pool)
            except DatabaseError as error:
                trouble = f"{type(error).__name__}: {error}"
            while self._begun:
                yield from self._collect(selection, pool)
        if trouble:
            yield Step(selection, 0, [], trouble=trouble)
        else:
            yield Step(selection, 0, [], scan.passed_over(at_the_end=at_the_end))

    def _begin_rows(
        self, selection: Selection, scan: Scan, pool: WorkerPool[Job]
    ) -> Generator[Step, None, bool]:
        """Check rows and start those that are due, until the last row or until the run is over.

        Returns:
            Whether the last row was reached.

        Raises:
            DatabaseError: The rows cannot be read.
        """
        waiting: list[Job] = []
        for row in scan.checked(self.options.workers * THREADS_PER_WORKER):
            if isinstance(row, PassedOver):
                yield Step(selection, row.rows, [], row._replace(rows=0))
            else:
                job = self._job_of(selection, row.pk, row.assessed)
                self._tracker.begin(job.pk)
                if self.options.enqueue:
                    enqueue_due(job, self.options)
                if job.due:
                    waiting.append(job)
                else:
                    self._acted += any(result.outcome in ACTED for result in job.left)
                    self._tracker.finish(job.pk)
                    yield Step(selection, 1, job.left)
            if len(waiting) == _AT_ONCE:
                yield from self._begin(selection, pool, waiting)
                waiting = []
            elif self._begun and monotonic() - self._written_at > _SECONDS:
                yield from self._collect(selection, pool, patience=0)
            if self._is_over:
                break
        at_the_end = not self._is_over
        if waiting:
            yield from self._begin(selection, pool, waiting)
        return at_the_end

    def _job_of(self, selection: Selection, pk: Any, assessed: list[Assessed]) -> Job:
        """Separate the thumbnails of a row that are due from those that are left as they are."""
        job = Job(selection, pk, [], [])
        for one in assessed:
            if self.options.wants(one) and not self.options.dry_run:
                job.due.append(one)
                continue
            if self.options.wants(one):
                outcome = Outcome.DUE
            else:
                outcome = Outcome.FAILED if self.options.counts_as_failed(one) else Outcome.LEFT
            job.left.append(Result(selection, pk, one, outcome, one.assessment.reason))
        return job

    def _begin(self, selection: Selection, pool: WorkerPool[Job], jobs: list[Job]) -> Iterator[Step]:
        """Load the rows of jobs and start each job when there is room."""
        with self.timer(Phase.DATABASE):
            load(selection, jobs)
        for job in jobs:
            while not self._has_room and not self._is_over:
                yield from self._collect(selection, pool)
            if self._is_over:
                return
            self._begun += 1
            if job.instance is None:
                self._finished.append(job)
            else:
                pool.begin(job)

    @property
    def _has_room(self) -> bool:
        """Whether another job may start. All started jobs might count towards the limit."""
        limit = self.options.limit
        room = 2 * self.thread_count.threads + _AT_ONCE
        return self._begun < room and (limit is None or self._acted + self._begun < limit)

    def _collect(
        self, selection: Selection, pool: WorkerPool[Job], patience: float = _SECONDS
    ) -> Iterator[Step]:
        """Collect finished jobs, waiting at most `patience` seconds, and write them when it is time."""
        while self._begun > len(self._finished) and len(self._finished) < _AT_ONCE:
            job = pool.finished(patience)
            if job is None:
                break
            self._finished.append(job)
            patience = 0
        pool.grow(self.thread_count.update())
        running = self._begun - len(self._finished)
        is_time = monotonic() - self._written_at > _SECONDS
        if not running or len(self._finished) >= _AT_ONCE or is_time:
            yield from self._write(selection)

    def _write(self, selection: Selection) -> Iterator[Step]:
        """Write the rows of finished jobs."""
        jobs, self._finished = self._finished, []
        self._begun -= len(jobs)
        try:
            with self.timer(Phase.DATABASE):
                write(jobs, selection.using, self._cleanup)
        finally:
            self._written_at = monotonic()
        for job in jobs:
            results = job.results(self.options)
            self._acted += any(result.outcome in ACTED for result in results)
            self._tracker.finish(job.pk)
            yield Step(selection, 1, results)
