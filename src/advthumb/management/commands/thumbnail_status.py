"""Count the verdicts on all thumbnails, for people and for monitoring. Nothing is written."""

import json
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management import BaseCommand, CommandError

from advthumb.core.detection import Verdict
from advthumb.management.options import add_choice, add_verify, checked_verify, chosen
from advthumb.management.scanning import Scan


class Command(BaseCommand):
    """Shows how many thumbnails of each field are fresh, missing, stale and so on."""

    help = "Count thumbnails by verdict; with --fail-on, exit with 1 if there are any of these."

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
            CommandError: An option names nothing, or there is a thumbnail to fail on.
        """
        bad = _verdicts(options["fail_on"])
        verify = checked_verify(options)
        counts: dict[str, Counter[Verdict]] = {}
        for selection in chosen(options):
            label = "" if selection.using == "default" else f" on {selection.using}"
            for field in selection.fields:
                counts[f"{field}{label}"] = Counter(dict.fromkeys(Verdict, 0))
            scan = Scan(selection, verify, dry_run=True)
            for row in scan.rows():
                for assessed in scan.assess(row):
                    counts[f"{assessed.field}{label}"][assessed.assessment.verdict] += 1
            for field, fresh in scan.passed_over(at_the_end=True).fresh.items():
                counts[f"{field}{label}"][Verdict.FRESH] += fresh
        self._print(counts, as_json=options["json"])
        found = sum(count[verdict] for count in counts.values() for verdict in bad)
        if found:
            words = ", ".join(sorted(bad))
            raise CommandError(f"{found} thumbnails are {words}.")

    def _print(self, counts: dict[str, Counter[Verdict]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"fields": counts, "total": sum(counts.values(), Counter())}))
            return
        for label, count in counts.items():
            words = ", ".join(f"{number} {verdict}" for verdict, number in count.items() if number)
            self.stdout.write(f"{label}: {words or 'no thumbnails'}")


_STALE = "stale"
_WORDS = {
    **{verdict.value: frozenset({verdict}) for verdict in Verdict},
    _STALE: frozenset({Verdict.SOURCE_CHANGED, Verdict.SPEC_CHANGED, Verdict.UNKNOWN, Verdict.ORPHANED}),
}
"""What `--fail-on` understands: every verdict, and `stale` for what `regenerate_thumbnails` acts upon."""


def _verdicts(text: str) -> frozenset[Verdict]:
    words = [word for word in text.split(",") if word]
    unknown = [word for word in words if word not in _WORDS]
    if unknown:
        raise CommandError(f"--fail-on {', '.join(unknown)}: choose from {', '.join(_WORDS)}.")
    return frozenset[Verdict]().union(*(_WORDS[word] for word in words))
