"""What became of each thumbnail: the words of the commands."""

from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Model

from advthumb.fields.change import Change

from .run_options import RunOptions
from .scanning import Assessed
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
"""The outcomes that `RunOptions.limit` counts."""


class Result(NamedTuple):
    """What was found of one thumbnail of one row, and what became of it."""

    selection: Selection
    pk: Any
    assessed: Assessed
    outcome: Outcome
    reason: str


def result_of(
    selection: Selection, pk: Any, assessed: Assessed, change: Change[Model], options: RunOptions
) -> Result:
    """Return what became of a thumbnail that was due when the row was scanned."""
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
