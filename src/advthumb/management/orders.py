"""What a run is to do, and what became of each thumbnail: the words of the commands."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from advthumb import conf
from advthumb.core.detection import Verdict
from advthumb.fields.state import Change

from .scanning import Judged, Scan
from .selection import Selection


class Outcome(StrEnum):
    """What became of one thumbnail; the same words in the output and in JSON."""

    LEFT = "left"
    """It was not due."""
    DUE = "due"
    """A dry run would have acted upon it."""
    MADE = "made"
    """It was rendered and stored."""
    CLEARED = "cleared"
    """It was taken away, for the row has no source."""
    FAILED = "failed"
    """It cannot be made, now or since an earlier attempt."""
    GONE = "gone"
    """The row was changed or deleted while it was being worked on."""


ACTED = frozenset({Outcome.DUE, Outcome.MADE, Outcome.CLEARED})
"""The outcomes that `Order.limit` counts."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to do.

    Attributes:
        due: The verdicts to do something about.
        force: Make every thumbnail that has a source.
        verify: How closely to look: `auto`, `name`, `stat` or `content`.
        dry_run: Look only; write no file, no row and no cache entry.
        clear_cache: Drop what the cache holds about each row before looking at it.
        limit: Stop after so many rows were made or cleared. Rows that fail do not count, so that
            broken pictures never keep a limited run from the others.
        workers: How many sources may be rendered at a time.
        processes: Whether each is rendered in a process of its own and not in a thread.
    """

    due: frozenset[Verdict]
    force: bool = False
    verify: str = conf.AUTO
    dry_run: bool = False
    clear_cache: bool = False
    limit: int | None = None
    workers: int = 1
    processes: bool = False

    def scan(self, selection: Selection) -> Scan:
        """Return the scan of a selection, as closely as is asked for."""
        return Scan(
            selection, self.verify, forget=self.clear_cache, dry_run=self.dry_run, everything=self.force
        )

    def wants(self, judged: Judged) -> bool:
        """Return whether something is to be done about a thumbnail."""
        return judged.assessment.verdict in self.due or (self.force and bool(judged.source_name))

    def counts_as_failed(self, judged: Judged) -> bool:
        """Return whether a thumbnail that is left alone counts as failed.

        A failure that is recorded stands for a missing thumbnail, so it counts where missing ones
        are made: a lost record would have it tried, and fail, again. All else that has failed is
        a source whose file is gone.
        """
        failed = judged.assessment.verdict is Verdict.FAILED
        return failed and (bool(judged.thumbnail_name) or Verdict.MISSING in self.due)


class Result(NamedTuple):
    """What was found of one thumbnail of one row, and what became of it."""

    selection: Selection
    pk: Any
    judged: Judged
    outcome: Outcome
    reason: str


def result_of(selection: Selection, pk: Any, judged: Judged, change: Change, order: Order) -> Result:
    """Return what became of a thumbnail that was due when the row was scanned."""
    now = judged._replace(assessment=change.assessment)
    reason = change.assessment.reason
    if change.made:
        outcome = Outcome.MADE
    elif change.error is not None:
        outcome, reason = Outcome.FAILED, str(change.error)
    elif change.writes:
        outcome = Outcome.CLEARED
    elif order.wants(now):
        outcome, reason = Outcome.GONE, "the row was changed or deleted meanwhile"
    else:
        outcome = Outcome.FAILED if order.counts_as_failed(now) else Outcome.LEFT
    return Result(selection, pk, now, outcome, reason)
