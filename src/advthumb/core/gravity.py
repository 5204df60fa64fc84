"""Which part of a picture a crop keeps: the part around a point, as far as the rim allows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from .images import Box, Size

WHOLE = 1000
"""Coordinates of a point are thousandths of a side, so that every engine computes with the same integers."""


class Point(NamedTuple):
    """A point in an upright picture.

    Attributes:
        x: How far it is from the left, in thousandths of the width.
        y: How far it is from the top, in thousandths of the height.
    """

    x: int
    y: int

    def __str__(self) -> str:
        """Return both coordinates as fractions: `0.260,0.787`."""
        return ",".join(f"{side / WHOLE:.3f}" for side in self)


CENTRE = Point(WHOLE // 2, WHOLE // 2)

SMART: Final = "smart"
"""The point is chosen by `core.attention` when the picture has been decoded."""

Gravity = Point | Literal["smart"]

COMPASS: Mapping[str, Point] = MappingProxyType(
    {
        "center": CENTRE,
        "north": Point(WHOLE // 2, 0),
        "northeast": Point(WHOLE, 0),
        "east": Point(WHOLE, WHOLE // 2),
        "southeast": Point(WHOLE, WHOLE),
        "south": Point(WHOLE // 2, WHOLE),
        "southwest": Point(0, WHOLE),
        "west": Point(0, WHOLE // 2),
        "northwest": Point(0, 0),
    }
)
"""The nine named points."""


def crop_box(scaled: Size, kept: Size, point: Point) -> Box:
    """Return the part of a scaled picture whose middle is as near to a point as the rim allows.

    Args:
        scaled: The size of the upright picture.
        kept: The size of the part, at most that of the picture.
        point: The point. Where it lies between two pixels, the part begins at the first.
    """
    left = _begin(scaled.width, kept.width, point.x)
    top = _begin(scaled.height, kept.height, point.y)
    return Box(left, top, left + kept.width, top + kept.height)


def _begin(side: int, kept: int, thousandths: int) -> int:
    wanted = (2 * side * thousandths - WHOLE * kept) // (2 * WHOLE)
    return min(max(wanted, 0), side - kept)
