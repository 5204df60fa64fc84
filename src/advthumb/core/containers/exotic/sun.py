"""Reads Sun raster files (rasterfile(5)): rows padded to 16 bits, uncompressed or run-length coded."""

import struct

from advthumb.core.containers.reading import unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo

from .pixels import whole

_HEADER = 32
_OLD, _STANDARD, _CODED, _RGB = range(4)
_NO_MAP, _RGB_MAP = 0, 1
_BITMAP, _BYTES, _TRUE, _PADDED = 1, 8, 24, 32
_MOST_COLOURS = 256
_LAYOUT = ">8I"


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    _magic, width, height, bits, _length, kind, map_kind, map_length = unpacked(_LAYOUT, data, 0)
    if bits not in {_BITMAP, _BYTES, _TRUE, _PADDED} or kind > _RGB:
        raise unsupported(f"a Sun raster with {bits} bits per pixel and type {kind}")
    if map_kind > _RGB_MAP or (map_kind and bits > _BYTES) or (not map_kind and map_length):
        raise unsupported(
            f"a {bits}-bit Sun raster with a colour map of type {map_kind} and {map_length} bytes"
        )
    if map_kind and (map_length % 3 or not 1 <= map_length // 3 <= min(_MOST_COLOURS, 2**bits)):
        raise unsupported(f"a {bits}-bit Sun raster with a colour map of {map_length} bytes")
    if kind == _CODED and (bits != _BYTES or width % 2):
        # ImageMagick swaps red and blue, loses the last rows if rows are padded, and refuses bitmaps.
        raise unsupported(f"a run-length encoded {bits}-bit Sun raster of {width} px across")
    grey = bits <= _BYTES and not map_kind
    return SourceInfo(
        ImageFormat.SUN,
        Size(width, height),
        colours=Colours.GREY if grey else Colours.RGB,
        samples=1 if grey else 3,
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the file with the length of its pixels in the header, where old files do not have it.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated.
    """
    magic, width, height, bits, _length, kind, map_kind, map_length = struct.unpack_from(_LAYOUT, data)
    colours = whole(data, _HEADER, map_length)
    start = _HEADER + map_length
    if bits == _BITMAP and map_kind:
        colours = _turned(colours)
    pixels = data[start:] if kind == _CODED else whole(data, start, height * _stride(width, bits))
    kind = kind or _STANDARD
    header = struct.pack(_LAYOUT, magic, width, height, bits, len(pixels), kind, map_kind, len(colours))
    return header + colours + pixels


def _stride(width: int, bits: int) -> int:
    """Return the length of a row in bytes, which is even."""
    return (width * bits + 15) // 16 * 2


def _turned(colours: bytes) -> bytes:
    """Return the two colours of a bitmap in reverse order, because ImageMagick swaps them."""
    count = len(colours) // 3
    planes = (colours[at : at + count] for at in range(0, len(colours), count))
    return b"".join(plane[::-1] if count > 1 else plane * 2 for plane in planes)
