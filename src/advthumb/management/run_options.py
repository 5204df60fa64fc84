"""What a run of a command is asked to do."""

from dataclasses import dataclass

from advthumb import conf
from advthumb.core.detection import Verdict

from .scanning import Assessed, Scan
from .selection import Selection


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run is to do.

    Attributes:
        due: The verdicts to do something about.
        force: Make every thumbnail that has a source.
        verify: How closely to look: `auto`, `name`, `stat` or `content`.
        dry_run: Look only: change no file and no row, and drop nothing from the cache.
        clear_cache: Drop what the cache holds about each row before looking at it.
        limit: Stop after so many rows were made or cleared. Rows that fail do not count, so that
            broken pictures never keep a limited run from the others.
        workers: How many sources may be rendered at a time.
        processes: Whether each is rendered in a process of its own and not in a thread.
    """

    due: frozenset[Verdict]
    force: bool = False
    verify: str = conf.AUTO
    dry_run: bool = False
    clear_cache: bool = False
    limit: int | None = None
    workers: int = 1
    processes: bool = False

    def scan(self, selection: Selection) -> Scan:
        """Return the scan of a selection, as closely as is asked for."""
        return Scan(
            selection, self.verify, forget=self.clear_cache, dry_run=self.dry_run, everything=self.force
        )

    def wants(self, assessed: Assessed) -> bool:
        """Return whether something is to be done about a thumbnail."""
        return assessed.assessment.verdict in self.due or (self.force and bool(assessed.source_name))

    def counts_as_failed(self, assessed: Assessed) -> bool:
        """Return whether a thumbnail that is left alone counts as failed.

        A failure that is recorded stands for a missing thumbnail, so it counts where missing ones
        are made: a lost record would have it tried, and fail, again. All else that has failed is
        a source whose file is gone.
        """
        failed = assessed.assessment.verdict is Verdict.FAILED
        return failed and (bool(assessed.thumbnail_name) or Verdict.MISSING in self.due)
