"""Writes PNGs: from rows of samples, or chunk by chunk."""

import struct
import zlib
from collections.abc import Iterable

from advthumb.core.images import Size

Piece = bytes | bytearray | memoryview
"""A part of a file."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""The colour type of grey, grey with alpha, RGB and RGBA, by the number of samples in a pixel."""


def chunk(name: bytes, content: Piece) -> bytes:
    """Return a chunk with its length and its checksum."""
    named = b"".join([name, content])
    return struct.pack(">I", len(content)) + named + struct.pack(">I", zlib.crc32(named))


END = chunk(b"IEND", b"")


def written(size: Size, bits: int, samples: int, bands: Iterable[Piece]) -> bytes:
    """Return a PNG whose pixels are not compressed, for a decoder that reads it at once.

    Args:
        size: The size.
        bits: The bits of a sample, 8 or 16.
        samples: The samples in a pixel: 1 for grey, 2 for grey with alpha, 3 for RGB, 4 for RGBA.
        bands: All rows, a few at once. Each row begins with a byte of 0, which stands for "no filter".
    """
    header = struct.pack(">IIBBBBB", *size, bits, _COLOUR_TYPES[samples], 0, 0, 0)
    packing = zlib.compressobj(0)
    pixels = [chunk(b"IDAT", packing.compress(band)) for band in bands]
    return b"".join([SIGNATURE, chunk(b"IHDR", header), *pixels, chunk(b"IDAT", packing.flush()), END])
