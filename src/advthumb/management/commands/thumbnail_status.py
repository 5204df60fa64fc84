"""Count the verdicts on all thumbnails, for people and for monitoring. Rows and files are not changed."""

from argparse import ArgumentParser
from time import monotonic, time
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError

from advthumb.core.detection import REGENERATE, Level, Verdict
from advthumb.cpus import available_cpus
from advthumb.fields.column import ThumbnailColumn
from advthumb.management.options import add_choice, add_verify, chosen, verify_level
from advthumb.management.reporting import Tally, level_of, unread_reason
from advthumb.management.scanning import PassedOver, Scan
from advthumb.management.selection import Selection
from advthumb.management.shards import add_shard, chosen_shard
from advthumb.management.status_formats import FORMATS, FieldCount, Status
from advthumb.management.thread_count import THREADS_PER_WORKER


class Command(BaseCommand):
    """Shows how many thumbnails of each field are fresh, missing, stale and so on."""

    help = (
        "Count thumbnails by verdict, and say how much was checked: fresh (by name) does not tell whether "
        "the file exists. With --fail-on, the exit code is 1 if there are any of these."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_choice(parser)
        add_shard(parser)
        add_verify(parser)
        parser.add_argument(
            "--fail-on",
            default="",
            metavar="VERDICT[,VERDICT]",
            help=f"Exit with 1 if a thumbnail is one of these: {', '.join(_WORDS)}.",
        )
        parser.add_argument(
            "--format",
            choices=FORMATS,
            help="Print text, one JSON document, or metrics in the text format of Prometheus. The default is "
            "text.",
        )
        parser.add_argument("--json", action="store_true", help="The same as --format json.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command.

        Raises:
            CommandError: An option names something that does not exist, a thumbnail has a verdict of
                `--fail-on`, or a table could not be read.
        """
        bad = _verdicts(options["fail_on"])
        verify = verify_level(options)
        shard = chosen_shard(options)
        write = FORMATS[_format(options)]
        started = monotonic()
        counts: list[FieldCount] = []
        unread: list[tuple[Selection, str]] = []
        try:
            selections = chosen(options)
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read: {error}") from error
        for selection in selections:
            try:
                counts += _count(selection, verify)
            except DatabaseError as error:
                unread.append((selection, f"{type(error).__name__}: {error}"))
                self.stderr.write(unread_reason(*unread[-1]))
        status = Status(counts, unread, verify, str(shard) if shard else None, monotonic() - started, time())
        for line in write(status):
            self.stdout.write(line)
        problems = []
        found = sum(count.tally.verdicts[verdict] for count in counts for verdict in bad)
        if found:
            problems.append(f"{found} thumbnails are {', '.join(sorted(bad))}.")
        if unread:
            problems.append(f"Models whose table could not be read: {len(unread)}; see above.")
        if problems:
            raise CommandError(" ".join(problems))


def _format(options: dict[str, Any]) -> str:
    """Return the format of the output. It is checked here, because `call_command` does not check choices."""
    chosen_format = options["format"] or ("json" if options["json"] else "text")
    if chosen_format not in FORMATS or (options["json"] and chosen_format != "json"):
        raise CommandError(f"--format {chosen_format}: choose one of {', '.join(FORMATS)}, without --json.")
    return str(chosen_format)


def _count(selection: Selection, verify: str) -> list[FieldCount]:
    """Return the level and the counts of each field.

    Raises:
        DatabaseError: The table cannot be read.
    """
    counts = {field: (level_of(field, verify), Tally()) for field in selection.fields}
    scan = Scan(selection, verify, dry_run=True)
    for row in scan.checked(available_cpus() * THREADS_PER_WORKER):
        if isinstance(row, PassedOver):
            _add_fresh(row, counts)
            continue
        for assessed in row.assessed:
            level, tally = counts[assessed.field]
            tally.add(assessed.assessment.verdict, level)
    _add_fresh(scan.passed_over(at_the_end=True), counts)
    return [FieldCount(str(field), selection.using, *found) for field, found in counts.items()]


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
