"""The output of a run: lines for a person, or one JSON document for a program.

The JSON document of `--json` has these keys:

    rows          one object for each thumbnail that failed, is gone or, in a dry run, is due (with
                  `--verbosity 2` also for each one that was made, enqueued or cleared): `field`, `database`,
                  `pk`, `source`, `verdict`, `outcome`, `reason`
    dry_run       whether the run was not allowed to change anything
    verify        how much was checked: the value of `--verify`
    shard         the part of each table that was processed: the value of `--shard`, null for all rows
    interrupted   whether Ctrl-C stopped the run
    resumed_after the position of an earlier run that this run continued from, null for none
    continue_with the shell command that continues a stopped run with --force, null for none
    seconds       how long the run took
    rate          how many thumbnails were made per second
    workers       how many sources could be rendered at a time
    threads       how many threads read, rendered and stored at the end of the run
    phases        seconds of work by phase, summed over all threads: `read` (sources), `render` (including
                  decoding), `store` (thumbnails), `database` (rows loaded and written)
    scanned       how many rows were processed
    verdicts      the number of thumbnails by verdict
    outcomes      the number of thumbnails by outcome: `left`, `due`, `made`, `enqueued`, `cleared`,
                  `failed`, `gone`
    fields        one object for each thumbnail field and database: `field`, `database`, `level` (how much was
                  checked: `name`, `stat` or `content`), `verdicts`, `outcomes`
    unread        one object for each model whose table could not be read: `model`, `database`, `reason`
    advice        sentences that say which command acts on the thumbnails that were left
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from django.core.management.base import OutputWrapper

from .advice import advice
from .bulk import Step
from .outcomes import Outcome, Result
from .reporting import Report, Tally, field_label, in_words, level_word, unread_reason


class Output(ABC):
    """Reports the progress and the results of a run.

    Args:
        stdout: The stream for results.
        stderr: The stream for failures.
        verbosity: Django's option: 0 for failures only, 2 to include rows that were made.
    """

    def __init__(self, stdout: OutputWrapper, stderr: OutputWrapper, verbosity: int) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._verbosity = verbosity
        always = frozenset({Outcome.FAILED, Outcome.GONE, Outcome.DUE})
        self._told = always | {Outcome.MADE, Outcome.ENQUEUED, Outcome.CLEARED} if verbosity > 1 else always

    def is_news(self, step: Step) -> bool:
        """Return whether there is something to report about a step."""
        return bool(step.trouble) or any(result.outcome in self._told for result in step.results)

    def tell(self, step: Step) -> None:
        """Report the results of single thumbnails, and tables that cannot be read."""
        for result in step.results:
            if result.outcome in self._told:
                self._tell(result)
        if step.trouble:
            self._stderr.write(unread_reason(step.selection, step.trouble))

    @abstractmethod
    def open(self, report: Report) -> None:
        """Start the output."""

    @abstractmethod
    def _tell(self, result: Result) -> None:
        """Report the result for one thumbnail."""

    @abstractmethod
    def close(self, report: Report) -> None:
        """Write the summary."""


class TextOutput(Output):
    """Lines for a person: failures on stderr, the rest on stdout."""

    def open(self, report: Report) -> None:
        """Print where the run starts, unless that is the first row."""
        if report.resumed_after is not None:
            where = f"Continuing after {report.resumed_after}, where the last run stopped."
            self._lines([f"{where} To start at the first row, give --restart."])

    def _tell(self, result: Result) -> None:
        stream = self._stderr if result.outcome is Outcome.FAILED else self._stdout
        assessed = result.assessed
        where = f"{field_label(assessed.field, result.selection.using)} pk={result.pk}"
        stream.write(f"{where}: {result.outcome} ({in_words(assessed.assessment.verdict)}): {result.reason}")

    def close(self, report: Report) -> None:
        """Print one line for each field, what to do next, and one summary line."""
        self._lines(
            f"{field_label(field, using)}: {tally}" for (field, using), tally in report.fields.items()
        )
        if report.options.dry_run:
            self._lines(["Dry run: nothing was changed."])
        self._lines(_how_to_go_on(report))
        total = report.total
        self._lines(advice(total.left))
        rate = f" ({report.rate:.1f} made/s)" if total.outcomes[Outcome.MADE] else ""
        rows = "1 row" if report.scanned == 1 else f"{report.scanned} rows"
        part = f" of shard {report.options.shard}" if report.options.shard else ""
        self._lines([f"{rows}{part} in {report.seconds:.1f} s{rate}: {total}"])

    def _lines(self, lines: Iterable[str]) -> None:
        if self._verbosity > 0:
            for line in lines:
                self._stdout.write(line)


def _how_to_go_on(report: Report) -> list[str]:
    if not report.interrupted and report.continue_with is None:
        return []
    if report.continue_with is None:
        return ["Interrupted: what was done is kept, run it again for the rest."]
    stopped = "Interrupted: what was done is kept." if report.interrupted else "Stopped: --limit is reached."
    again = ["The same command without --after continues there, too."] if report.continues_by_itself else []
    return [f"{stopped} Continue with: {report.continue_with}", *again]


class JsonOutput(Output):
    """One JSON document for a program, written during the run so that memory suffices for a million rows."""

    _separator = "\n"

    def open(self, report: Report) -> None:
        """Start the document and its list of rows."""
        self._stdout.write('{"rows": [', ending="")

    def _tell(self, result: Result) -> None:
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
        # `str` converts keys of types that JSON does not have: UUIDs, dates, decimals.
        self._stdout.write(self._separator + json.dumps(row, default=str), ending="")
        self._separator = ",\n"

    def close(self, report: Report) -> None:
        """End the list of rows and the document."""
        total = report.total
        summary = {
            "dry_run": report.options.dry_run,
            "verify": report.options.verify,
            "shard": None if report.options.shard is None else str(report.options.shard),
            "interrupted": report.interrupted,
            "resumed_after": report.resumed_after,
            "continue_with": report.continue_with,
            "seconds": round(report.seconds, 3),
            "rate": round(report.rate, 3),
            "workers": report.options.workers,
            "threads": report.thread_count.threads,
            "phases": {phase: round(seconds, 3) for phase, seconds in report.timer.seconds.items()},
            "scanned": report.scanned,
            **_counts(total),
            "fields": [
                {
                    "field": str(field),
                    "database": using,
                    "level": level_word(report.level(field)),
                    **_counts(tally),
                }
                for (field, using), tally in report.fields.items()
            ],
            "unread": [
                {"model": selection.model._meta.label, "database": selection.using, "reason": reason}
                for selection, reason in report.unread
            ],
            "advice": list(advice(total.left)),
        }
        self._stdout.write("],\n" + json.dumps(summary)[1:])


def _counts(tally: Tally) -> dict[str, Any]:
    return {"verdicts": tally.verdicts, "outcomes": tally.outcomes}
