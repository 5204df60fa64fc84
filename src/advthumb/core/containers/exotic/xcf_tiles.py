"""Decodes the tiles of a layer or a mask in an XCF.

This is fast enough in Python, because a tile is decoded as a few planes of bytes: a layer of 12 megapixels
takes between 0.3 and 1 second.
"""

import struct
import zlib
from collections.abc import Iterator

from advthumb.core.containers.reading import corrupt, unpacked, unsupported
from advthumb.core.images import Size

from .xcf_headers import TILE, Header

_PLAIN, _RUNS, _DEFLATED = 0, 1, 2
_LONG_RUN, _LONG_COPY = 127, 128
"""The operations with a length of two bytes. Lower ones repeat a byte, higher ones copy bytes."""


class Tiles:
    """The tiles of a layer or a mask.

    Args:
        data: The file.
        header: Its header.
        at: The offset of the pixels: of a header that points to the table of tiles.
        size: The size of the layer.
        planes: The number of bytes in a pixel.

    Raises:
        ThumbnailError: `corrupt`, or `unsupported` for another compression.
    """

    def __init__(self, data: bytes, header: Header, at: int, size: Size, planes: int) -> None:
        width, height, found, level = unpacked(f">III{header.pointer}", data, at)
        if (width, height, found) != (*size, planes) or unpacked(">II", data, level) != size:
            raise corrupt(f"its header says {size} px, but its picture is {width}x{height} px")
        if header.coding not in {_PLAIN, _RUNS, _DEFLATED}:
            raise unsupported(f"an XCF with compression {header.coding}")
        self._data, self._size, self._planes = data, size, planes
        self._coding, self._pointer, self._table = header.coding, header.pointer, level + 8
        self._columns = -(-size.width // TILE)

    def planes(self, column: int, row: int) -> list[bytes]:
        """Return a tile as the first bytes of all its pixels, then the second bytes, and so on.

        Raises:
            ThumbnailError: `corrupt`: the tile is damaged.
        """
        place = self._table + (row * self._columns + column) * struct.calcsize(self._pointer)
        (at,) = unpacked(f">{self._pointer}", self._data, place)
        count = min(TILE, self._size.width - column * TILE) * min(TILE, self._size.height - row * TILE)
        if self._coding == _RUNS:
            found = list(_repeated(self._data, at, count, self._planes))
        else:
            length = count * self._planes
            pixels = self._data[at : at + length]
            if self._coding == _DEFLATED:
                pixels = _inflated(self._data, at, length)
            found = [pixels[number :: self._planes] for number in range(self._planes)]
        if any(len(plane) != count for plane in found):
            raise corrupt("its pixel data ends early")
        return found


def _repeated(data: bytes, at: int, count: int, planes: int) -> Iterator[bytes]:
    """Yield the planes of a tile that is stored as runs."""
    for _ in range(planes):
        parts, left = list[bytes](), count
        while left > 0:
            try:
                code = data[at]
                if code in {_LONG_RUN, _LONG_COPY}:
                    length, start = data[at + 1] << 8 | data[at + 2], at + 3
                else:
                    length, start = (code + 1 if code < _LONG_RUN else 256 - code), at + 1
            except IndexError:
                raise corrupt("its pixel data ends early") from None
            if not length:  # otherwise a tile could consist of very many of them
                raise corrupt("a run of its pixels is empty")
            if code > _LONG_RUN:
                at = start + length
                parts.append(data[start:at])
            else:
                at = start + 1
                parts.append(data[start:at] * length)
            left -= length
        yield b"".join(parts)


def _inflated(data: bytes, at: int, length: int) -> bytes:
    """Return a deflated tile."""
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(data[at : at + 2 * length + TILE], length + 1)
    except zlib.error as error:
        raise corrupt("its pixel data cannot be inflated") from error
    if not unpacking.eof:
        raise corrupt("its pixel data ends early")
    return pixels
