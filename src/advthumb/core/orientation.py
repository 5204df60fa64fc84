"""The eight EXIF orientations: what they mean, and where to find them in EXIF bytes."""

import struct
from enum import IntEnum
from typing import Self

_TAG = 0x0112
_SHORT = 3
_EXIF_PREFIX = b"Exif\x00\x00"


Extent = tuple[float, float, float, float]
"""A part of a picture: left, top, right and bottom in pixels, fractions included."""


class Orientation(IntEnum):
    """The value of EXIF tag 0x0112: how the stored picture is oriented relative to the upright one.

    The names say what turns the stored picture upright: first mirror left to right if the name says so, then
    rotate clockwise (TIFF 6.0, section 8; Exif 2.32, 4.6.4 A).
    """

    NORMAL = 1
    MIRROR = 2
    ROTATE_180 = 3
    MIRROR_ROTATE_180 = 4
    MIRROR_ROTATE_270 = 5
    ROTATE_90 = 6
    MIRROR_ROTATE_90 = 7
    ROTATE_270 = 8

    @property
    def mirrored(self) -> bool:
        """Whether the stored picture is mirrored left to right, before any rotation."""
        return self in {
            Orientation.MIRROR,
            Orientation.MIRROR_ROTATE_90,
            Orientation.MIRROR_ROTATE_180,
            Orientation.MIRROR_ROTATE_270,
        }

    @property
    def clockwise(self) -> int:
        """The rotation in degrees clockwise (0, 90, 180, 270) after any mirroring."""
        return {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}.get(self.value, 0)

    def display_size(self, width: int, height: int) -> tuple[int, int]:
        """Return the upright (width, height) of a stored size. The function is its own inverse."""
        return (height, width) if self.value >= Orientation.MIRROR_ROTATE_270 else (width, height)

    def turned(self, extent: Extent, width: int, height: int) -> Extent:
        """Return the position of a part of a stored picture of this size after it has been turned upright."""
        left, top, right, bottom = extent
        if self.mirrored:
            left, right = width - right, width - left
        if self.clockwise == 90:
            return height - bottom, left, height - top, right
        if self.clockwise == 180:
            return width - right, height - bottom, width - left, height - top
        if self.clockwise == 270:
            return top, width - right, bottom, width - left
        return left, top, right, bottom

    @classmethod
    def from_tag(cls, value: object) -> Self:
        """Return the orientation for a tag value; anything but 1 to 8 means upright."""
        if isinstance(value, int) and 1 <= value <= len(cls):
            return cls(value)
        return cls(1)

    @classmethod
    def from_exif(cls, exif: bytes) -> Self:
        """Find the orientation in EXIF bytes, with or without the `Exif` prefix.

        Only the first directory is read, and only this tag, so damage elsewhere in the metadata does not
        matter. An unreadable orientation means upright.
        """
        tiff = exif.removeprefix(_EXIF_PREFIX)
        order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
        if order is None:
            return cls(1)
        try:
            (start,) = struct.unpack_from(order + "I", tiff, 4)
            (entries,) = struct.unpack_from(order + "H", tiff, start)
            for entry in range(start + 2, start + 2 + 12 * entries, 12):
                tag, kind, _count, value = struct.unpack_from(order + "HHIH", tiff, entry)
                if tag == _TAG and kind == _SHORT:
                    return cls.from_tag(value)
        except struct.error:
            return cls(1)
        return cls(1)
