"""Checks whether all pixels of a PNG are there, by unpacking them (PNG, third edition)."""

import zlib
from math import ceil

from .png import chunks, header
from .reading import corrupt

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""The number of samples in a stored pixel, by colour type."""
_INTERLACE = 28
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Left, top, horizontal step and vertical step of each pass of an interlaced picture (8.1)."""
_PIECE = 2**16


def check_rows(data: bytes) -> None:
    """Check that the pixels of a clean PNG unpack to all its rows.

    Raises:
        ThumbnailError: `corrupt`: rows are missing.
    """
    width, height, depth, colours = header(data)
    bits = depth * _CHANNELS[colours]
    passes = _ADAM7 if data[_INTERLACE] else ((0, 0, 1, 1),)
    missing = 0
    for left, top, across, down in passes:
        wide, high = ceil((width - left) / across), ceil((height - top) / down)
        missing += (1 + ceil(wide * bits / 8)) * high if wide > 0 and high > 0 else 0
    unpacking = zlib.decompressobj()
    for name, start, stop in chunks(data):
        packed = data[start:stop] if name == b"IDAT" else b""
        while packed and missing > 0:
            missing -= len(unpacking.decompress(packed, _PIECE))
            packed = unpacking.unconsumed_tail
    if missing > 0:
        raise corrupt("its pixel data ends early")
