"""Reads BMP headers (`BITMAPCOREHEADER` to `BITMAPV5HEADER`).

The longer headers of OS/2 are refused, because engines disagree about their palettes.
"""

import struct

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

from .reading import corrupt, too_large, unpacked, unsupported

MAX_RUNS = 2 * 2**20
"""The maximum number of run-length coded bytes; Pillow needs a microsecond for each run."""

_HEADERS = frozenset({12, 40, 52, 56, 108, 124})
_CORE, _WITH_ALPHA = 12, 56
_PLAIN, _RLE8, _RLE4, _MASKS = range(4)
_BITS = {_PLAIN: {1, 4, 8, 16, 24, 32}, _RLE8: {8}, _RLE4: {4}, _MASKS: {16, 32}}
"""The allowed bits per pixel for each compression."""
_KNOWN_MASKS = frozenset(
    {
        (16, 0xF800, 0x07E0, 0x001F, 0),
        (16, 0x7C00, 0x03E0, 0x001F, 0),
        (32, 0xFF0000, 0xFF00, 0xFF, 0),
        (32, 0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    }
)
"""Bits per pixel, with masks of red, green, blue and alpha, that all engines read in the same way."""


def read(data: bytes) -> SourceInfo:
    """Read the header of a BMP.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for very long run-length coding.
    """
    start, length = unpacked("<II", data, 10)
    if length not in _HEADERS:
        raise unsupported(f"a BMP with a header of {length} bytes")
    if length == _CORE:
        width, height, _planes, bits = unpacked("<HHHH", data, 18)
        coding, masked = _PLAIN, False
    else:
        width, height, _planes, bits, coding = unpacked("<iiHHI", data, 18)
        masked = _is_masked(data, length, bits) if coding == _MASKS else False
    if bits not in _BITS.get(coding, ()):
        raise unsupported(f"a BMP with {bits} bits per pixel and compression {coding}")
    if coding in {_RLE8, _RLE4}:
        if len(data) - start > MAX_RUNS:
            raise too_large(f"its run-length encoded data has more than {MAX_RUNS} bytes")
        if height < 0:
            raise unsupported("a run-length encoded BMP that starts with the top row")
    return SourceInfo(ImageFormat.BMP, Size(width, abs(height)), has_alpha=masked, samples=3 + masked)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the file with its true length in the header.

    Many programs write another length, and some decoders refuse it.

    Raises:
        ThumbnailError: `corrupt`: the file is too short.
    """
    length, start, header = struct.unpack_from("<I4xII", data, 2)
    bits, coding = struct.unpack_from("<HI", data, 28) if header != _CORE else (data[24], _PLAIN)
    if coding not in {_RLE8, _RLE4} and start + info.size.height * _stride(info.size.width, bits) > len(data):
        raise corrupt("its pixel data ends early")
    return data if length == len(data) else data[:2] + struct.pack("<I", len(data)) + data[6:]


def _stride(width: int, bits: int) -> int:
    """Return the bytes of a row, which are a multiple of four."""
    return (width * bits + 31) // 32 * 4


def _is_masked(data: bytes, length: int, bits: int) -> bool:
    """Return whether there is a mask for alpha.

    Raises:
        ThumbnailError: `unsupported`: the masks are unusual.
    """
    red, green, blue, alpha = (*unpacked("<III", data, 54), 0)
    if length >= _WITH_ALPHA:
        (alpha,) = unpacked("<I", data, 66)
    if (bits, red, green, blue, alpha) not in _KNOWN_MASKS:
        raise unsupported(f"a {bits}-bit BMP with the masks {red:x}, {green:x}, {blue:x} and {alpha:x}")
    return alpha != 0
