"""How the picture of a HEIF item is rotated, mirrored and cropped (ISO/IEC 23008-12, 6.5.9 to 6.5.12)."""

from fractions import Fraction
from math import floor

from advthumb.core.images import Box, Size
from advthumb.core.orientation import Orientation

from .heif import Item
from .reading import byte, corrupt, unpacked, unsupported

TRANSFORMS = frozenset({b"irot", b"imir", b"clap"})
"""The properties that contain these transforms."""


def transforms(item: Item) -> list[tuple[bytes, bytes]]:
    """Return the type and content of each of these properties, in order."""
    return [
        (each.property.name, each.property.content)
        for each in item.associations
        if each.property.name in TRANSFORMS
    ]


def orientation(item: Item) -> Orientation:
    """Return all rotations and mirrors, in order, combined into one orientation."""
    mirrored, clockwise = False, 0
    for name, content in transforms(item):
        value = byte(content, 0)
        if name == b"irot":
            clockwise -= 90 * (value & 3)
        elif name == b"imir":  # 1 is left to right; top to bottom is the same plus half a turn
            mirrored, clockwise = not mirrored, (0 if value & 1 else 180) - clockwise
    turned = (mirrored, clockwise % 360)
    return next(each for each in Orientation if (each.mirrored, each.clockwise) == turned)


def aperture(item: Item, size: Size) -> Box | None:
    """Return the part of a picture that is shown (ISO/IEC 14496-12, 12.1.4), rounded as in libheif.

    Raises:
        ThumbnailError: `corrupt`: nothing is left; `unsupported`: the picture is cropped twice, or after a
            rotation, which MIAF (ISO/IEC 23000-22, 7.3.6.7) forbids.
    """
    names = [name for name, _ in transforms(item)]
    if b"clap" not in names:
        return None
    if names.index(b"clap") or names.count(b"clap") > 1:
        raise unsupported("its picture is cropped twice, or after a rotation")
    values = unpacked(">IIIIiIiI", item.first(b"clap") or b"", 0)
    if 0 in values[1::2]:
        raise corrupt("its crop has a denominator of 0")
    wide, high, across, down = (Fraction(*values[at : at + 2]) for at in (0, 2, 4, 6))
    left = floor(across + Fraction(size.width - 1, 2) - (wide - 1) / 2)
    top = _rounded(down + Fraction(size.height - 1, 2) - (high - 1) / 2)
    right, bottom = _rounded(left + wide), _rounded(top + high)
    part = Box(max(0, left), max(0, top), min(size.width, right), min(size.height, bottom))
    if min(part.size) < 1:
        raise corrupt("its crop leaves no pixels")
    return part if part.size != size else None


def _rounded(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
