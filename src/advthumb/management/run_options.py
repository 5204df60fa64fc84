"""The options of a run of a command."""

from dataclasses import dataclass

from advthumb import conf
from advthumb.core.detection import Verdict

from .scanned_columns import Assessed
from .scanning import Scan
from .selection import Selection
from .shards import Shard


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of a run.

    Attributes:
        due: The verdicts to act on.
        force: Make every thumbnail that has a source.
        verify: How much to check: `auto`, `name`, `stat` or `content`.
        dry_run: Only check: do not change files, rows or the cache.
        clear_cache: Delete what the cache holds about each row before checking the row.
        limit: Stop after this many rows were made or cleared. Rows that fail do not count, so that broken
            pictures never keep a limited run from processing the others.
        workers: How many sources may be rendered at a time.
        processes: Whether sources are rendered in separate processes instead of threads.
        shard: The shard that the selections are limited to; None for all rows.
        enqueue: Make nothing in this process, and enqueue tasks instead.
    """

    due: frozenset[Verdict]
    force: bool = False
    verify: str = conf.AUTO
    dry_run: bool = False
    clear_cache: bool = False
    limit: int | None = None
    workers: int = 1
    processes: bool = False
    shard: Shard | None = None
    enqueue: bool = False

    def scan(self, selection: Selection) -> Scan:
        """Return the scan of a selection at the requested level."""
        return Scan(
            selection, self.verify, forget=self.clear_cache, dry_run=self.dry_run, everything=self.force
        )

    def wants(self, assessed: Assessed) -> bool:
        """Return whether the run must act on a thumbnail."""
        return assessed.assessment.verdict in self.due or (self.force and bool(assessed.source_name))

    def counts_as_failed(self, assessed: Assessed) -> bool:
        """Return whether a thumbnail that is left as it is counts as failed.

        A recorded failure stands for a missing thumbnail, so it counts in runs that make missing thumbnails:
        without the record, the thumbnail would be tried again and would fail again. In all other runs, only
        a source whose file no longer exists counts.
        """
        failed = assessed.assessment.verdict is Verdict.FAILED
        return failed and (bool(assessed.thumbnail_name) or Verdict.MISSING in self.due)
