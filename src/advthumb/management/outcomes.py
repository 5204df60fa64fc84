"""The result for each thumbnail, in the words of the commands."""

from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Model

from advthumb.fields.change import Change

from .run_options import RunOptions
from .scanned_columns import Assessed
from .selection import Selection


class Outcome(StrEnum):
    """The result for one thumbnail; the same words are used in text output and in JSON."""

    LEFT = "left"
    """It was not due."""
    DUE = "due"
    """It was due, but this was a dry run."""
    MADE = "made"
    """It was rendered and stored."""
    ENQUEUED = "enqueued"
    """A task was enqueued that makes it (`--enqueue`)."""
    CLEARED = "cleared"
    """It was removed, because the row has no source."""
    FAILED = "failed"
    """It could not be made, now or in an earlier attempt."""
    GONE = "gone"
    """The row was changed or deleted while it was being processed."""


ACTED = frozenset({Outcome.DUE, Outcome.MADE, Outcome.ENQUEUED, Outcome.CLEARED})
"""The outcomes that `RunOptions.limit` counts."""


class Result(NamedTuple):
    """The verdict on one thumbnail of one row, and what was done about it."""

    selection: Selection
    pk: Any
    assessed: Assessed
    outcome: Outcome
    reason: str


def result_of(
    selection: Selection, pk: Any, assessed: Assessed, change: Change[Model], options: RunOptions
) -> Result:
    """Return the result for a thumbnail that was due when the row was scanned."""
    now = assessed._replace(assessment=change.assessment)
    reason = change.assessment.reason
    if change.made:
        outcome = Outcome.MADE
    elif change.error is not None:
        outcome, reason = Outcome.FAILED, str(change.error)
    elif change.writes:
        outcome = Outcome.CLEARED
    elif options.wants(now):
        outcome, reason = Outcome.GONE, "the row was changed or deleted meanwhile"
    else:
        outcome = Outcome.FAILED if options.counts_as_failed(now) else Outcome.LEFT
    return Result(selection, pk, now, outcome, reason)
