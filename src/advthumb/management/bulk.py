"""Many rows brought in step: each row is looked at, and what is due of it is made.

`run` yields what became of every row as it goes. It holds nothing, prints nothing and stops
whenever its reader does; what was done until then is kept.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

from advthumb import conf
from advthumb.core.detection import Verdict
from advthumb.fields.changes import Change
from advthumb.fields.refresh import refresh
from advthumb.fields.relations import by_source
from advthumb.fields.settling import gathering

from .scanning import Judged, Scan
from .selection import Walk

logger = logging.getLogger("advthumb")


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
    """

    due: frozenset[Verdict]
    force: bool = False
    verify: str = conf.AUTO
    dry_run: bool = False
    clear_cache: bool = False
    limit: int | None = None

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

    walk: Walk
    pk: Any
    judged: Judged
    outcome: Outcome
    reason: str


def run(walks: Iterable[Walk], order: Order) -> Iterator[list[Result]]:
    """Go through all rows and act where something is due.

    Yields:
        For each row what became of its thumbnails; nothing where it has neither source nor
        thumbnail.
    """
    acted = 0
    with gathering():
        for walk in walks:
            scan = Scan(walk, order.verify, forget=order.clear_cache, dry_run=order.dry_run)
            for row in scan.rows():
                results = _handle(walk, row[0], scan.judge(row), order)
                yield results
                acted += any(result.outcome in ACTED for result in results)
                if acted == order.limit:
                    return


def _handle(walk: Walk, pk: Any, judged: list[Judged], order: Order) -> list[Result]:
    """Act upon what is due of one row."""
    results, due = [], []
    for one in judged:
        if order.wants(one) and not order.dry_run:
            due.append(one)
            continue
        if order.wants(one):
            outcome = Outcome.DUE
        else:
            outcome = Outcome.FAILED if order.counts_as_failed(one) else Outcome.LEFT
        results.append(Result(walk, pk, one, outcome, one.assessment.reason))
    return results + _act(walk, pk, due, order) if due else results


def _act(walk: Walk, pk: Any, due: list[Judged], order: Order) -> list[Result]:
    """Make what is due of one row, with one decode per source."""
    results: list[Result] = []
    waiting = {one.field: one for one in due}
    try:
        instance = walk.rows.filter(pk=pk).first()
        if instance is None:
            return [Result(walk, pk, one, Outcome.GONE, "the row was deleted meanwhile") for one in due]
        for group in by_source([*waiting]):
            changes = refresh(
                instance, group, using=walk.using, due=order.due, force=order.force, verify=order.verify
            )
            results += [_result(walk, pk, waiting.pop(change.field), change, order) for change in changes]
    except ImproperlyConfigured:
        raise  # no row's fault: the next one would fail in the same way
    except Exception as error:
        # Broad on purpose: the project's own code runs in here, and one row never stops the others.
        logger.exception("Thumbnails of %s(pk=%r) were given up", walk.model.__name__, pk)
        reason = f"{type(error).__name__}: {error}"
        results += [Result(walk, pk, one, Outcome.FAILED, reason) for one in waiting.values()]
    return results


def _result(walk: Walk, pk: Any, judged: Judged, change: Change, order: Order) -> Result:
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
    return Result(walk, pk, now, outcome, reason)
