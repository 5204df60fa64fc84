"""The common part of the commands that make thumbnails: their options and the order of their steps."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError

from advthumb.core.detection import Verdict
from advthumb.cpus import available_cpus
from advthumb.malloc import keep_freed_memory

from .bulk import Run
from .options import add_choice, add_verify, checked_whole_number, chosen, verify_level
from .outcomes import Outcome
from .output import JsonOutput, TextOutput
from .process import errors_not_repeated, stoppable
from .progress import Progress, progress
from .reporting import Report
from .resuming import Resumption
from .run_options import RunOptions
from .selection import Selection
from .shards import add_shard, chosen_shard

_INTERRUPTED = 130


class ThumbnailCommand(BaseCommand):
    """Checks thumbnails and acts on those whose verdict is in `due`.

    The exit code is 0 if all went well, 1 if a thumbnail could not be made or a table could not be read,
    and 130 after Ctrl-C.
    """

    due: ClassVar[frozenset[Verdict]]

    _owns_process = False

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command as a program, which has the process to itself."""
        self._owns_process = True
        super().run_from_argv(argv)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_choice(parser)
        add_shard(parser)
        add_verify(parser)
        parser.add_argument(
            "--force",
            action="store_true",
            help="Make every thumbnail that has a source again, also fresh ones.",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Change nothing. Print what is due, with a reason per row. The exit code is 0.",
        )
        parser.add_argument(
            "--clear-cache",
            action="store_true",
            help="First delete the cache entries of the chosen rows, such as recorded failures.",
        )
        parser.add_argument(
            "--enqueue",
            action="store_true",
            help="Make nothing here. Enqueue a task for each row and source that is due, and print the "
            "number of thumbnails. Workers make them. ADVANCE_THUMBNAIL_TASK names the queue.",
        )
        _add_extent(parser)
        _add_workers(parser)
        _add_memory(parser)
        parser.add_argument("--no-progress", action="store_true", help="Show no progress bar.")
        parser.add_argument("--json", action="store_true", help="Print one JSON document instead of text.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command.

        Raises:
            CommandError: An option names something that does not exist, a thumbnail could not be made, or
                Ctrl-C was pressed.
        """
        run_options = self._run_options(options)
        if self._owns_process and not options["no_malloc_tuning"]:
            keep_freed_memory()
        try:
            resumption = Resumption(self._name, options, chosen(options))
            selections = resumption.start()
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read: {error}") from error
        run = Run(run_options)
        report = Report(run)
        report.resumed_after = resumption.resumed_after
        output_type = JsonOutput if options["json"] else TextOutput
        output = output_type(self.stdout, self.stderr, options["verbosity"])
        output.open(report)
        try:
            with _watched(run, selections, options) as shown:
                for step in run.steps(selections):
                    report.add(step)
                    if output.is_news(step):
                        with shown.aside():
                            output.tell(step)
                    shown.advance(step.looked_at)
                    resumption.keep(run.position)
            report.interrupted = run.stop.is_set()
        except KeyboardInterrupt:
            report.interrupted = True
        except ImproperlyConfigured as error:
            raise CommandError(f"The settings are wrong: {error}") from error
        finally:
            if run.complete:
                resumption.complete()
            else:
                report.continue_with = resumption.stop(run.position)
                report.continues_by_itself = resumption.continues_by_itself
            output.close(report)
        _exit(report)

    @property
    def _name(self) -> str:
        """The name that this command is called by."""
        return type(self).__module__.rpartition(".")[2]

    def _run_options(self, options: dict[str, Any]) -> RunOptions:
        """Return what to do."""
        verify_level(options)
        for name in ("limit", "workers"):
            checked_whole_number(options, name)
        names = ("force", "verify", "dry_run", "clear_cache", "limit", "workers", "processes", "enqueue")
        values = {name: options[name] for name in names}
        return RunOptions(self.due, **values, shard=chosen_shard(options))


@contextmanager
def _watched(run: Run, selections: Sequence[Selection], options: dict[str, Any]) -> Iterator[Progress]:
    """Show a progress bar, let Ctrl-C stop the run, and let only the command print errors."""
    terminal = options.get("stderr") or sys.stderr
    quiet = nullcontext() if options["traceback"] else errors_not_repeated(terminal)
    bar = progress(terminal, lambda: run.count(selections), wanted=not options["no_progress"])
    with quiet, stoppable(run.stop), bar as shown:
        yield shown


def _add_extent(parser: ArgumentParser) -> None:
    """Declare the options for how many rows are processed and where the run starts."""
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="Stop after N rows whose thumbnails were made, enqueued or cleared. Rows that fail do not "
        "count. With --force, the next run with --limit continues where this one stopped.",
    )
    parser.add_argument(
        "--after",
        metavar="PK",
        help="Only rows with a larger primary key, to continue a run that was stopped. Where several models "
        "are chosen, app.Model:PK; the models before it are skipped.",
    )
    parser.add_argument(
        "--restart",
        action="store_true",
        help="With --force and --limit: start at the first row, not where the last such run stopped.",
    )


def _add_workers(parser: ArgumentParser) -> None:
    """Declare the options for workers and processes."""
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        default=available_cpus(),
        help="Render N sources at a time. The default is the number of CPUs (%(default)s here).",
    )
    parser.add_argument(
        "--processes",
        action="store_true",
        help="Render in separate processes instead of threads, so that a picture that crashes the library "
        "affects only its own row.",
    )


def _add_memory(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--no-malloc-tuning",
        action="store_true",
        help="Do not tune the memory allocation of glibc. By default the command keeps the memory of one "
        "picture for the next, which is faster and uses more memory.",
    )


def _exit(report: Report) -> None:
    """Exit with the code that the report requires."""
    if report.interrupted:
        raise CommandError("Interrupted.", returncode=_INTERRUPTED)
    problems = []
    failed = report.total.outcomes[Outcome.FAILED]
    if failed and not report.options.dry_run:
        known = report.total.verdicts[Verdict.FAILED] and not report.options.force
        again = " What failed in an earlier run is tried again with --force." if known else ""
        problems.append(f"Thumbnails that could not be made: {failed}; the reasons are given above.{again}")
    if report.unread:
        problems.append(f"Models whose table could not be read: {len(report.unread)}; see above.")
    if problems:
        raise CommandError(" ".join(problems))
