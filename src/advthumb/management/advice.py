"""Which command acts on the thumbnails that another command left as they are."""

from collections.abc import Iterator, Mapping

from advthumb.core.detection import GENERATE, REGENERATE, Verdict

_COMMANDS: Mapping[str, frozenset[Verdict]] = {
    "generate_thumbnails": GENERATE,
    "regenerate_thumbnails": REGENERATE,
}


def advice(left: Mapping[Verdict, int]) -> Iterator[str]:
    """Yield a sentence for each command that would act on thumbnails that were left as they are.

    Args:
        left: How many thumbnails with each verdict were left.
    """
    for command, verdicts in _COMMANDS.items():
        found = [verdict for verdict in Verdict if verdict in verdicts and left.get(verdict)]
        count = sum(left[verdict] for verdict in found)
        if count:
            subject = "1 thumbnail is" if count == 1 else f"{count} thumbnails are"
            yield f"{subject} {' or '.join(found)}: run {command} or sync_thumbnails."
