"""Which thumbnails of a source are wanted, and making them with one decode. No database is asked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Model

from advthumb.core.detection import ON_SAVE, Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.generation import PhaseHook, Source, generate, in_processes, unobserved

from .change import Change
from .rollback import delete_on_rollback


@dataclass(frozen=True, slots=True)
class Demand:
    """Which thumbnails are to be made.

    Attributes:
        due: Those with one of these verdicts.
        force: Every thumbnail, whatever the verdict.
        forced: Those of fields with `force_regenerate`, whatever the verdict.
        replaced: Those that still have this name, by field name, whatever the verdict.
    """

    due: Collection[Verdict]
    force: bool = False
    forced: bool = False
    replaced: Mapping[str, str] = field(default_factory=dict)

    def wants(self, change: Change[Model]) -> bool:
        """Return whether a thumbnail is to be made. One that was just made is not."""
        return not change.made and (
            self.force
            or change.assessment.verdict in self.due
            or (self.forced and change.field.force_regenerate)
            or self.replaced.get(change.field.name) == change.new
        )


IN_A_SAVE = Demand(ON_SAVE, forced=True)
"""What every save demands."""


@dataclass(frozen=True, slots=True)
class Means:
    """How a run of a command makes thumbnails.

    Attributes:
        hook: Called at the start of each phase; returns a context manager.
        processes: How many separate processes engines render in; None for no separate processes.
    """

    hook: PhaseHook = unobserved
    processes: int | None = None


IN_THIS_THREAD = Means()


def make(
    wanted: Sequence[Change[Model]], source: Source | None, using: str, means: Means
) -> dict[str, Change[Model]]:
    """Make thumbnails of one source with one decode, and store them.

    A new file is deleted again if the transaction is rolled back.

    Args:
        wanted: The thumbnails to make.
        source: Their source; without one, rows lose their thumbnails.
        using: The database of the row.
        means: How they are made.

    Returns:
        The new changes, by the column of the thumbnail.
    """
    if source is None:
        return {change.field.attname: change.cleared() for change in wanted if change.new}
    targets = [
        change.field.target(change.instance, change.assessment.verdict, change.point) for change in wanted
    ]
    if means.processes:
        targets = [in_processes(target, means.processes) for target in targets]
    outcomes = {}
    for change, (made, seconds) in zip(wanted, generate(source, targets, means.hook), strict=True):
        if isinstance(made, ThumbnailError):
            outcome = change.failed(made, source, using)
        else:
            delete_on_rollback(change.field.storage, made.name, using, ours=made.named)
            outcome = change.rendered(made, using)
        outcomes[change.field.attname] = outcome._replace(seconds=seconds)
    return outcomes
