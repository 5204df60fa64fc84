"""Count the verdicts on all thumbnails, for people and for monitoring. Rows and files are not changed."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError

from advthumb.core.detection import REGENERATE, Level, Verdict
from advthumb.cpus import available_cpus
from advthumb.fields.column import ThumbnailColumn
from advthumb.management.options import add_choice, add_verify, chosen, verify_level
from advthumb.management.reporting import Tally, field_label, level_of, level_word, unread_reason
from advthumb.management.run_options import THREADS_PER_RENDERER
from advthumb.management.scanning import PassedOver, Scan
from advthumb.management.selection import Selection


class Command(BaseCommand):
    """Shows how many thumbnails of each field are fresh, missing, stale and so on."""

    help = (
        "Count thumbnails by verdict, and say how much was checked: fresh (by name) does not tell whether "
        "the file exists. With --fail-on, the exit code is 1 if there are any of these."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_choice(parser)
        add_verify(parser)
        parser.add_argument(
            "--fail-on",
            default="",
            metavar="VERDICT[,VERDICT]",
            help=f"Exit with 1 if a thumbnail is one of these: {', '.join(_WORDS)}.",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON document instead of text.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command.

        Raises:
            CommandError: An option names something that does not exist, a thumbnail has a verdict of
                `--fail-on`, or a table could not be read.
        """
        bad = _verdicts(options["fail_on"])
        verify = verify_level(options)
        counts: dict[str, tuple[Level, Tally]] = {}
        unread: list[tuple[Selection, str]] = []
        try:
            selections = chosen(options)
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read: {error}") from error
        for selection in selections:
            try:
                counts |= _count(selection, verify)
            except DatabaseError as error:
                unread.append((selection, f"{type(error).__name__}: {error}"))
                self.stderr.write(unread_reason(*unread[-1]))
        self._print(counts, unread, verify=verify, as_json=options["json"])
        problems = []
        found = sum(tally.verdicts[verdict] for _, tally in counts.values() for verdict in bad)
        if found:
            problems.append(f"{found} thumbnails are {', '.join(sorted(bad))}.")
        if unread:
            problems.append(f"Models whose table could not be read: {len(unread)}; see above.")
        if problems:
            raise CommandError(" ".join(problems))

    def _print(
        self,
        counts: dict[str, tuple[Level, Tally]],
        unread: list[tuple[Selection, str]],
        *,
        verify: str,
        as_json: bool,
    ) -> None:
        if not as_json:
            for label, (_, tally) in counts.items():
                self.stdout.write(f"{label}: {tally.found()}")
            return
        total = Tally()
        for _, tally in counts.values():
            total.merge(tally)
        document = {
            "verify": verify,
            "fields": {
                label: {"level": level_word(level), **tally.verdicts}
                for label, (level, tally) in counts.items()
            },
            "total": total.verdicts,
            "unread": [
                {"model": selection.model._meta.label, "database": selection.using, "reason": reason}
                for selection, reason in unread
            ],
        }
        self.stdout.write(json.dumps(document))


def _count(selection: Selection, verify: str) -> dict[str, tuple[Level, Tally]]:
    """Return the level and the counts of each field, by label.

    Raises:
        DatabaseError: The table cannot be read.
    """
    counts = {field: (level_of(field, verify), Tally()) for field in selection.fields}
    scan = Scan(selection, verify, dry_run=True)
    for row in scan.checked(available_cpus() * THREADS_PER_RENDERER):
        if isinstance(row, PassedOver):
            _add_fresh(row, counts)
            continue
        for assessed in row.assessed:
            level, tally = counts[assessed.field]
            tally.add(assessed.assessment.verdict, level)
    _add_fresh(scan.passed_over(at_the_end=True), counts)
    return {field_label(field, selection.using): found for field, found in counts.items()}


def _add_fresh(passed: PassedOver, counts: dict[ThumbnailColumn, tuple[Level, Tally]]) -> None:
    for field, fresh in passed.fresh.items():
        level, tally = counts[field]
        if fresh:
            tally.add(Verdict.FRESH, level, count=fresh)


_STALE = "stale"
_WORDS = {**{verdict.value: frozenset({verdict}) for verdict in Verdict}, _STALE: REGENERATE}
"""The values of `--fail-on`: every verdict, and `stale` for those that `regenerate_thumbnails` acts on."""


def _verdicts(text: str) -> frozenset[Verdict]:
    words = [word for word in text.split(",") if word]
    unknown = [word for word in words if word not in _WORDS]
    if unknown:
        raise CommandError(f"--fail-on {', '.join(unknown)}: choose from {', '.join(_WORDS)}.")
    return frozenset[Verdict]().union(*(_WORDS[word] for word in words))
