"""In which order the thumbnails of one source are scaled, and from which picture."""

from collections.abc import Mapping
from typing import NamedTuple

from .images import RenderPlan, Size
from .planning import SHRINK_MARGIN


class Step(NamedTuple):
    """A picture that is scaled once, for one thumbnail or several.

    Attributes:
        plans: The plans of these thumbnails by number, such as those of a set in several formats.
        larger: The first number of the step whose picture it is scaled from; None for the source.
    """

    plans: Mapping[int, RenderPlan]
    larger: int | None


def steps(plans: Mapping[int, RenderPlan], source: Size) -> list[Step]:
    """Return what is scaled, in order. The arguments are those of `cascade`."""
    alike: dict[object, dict[int, RenderPlan]] = {}
    for number, plan in plans.items():
        alike.setdefault(plan.scaling, {})[number] = plan
    by_first = {next(iter(group)): group for group in alike.values()}
    order = cascade({first: group[first] for first, group in by_first.items()}, source)
    return [Step(by_first[first], larger) for first, larger in order]


def reads_often(plans: Mapping[int, RenderPlan], source: Size) -> bool:
    """Return whether the source is read more than once. The arguments are those of `cascade`."""
    from_source = sum(step.larger is None for step in steps(plans, source))
    return from_source > 1 or any(plan.smart for plan in plans.values())


def cascade(plans: Mapping[int, RenderPlan], source: Size) -> list[tuple[int, int | None]]:
    """Decide in which order the thumbnails of one source are scaled, and from which picture.

    A smaller thumbnail can be scaled from a larger one if that is at least `SHRINK_MARGIN` times as large,
    not cropped, and not larger than the source. This is faster, because it has a fraction of the pixels.

    Args:
        plans: The plans by number, all for the same source.
        source: The upright size of the source.

    Returns:
        The number of each plan, larger ones first, with the number of the smallest plan that it can be
        scaled from, or None for the source.
    """
    ordered = sorted(plans, key=lambda number: plans[number].scaled.pixels, reverse=True)
    steps: list[tuple[int, int | None]] = []
    for place, number in enumerate(ordered):
        needed = [side * SHRINK_MARGIN for side in plans[number].scaled]
        larger = [
            other
            for other in ordered[:place]
            if plans[other].crop.size == plans[other].scaled
            and all(
                low <= side <= most
                for low, side, most in zip(needed, plans[other].scaled, source, strict=True)
            )
        ]
        steps.append((number, larger[-1] if larger else None))
    return steps
