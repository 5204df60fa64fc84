"""Which verdicts each command acts on, and which command acts on what another one left."""

from collections.abc import Iterator, Mapping

from advthumb.core.detection import Verdict

GENERATE = frozenset({Verdict.MISSING, Verdict.LOST})
"""What `generate_thumbnails` makes."""

REGENERATE = frozenset({Verdict.SOURCE_CHANGED, Verdict.SPEC_CHANGED, Verdict.UNKNOWN, Verdict.ORPHANED})
"""What `regenerate_thumbnails` makes again or clears."""

SYNC = GENERATE | REGENERATE
"""What `sync_thumbnails` puts right: everything that can be."""

_COMMANDS: Mapping[str, frozenset[Verdict]] = {
    "generate_thumbnails": GENERATE,
    "regenerate_thumbnails": REGENERATE,
}


def advice(left: Mapping[Verdict, int]) -> Iterator[str]:
    """Yield a sentence for each command that would act on thumbnails that were left as they are.

    Args:
        left: How many thumbnails of each verdict were left.
    """
    for command, verdicts in _COMMANDS.items():
        found = [verdict for verdict in Verdict if verdict in verdicts and left.get(verdict)]
        count = sum(left[verdict] for verdict in found)
        if count:
            subject = "1 thumbnail is" if count == 1 else f"{count} thumbnails are"
            yield f"{subject} {' or '.join(found)}: run {command} or sync_thumbnails."
