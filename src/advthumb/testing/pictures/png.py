"""PNG files written chunk by chunk, for depths and chunks that Pillow does not write."""

import struct
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, TRUECOLOUR, PALETTE, GREY_ALPHA, TRUECOLOUR_ALPHA = 0, 2, 3, 4, 6

Chunks = Iterable[tuple[bytes, bytes]]


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, depth: int = 8, colour_type: int = TRUECOLOUR) -> bytes:
    """Return the signature and the IHDR chunk."""
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))


def png(
    width: int, rows: list[bytes], depth: int, colour_type: int, *, before: Chunks = (), after: Chunks = ()
) -> bytes:
    """Return a PNG of packed rows, with further chunks before and after the pixels."""
    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows))
    parts = [header(width, len(rows), depth, colour_type)]
    parts += [chunk(*each) for each in before]
    parts += [chunk(b"IDAT", pixels)]
    parts += [chunk(*each) for each in after]
    return b"".join(parts) + chunk(b"IEND", b"")


def png16(
    samples: NDArray[np.uint16], transparent: tuple[int, ...] | None = None, *, profile: bytes = b""
) -> bytes:
    """Return a 16-bit PNG of 1 to 4 channels, with a transparent colour and an ICC profile if given."""
    samples = samples.reshape(*samples.shape[:2], -1)
    colour_type = {1: GREY, 2: GREY_ALPHA, 3: TRUECOLOUR, 4: TRUECOLOUR_ALPHA}[samples.shape[2]]
    rows = [row.astype(">u2").tobytes() for row in samples]
    before = [(b"iCCP", b"icc\x00\x00" + zlib.compress(profile))] if profile else []
    if transparent:
        before.append((b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)))
    return png(samples.shape[1], rows, 16, colour_type, before=before)


def low_bit_grey_png(
    depth: int, left: int, right: int, *, transparent: int | None = None, side: int = 64
) -> bytes:
    """Return two greys of 1, 2 or 4 bits side by side, one of them transparent if given."""
    bits = "".join(f"{value:0{depth}b}" * (side // 2) for value in (left, right))
    row = int(bits, 2).to_bytes(len(bits) // 8, "big")
    key = [] if transparent is None else [(b"tRNS", struct.pack(">H", transparent))]
    return png(side, [row] * side, depth, GREY, before=key)


def palette_png(colours: list[tuple[int, ...]], alphas: list[int], side: int = 64) -> bytes:
    """Return a palette picture of equal vertical stripes, one per colour, with an alpha for each."""
    row = bytes(column * len(colours) // side for column in range(side))
    before = [(b"PLTE", b"".join(map(bytes, colours))), (b"tRNS", bytes(alphas))]
    return png(side, [row] * side, 8, PALETTE, before=before)
