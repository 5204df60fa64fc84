"""What both commands share: their options, and the order of their steps."""

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError

from advthumb.core.detection import Verdict
from advthumb.cpus import available_cpus

from .bulk import Run
from .options import add_choice, add_verify, checked_verify, checked_whole_number, chosen
from .outcomes import Outcome
from .process import errors_not_repeated, stoppable
from .progress import progress
from .reporting import JsonOutput, Output, Report, TextOutput, told
from .run_options import RunOptions
from .selection import Selection

_INTERRUPTED = 130


class ThumbnailCommand(BaseCommand):
    """Goes through thumbnail fields and acts where a verdict is one of `due`.

    The exit code is 0 if all went well, 1 if a thumbnail could not be made and 130 after Ctrl-C.
    """

    due: ClassVar[frozenset[Verdict]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_choice(parser)
        add_verify(parser)
        parser.add_argument("--force", action="store_true", help="Make every thumbnail that has a source.")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Touch nothing; print what is due, with a reason per row. The exit code is 0.",
        )
        parser.add_argument(
            "--clear-cache",
            action="store_true",
            help="First forget what the cache holds about the chosen rows: recorded failures, and "
            "facts that were found unchanged.",
        )
        parser.add_argument(
            "--limit",
            type=int,
            metavar="N",
            help="Stop after N rows whose thumbnails were made or cleared. Rows that fail do not count.",
        )
        parser.add_argument(
            "--workers",
            type=int,
            metavar="N",
            default=available_cpus(),
            help="Render N sources at a time; by default as many as there are CPUs (%(default)s here).",
        )
        parser.add_argument(
            "--processes",
            action="store_true",
            help="Render in processes, not in threads: a picture that crashes one costs its own row.",
        )
        parser.add_argument("--no-progress", action="store_true", help="Draw no progress bar.")
        parser.add_argument("--json", action="store_true", help="Print one JSON document instead of text.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command.

        Raises:
            CommandError: An option names nothing, a thumbnail could not be made, or Ctrl-C.
        """
        run_options = self._run_options(options)
        selections = chosen(options)
        run = Run(run_options)
        report = Report(run_options, run.timer.seconds)
        output = self._output(options)
        output.open()
        try:
            self._go_through(selections, run, report, output, options)
        except KeyboardInterrupt:
            report.interrupted = True
        except ImproperlyConfigured as error:
            raise CommandError(f"The settings are wrong: {error}") from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read; has `migrate` been run? {error}") from error
        finally:
            output.close(report)
        _exit(report)

    def _run_options(self, options: dict[str, Any]) -> RunOptions:
        """Return what is to be done."""
        checked_verify(options)
        for name in ("limit", "workers"):
            checked_whole_number(options, name)
        names = ("force", "verify", "dry_run", "clear_cache", "limit", "workers", "processes")
        return RunOptions(self.due, **{name: options[name] for name in names})

    def _output(self, options: dict[str, Any]) -> Output:
        if options["json"]:
            return JsonOutput(self.stdout)
        return TextOutput(self.stdout, self.stderr, summary=options["verbosity"] > 0)

    def _go_through(
        self, selections: list[Selection], run: Run, report: Report, output: Output, options: dict[str, Any]
    ) -> None:
        """Run, count and tell, until the end or the first Ctrl-C."""
        terminal = options.get("stderr") or sys.stderr
        news = told(options["verbosity"])
        quiet = nullcontext() if options["traceback"] else errors_not_repeated(terminal)
        bar = progress(terminal, lambda: run.count(selections), wanted=not options["no_progress"])
        with quiet, stoppable(run.stop), bar as shown:
            for step in run.steps(selections):
                report.add(step)
                for result in step.results:
                    if result.outcome in news:
                        with shown.aside():
                            output.tell(result)
                shown.advance(step.looked_at)
        report.interrupted = run.stop.is_set()


def _exit(report: Report) -> None:
    """Leave with the exit code that the report asks for."""
    if report.interrupted:
        raise CommandError("Interrupted.", returncode=_INTERRUPTED)
    failed = report.total.outcomes[Outcome.FAILED]
    if failed and not report.dry_run:
        raise CommandError(
            f"Thumbnails that could not be made: {failed}; the reasons are given above. "
            "What failed in an earlier run is tried again with --force."
        )
