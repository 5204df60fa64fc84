"""Pictures that are stored turned or mirrored, with the EXIF tag that says so."""

import struct
from typing import Any

from .files import encode
from .pixels import Pixels, corner_pixels

ORIENTED_FORMATS = ("JPEG", "WEBP", "PNG", "TIFF", "AVIF", "HEIC")
"""The formats that store an orientation: EXIF in most, tags in TIFF, `irot` and `imir` in AVIF and HEIC."""

_TAG, _SHORT = 0x0112, 3

# Exif 2.32, 4.6.4 A: which side of the upright picture the stored row 0 and column 0 are.
_STORED: dict[int, tuple[bool, bool, bool]] = {
    # value: (upside down, mirrored, rows and columns swapped), applied to the upright picture in this order
    1: (False, False, False),
    2: (False, True, False),
    3: (True, True, False),
    4: (True, False, False),
    5: (False, False, True),
    6: (False, True, True),
    7: (True, True, True),
    8: (True, False, True),
}


def stored_pixels(upright: Pixels, orientation: int) -> Pixels:
    """Return the pixels that an orientation tag of this value turns into `upright`."""
    upside_down, mirrored, swapped = _STORED[orientation]
    stored = upright[:: -1 if upside_down else 1, :: -1 if mirrored else 1]
    return (stored.swapaxes(0, 1) if swapped else stored).copy()


def exif_directory(entries: list[tuple[int, int, int]], order: str = "<") -> bytes:
    """Return EXIF bytes (TIFF header and first directory) of (tag, type, value) entries.

    `order` is that of struct: `<` little-endian, `>` big-endian.
    """
    body = struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        room = struct.pack(order + ("HH" if kind == _SHORT else "I"), value, *([0] if kind == _SHORT else []))
        body += struct.pack(order + "HHI", tag, kind, 1) + room
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    return mark + struct.pack(order + "I", 8) + body + bytes(4)


def orientation_exif(orientation: int, order: str = "<") -> bytes:
    """Return EXIF bytes that contain only the orientation."""
    return exif_directory([(_TAG, _SHORT, orientation)], order)


def oriented(orientation: int, image_format: str = "JPEG", upright: Pixels | None = None) -> bytes:
    """Return a file that shows `upright` when it is turned upright (`corner_pixels()` by default)."""
    stored = stored_pixels(corner_pixels() if upright is None else upright, orientation)
    options: dict[str, Any] = {"exif": b"Exif\x00\x00" + orientation_exif(orientation)}
    if image_format == "TIFF":
        options = {"tiffinfo": {_TAG: orientation}}
    return encode(stored, image_format, **options)
