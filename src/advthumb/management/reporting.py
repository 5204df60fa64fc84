"""What a run of a command found and did, counted and told: as text, or as one JSON document.

The JSON document of `--json` has these keys:

    rows         one object for each thumbnail that failed, was gone or, in a dry run, is due (with
                 `--verbosity 2` also for each that was made or cleared): `field`, `database`, `pk`,
                 `source`, `verdict`, `outcome`, `reason`
    dry_run      whether nothing was to be touched
    interrupted  whether the run was stopped before its end
    seconds      how long it took
    rate         how many thumbnails were made in a second
    workers      how many sources could be rendered at a time
    phases       seconds of work by phase, added up over all threads: `read` (sources), `render` (decoding
                 included), `store` (thumbnails), `database` (rows loaded and written)
    scanned      how many rows were gone through
    verdicts     how many thumbnails were found with each verdict
    outcomes     how many came to each outcome: `left`, `due`, `made`, `cleared`, `failed`, `gone`
    fields       one object per thumbnail field and database: `field`, `database`, `verdicts`,
                 `outcomes`
"""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from time import monotonic
from typing import Any

from django.core.management.base import OutputWrapper
from django.db import DEFAULT_DB_ALIAS

from advthumb.core.detection import Verdict
from advthumb.fields.column import ThumbnailColumn
from advthumb.generation import Phase

from .bulk import Step
from .outcomes import Outcome, Result
from .run_options import RunOptions
from .selection import Selection


class Tally:
    """How many thumbnails were found with each verdict, and how many came to each outcome."""

    def __init__(self) -> None:
        self.verdicts = Counter(dict.fromkeys(Verdict, 0))
        self.outcomes = Counter(dict.fromkeys(Outcome, 0))

    def add(self, result: Result) -> None:
        """Count one thumbnail."""
        self.verdicts[result.assessed.assessment.verdict] += 1
        self.outcomes[result.outcome] += 1

    def add_fresh(self, count: int) -> None:
        """Count thumbnails that are fresh and were left."""
        self.verdicts[Verdict.FRESH] += count
        self.outcomes[Outcome.LEFT] += count

    def merge(self, other: "Tally") -> None:
        """Add the counts of another one."""
        self.verdicts.update(other.verdicts)
        self.outcomes.update(other.outcomes)

    def __str__(self) -> str:
        """Return the counts in words: `9 fresh, 3 missing; 2 made, 1 failed`."""
        done = {outcome: count for outcome, count in self.outcomes.items() if outcome is not Outcome.LEFT}
        return f"{_in_words(self.verdicts) or 'no thumbnails'}; {_in_words(done) or 'nothing to do'}"


class Report:
    """What a run yielded, counted.

    Args:
        options: What the run was asked to do.
        phases: The seconds of work by phase, as they grow.

    Attributes:
        dry_run: Whether nothing is to be touched.
        interrupted: Whether the run was stopped before its end.
        scanned: How many rows were gone through.
        fields: The counts of each thumbnail field on each database.
    """

    def __init__(self, options: RunOptions, phases: Mapping[Phase, float]) -> None:
        self.dry_run = options.dry_run
        self.workers = options.workers
        self.phases = phases
        self.interrupted = False
        self.scanned = 0
        self.fields: dict[tuple[ThumbnailColumn, str], Tally] = {}
        self._started = monotonic()

    def add(self, step: Step) -> None:
        """Count what became of some rows."""
        self.scanned += step.looked_at + step.passed_over.rows
        for result in step.results:
            self._tally(result.assessed.field, step.selection).add(result)
        for field, count in step.passed_over.fresh.items():
            if count:
                self._tally(field, step.selection).add_fresh(count)

    def _tally(self, field: ThumbnailColumn, selection: Selection) -> Tally:
        key = field, selection.using
        if key not in self.fields:
            self.fields[key] = Tally()
        return self.fields[key]

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return monotonic() - self._started

    @property
    def rate(self) -> float:
        """Thumbnails made in a second."""
        return self.total.outcomes[Outcome.MADE] / max(self.seconds, 1e-9)

    @property
    def total(self) -> Tally:
        """The counts of all fields together."""
        total = Tally()
        for tally in self.fields.values():
            total.merge(tally)
        return total


class Output(ABC):
    """Tells a person or a program what happens."""

    @abstractmethod
    def open(self) -> None:
        """Begin."""

    @abstractmethod
    def tell(self, result: Result) -> None:
        """Tell what became of one thumbnail."""

    @abstractmethod
    def close(self, report: Report) -> None:
        """Sum up."""


class TextOutput(Output):
    """Lines for a person: failures on stderr, the rest on stdout."""

    def __init__(self, stdout: OutputWrapper, stderr: OutputWrapper, *, summary: bool) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._summary = summary

    def open(self) -> None:
        """Say nothing: the first line is the first news."""

    def tell(self, result: Result) -> None:
        """Print one line."""
        stream = self._stderr if result.outcome is Outcome.FAILED else self._stdout
        assessed = result.assessed
        where = f"{_label(assessed.field, result.selection.using)} pk={result.pk}"
        stream.write(f"{where}: {result.outcome} ({assessed.assessment.verdict}): {result.reason}")

    def close(self, report: Report) -> None:
        """Print one line per field and one for all."""
        if not self._summary:
            return
        for (field, using), tally in report.fields.items():
            self._stdout.write(f"{_label(field, using)}: {tally}")
        if report.dry_run:
            self._stdout.write("Dry run: nothing was touched.")
        if report.interrupted:
            self._stdout.write("Interrupted: what was done is kept, run it again for the rest.")
        rate = f" ({report.rate:.1f} made/s)" if report.total.outcomes[Outcome.MADE] else ""
        self._stdout.write(f"{report.scanned} rows in {report.seconds:.1f} s{rate}: {report.total}")


class JsonOutput(Output):
    """One JSON document for a program, written as it goes so that a million rows fit."""

    def __init__(self, stdout: OutputWrapper) -> None:
        self._stdout = stdout
        self._separator = "\n"

    def open(self) -> None:
        """Begin the document, with its list of rows."""
        self._stdout.write('{"rows": [', ending="")

    def tell(self, result: Result) -> None:
        """Add one object to the list of rows."""
        assessed = result.assessed
        row = {
            "field": str(assessed.field),
            "database": result.selection.using,
            "pk": result.pk,
            "source": assessed.source_name,
            "verdict": assessed.assessment.verdict,
            "outcome": result.outcome,
            "reason": result.reason,
        }
        # `str` writes the keys that JSON does not know: UUIDs, dates, decimals.
        self._stdout.write(self._separator + json.dumps(row, default=str), ending="")
        self._separator = ",\n"

    def close(self, report: Report) -> None:
        """End the list of rows and the document."""
        summary = {
            "dry_run": report.dry_run,
            "interrupted": report.interrupted,
            "seconds": round(report.seconds, 3),
            "rate": round(report.rate, 3),
            "workers": report.workers,
            "phases": {phase: round(seconds, 3) for phase, seconds in report.phases.items()},
            "scanned": report.scanned,
            **_counts(report.total),
            "fields": [
                {"field": str(field), "database": using, **_counts(tally)}
                for (field, using), tally in report.fields.items()
            ],
        }
        self._stdout.write("],\n" + json.dumps(summary)[1:])


def told(verbosity: int) -> frozenset[Outcome]:
    """Return the outcomes that are told row by row: not those of rows that were made, usually."""
    always = frozenset({Outcome.FAILED, Outcome.GONE, Outcome.DUE})
    return always | {Outcome.MADE, Outcome.CLEARED} if verbosity > 1 else always


def _counts(tally: Tally) -> dict[str, Any]:
    return {"verdicts": tally.verdicts, "outcomes": tally.outcomes}


def _in_words(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def _label(field: ThumbnailColumn, using: str) -> str:
    return str(field) if using == DEFAULT_DB_ALIAS else f"{field} on {using}"
