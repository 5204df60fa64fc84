"""Counts what a run of a command found and did."""

from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from advthumb.core.detection import Level, Verdict
from advthumb.fields.column import ThumbnailColumn
from advthumb.inspection import level_for

from .bulk import Run, Step
from .outcomes import Outcome, Result
from .selection import Selection


class Tally:
    """The number of thumbnails by verdict and by outcome.

    Attributes:
        verdicts: Thumbnails by verdict.
        outcomes: Thumbnails by outcome.
        fresh_by: Fresh thumbnails by the level of the check that found them fresh.
        left: Thumbnails that were left as they are, by verdict.
    """

    def __init__(self) -> None:
        self.verdicts = Counter(dict.fromkeys(Verdict, 0))
        self.outcomes = Counter(dict.fromkeys(Outcome, 0))
        self.fresh_by: Counter[Level] = Counter()
        self.left: Counter[Verdict] = Counter()

    def add(self, verdict: Verdict, level: Level, outcome: Outcome = Outcome.LEFT, count: int = 1) -> None:
        """Add thumbnails that have the same verdict, level and outcome."""
        self.verdicts[verdict] += count
        self.outcomes[outcome] += count
        if verdict is Verdict.FRESH:
            self.fresh_by[level] += count
        if outcome is Outcome.LEFT:
            self.left[verdict] += count

    def merge(self, other: "Tally") -> None:
        """Add the counts of another tally."""
        self.verdicts.update(other.verdicts)
        self.outcomes.update(other.outcomes)
        self.fresh_by.update(other.fresh_by)
        self.left.update(other.left)

    def found(self, word: Callable[[Verdict], str] = str) -> str:
        """Return the verdicts in words: `9 fresh (by stat), 3 missing`.

        Args:
            word: Returns the word for a verdict.
        """
        words = []
        for verdict, count in self.verdicts.items():
            if count:
                words.append(
                    f"{count} {word(verdict)}" + (self._levels() if verdict is Verdict.FRESH else "")
                )
        return ", ".join(words) or "no thumbnails"

    def _levels(self) -> str:
        """Return the level that found thumbnails fresh, with counts if there were several levels."""
        if len(self.fresh_by) == 1:
            return f" (by {level_word(*self.fresh_by)})"
        counts = (f"{count} by {level_word(level)}" for level, count in sorted(self.fresh_by.items()))
        return f" ({', '.join(counts)})"

    def __str__(self) -> str:
        """Return the counts in words: `9 fresh (by stat), 3 missing, 1 known to fail; 2 made, 2 failed`."""
        done = {outcome: count for outcome, count in self.outcomes.items() if outcome is not Outcome.LEFT}
        return f"{self.found(in_words)}; {_in_words(done) or 'nothing to do'}"


class Report:
    """The counted results of a run.

    Args:
        run: The run. It may still be running.

    Attributes:
        options: The options of the run.
        timer: Measures the phases of the run.
        thread_count: How many threads make thumbnails.
        interrupted: Whether the run was stopped before its end.
        resumed_after: The position of an earlier run that this run continued from; None for none.
        continue_with: The shell command that continues a stopped run; None for none.
        continues_by_itself: Whether running the same command again continues at the same position.
        scanned: How many rows were processed.
        fields: The counts for each thumbnail field on each database.
        unread: The selections that could not be read to their end, each with the reason.
    """

    def __init__(self, run: Run) -> None:
        self.options = run.options
        self.timer = run.timer
        self.thread_count = run.thread_count
        self.interrupted = False
        self.resumed_after: str | None = None
        self.continue_with: str | None = None
        self.continues_by_itself = False
        self.scanned = 0
        self.fields: dict[tuple[ThumbnailColumn, str], Tally] = {}
        self.unread: list[tuple[Selection, str]] = []
        self._levels: dict[ThumbnailColumn, Level] = {}
        self._started = monotonic()

    def add(self, step: Step) -> None:
        """Count the results of some rows."""
        self.scanned += step.looked_at + step.passed_over.rows
        for result in step.results:
            self._add(step.selection, result)
        for field, count in step.passed_over.fresh.items():
            if count:
                self._tally(field, step.selection).add(Verdict.FRESH, self.level(field), count=count)
        if step.trouble:
            self.unread.append((step.selection, step.trouble))

    def _add(self, selection: Selection, result: Result) -> None:
        field = result.assessed.field
        verdict = result.assessed.assessment.verdict
        self._tally(field, selection).add(verdict, self.level(field), result.outcome)

    def _tally(self, field: ThumbnailColumn, selection: Selection) -> Tally:
        key = field, selection.using
        if key not in self.fields:
            self.fields[key] = Tally()
        return self.fields[key]

    def level(self, field: ThumbnailColumn) -> Level:
        """Return the level at which a field's thumbnails are checked."""
        if field not in self._levels:
            self._levels[field] = level_of(field, self.options.verify)
        return self._levels[field]

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return monotonic() - self._started

    @property
    def rate(self) -> float:
        """Thumbnails made per second."""
        return self.total.outcomes[Outcome.MADE] / max(self.seconds, 1e-9)

    @property
    def total(self) -> Tally:
        """The counts of all fields together."""
        total = Tally()
        for tally in self.fields.values():
            total.merge(tally)
        return total


def in_words(verdict: Verdict) -> str:
    """Return the word for a verdict on a line that also shows outcomes.

    On such a line, `failed` is the outcome of a thumbnail that could not be made. The verdict with this name
    is about an earlier attempt or a source whose file does not exist, so it gets another word.
    """
    return "known to fail" if verdict is Verdict.FAILED else verdict.value


def level_of(field: ThumbnailColumn, verify: str) -> Level:
    """Return the level at which a field's thumbnails are checked for a `--verify` value."""
    return level_for(verify, field.source_field.storage, field.storage)


def level_word(level: Level) -> str:
    """Return the word for a level, as used by `--verify`."""
    return level.name.lower()


def field_label(field: ThumbnailColumn, using: str) -> str:
    """Return the name of a field, with its database unless that is the default one."""
    return on_database(str(field), using)


def on_database(name: str, using: str) -> str:
    """Return the name of a model or field, with its database unless that is the default one."""
    return name if using == DEFAULT_DB_ALIAS else f"{name} on {using}"


def unread_reason(selection: Selection, reason: str) -> str:
    """Return the sentence about rows that cannot be read."""
    label = on_database(selection.model._meta.label, selection.using)
    return f"{label}: skipped, its table cannot be read; has `migrate` been run? {reason}"


def _in_words(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
