"""The arguments of the field that make its thumbnail a responsive set, checked when the class is defined."""

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from advthumb import conf
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.sets import MAX_WIDTH, MAX_WIDTHS

from .arguments import FormatName, Sides, refuse

Widths = Sequence[int]
Densities = Sequence[float]
Formats = Sequence[FormatName]

_FURTHER = f"at most {MAX_WIDTHS} different widths from 1 to {MAX_WIDTH} pixels, other than that in size"


def widths(value: object, box: Sides) -> tuple[int, ...]:
    """Check the widths of the further files of a set.

    Args:
        value: Widths in pixels.
        box: The checked `size`.
    """
    found = _listed("widths", value)
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in found):
        raise refuse("widths", value, "a tuple of whole numbers, the widths in pixels")
    if not _are_further(found, box):
        raise refuse("widths", value, _FURTHER)
    return found


def densities(value: object, box: Sides, others: tuple[int, ...]) -> tuple[float, ...]:
    """Check the pixel densities of the screens that a set is for.

    Args:
        value: Multiples of the width in `size`; 1 is the main file.
        box: The checked `size`.
        others: The checked `widths`.
    """
    found = _listed("densities", value)
    if not all(_is_density(each) for each in found):
        raise refuse("densities", value, "a tuple of numbers that are 1 or more, such as (1, 2)")
    if found and (others or box[0] is None):
        raise refuse("densities", value, "left out where widths are given, or where size has no width")
    if not _are_further(_at_densities(found, box), box):
        raise refuse("densities", value, f"such that the width in size, times each of them, gives {_FURTHER}")
    return found


def _are_further(found: Collection[int], box: Sides) -> bool:
    """Return whether a set can have these widths besides that of its main file."""
    distinct = {*found} - {box[0]}
    in_range = all(1 <= width <= MAX_WIDTH for width in found)
    return in_range and len(distinct) == len(found) <= MAX_WIDTHS


def _is_density(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= MAX_WIDTH


def _at_densities(found: Sequence[float], box: Sides) -> tuple[int, ...]:
    """Return the width at each density except 1, to the nearest pixel, halves up."""
    return tuple(int((box[0] or 0) * density + 0.5) for density in found if density != 1)


def further_widths(wanted: tuple[int, ...], screens: tuple[float, ...], box: Sides) -> tuple[int, ...]:
    """Return the further widths that checked `widths` or `densities` mean, the smallest first."""
    return tuple(sorted(wanted or _at_densities(screens, box)))


def formats(value: object, main: ImageFormat | None) -> tuple[ImageFormat, ...]:
    """Check the further formats of a set.

    Args:
        value: Output formats, the preferred one first.
        main: The checked `format`.
    """
    try:
        found = tuple(conf.parse_output_format(str(each), "formats") for each in _listed("formats", value))
    except ImproperlyConfigured:
        raise refuse("formats", value, f"a tuple or a list with some of {', '.join(OUTPUTS)}") from None
    if len({*found, main}) != len(found) + 1:
        raise refuse("formats", value, "different formats, without that of format, which is made anyway")
    return found


def _listed(name: str, value: object) -> tuple[Any, ...]:
    if not isinstance(value, tuple | list):
        raise refuse(name, value, "a tuple or a list")
    return tuple(value)
