"""A sheet of thumbnails as a PNG: a row for each file, a column for each engine. Standard library only."""

import struct
import zlib
from collections.abc import Sequence

from advthumb.core.images import RGB, Size

from .comparison import GROUND, Cell

_GAP = 10
_PAPER = RGB(255, 255, 255)


def sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return the thumbnails of a comparison side by side; the cell of a missing thumbnail stays grey."""
    cell = Size(
        max((cell.size.width for row in rows for cell in row), default=0) or 1,
        max((cell.size.height for row in rows for cell in row), default=0) or 1,
    )
    gap = bytes(_PAPER) * _GAP
    width = _GAP + (cell.width + _GAP) * max(map(len, rows))
    blank = [bytes(_PAPER) * width] * _GAP
    lines = list(blank)
    for row in rows:
        columns = [_filled(each, cell) for each in row]
        lines += [gap + gap.join(parts) + gap for parts in zip(*columns, strict=True)]
        lines += blank
    return png(Size(width, len(lines)), lines)


def _filled(cell: Cell, size: Size) -> list[bytes]:
    """Return the lines of a cell, padded to a size."""
    length = cell.size.width * 3
    rest = bytes(_PAPER if cell.pixels else GROUND) * (size.width - cell.size.width)
    lines = [cell.pixels[at : at + length] + rest for at in range(0, len(cell.pixels), length or 1)]
    empty = bytes(_PAPER if cell.pixels else GROUND) * size.width
    return lines + [empty] * (size.height - len(lines))


def png(size: Size, lines: Sequence[bytes]) -> bytes:
    """Return lines of RGB samples as a PNG (ISO/IEC 15948): every line unfiltered, in one IDAT chunk."""
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + line for line in lines))
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
