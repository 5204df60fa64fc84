"""Whether the pixels of a PNG are all there, which only unpacking them tells (PNG, third edition)."""

import zlib
from math import ceil

from .png import chunks, header
from .reading import corrupt

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""The samples of a stored pixel."""
_INTERLACE = 28
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Left, top and the steps across and down of the passes of an interlaced picture (8.1)."""
_PIECE = 2**16


def check_rows(data: bytes) -> None:
    """See that the pixels of a clean PNG unpack to all of its rows, by unpacking them.

    Raises:
        ThumbnailError: `corrupt`: there are fewer.
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
        raise corrupt("its pixels end before its last row")
