"""Reads Radiance pictures (File Formats of Radiance): linear light, with an exponent for each pixel."""

import re

from advthumb.core.containers.reading import corrupt, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

MAX_HEADER = 2**16
"""The maximum length of a header in bytes, including comments."""

_SIZE = re.compile(rb"([-+])Y +(\d{1,6}) +([-+])X +(\d{1,6})")
_PRIMARIES = {
    (0.64, 0.33, 0.29, 0.6, 0.15, 0.06, 0.333, 0.333),  # Radiance's default, which decoders ignore
    (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.313, 0.329),
}
"""Primaries and white, rounded to thousandths, that decoders treat as those of sRGB."""
_SHORTEST, _LONGEST = 8, 0x7FFF
"""Rows with lengths in this range may be run-length coded; others never are."""
_LONGEST_RUN = 127
_PLAIN_PIXEL = 4


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    size, start = _header(data)
    coded = _is_coded(data, start, size.width)
    least = 4 * (1 + 2 * -(-size.width // _LONGEST_RUN)) if coded else _PLAIN_PIXEL * size.width
    if start + size.height * least > len(data):
        raise corrupt("its pixel data ends early")
    if not coded:
        _check_plain(data[start:], size)
    return SourceInfo(ImageFormat.HDR, size, bits=16)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the picture with only its size in the header."""
    _, start = _header(data)
    return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n" % info.size[::-1] + data[start:]


def _header(data: bytes) -> tuple[Size, int]:
    """Return the size, and the offset of the pixels."""
    head, found, behind = data[:MAX_HEADER].partition(b"\n\n")
    size, end, _ = behind.partition(b"\n")
    if not found or not end:
        raise corrupt("the end of its header is missing")
    for line in head.splitlines():
        name, equals, value = line.partition(b"=")
        if equals and not line.startswith(b"#"):
            _check_line(name.strip().upper(), value.strip())
    match = _SIZE.fullmatch(size)
    if not match or (match[1], match[3]) != (b"-", b"+"):
        raise unsupported(f"a Radiance picture with the row order {size[:40]!r}")
    return Size(int(match[4]), int(match[2])), len(head) + 2 + len(size) + 1


def _check_line(name: bytes, value: bytes) -> None:
    """Refuse header lines that change the colours: other primaries, weights, or non-linear values."""
    if name == b"FORMAT":
        if value != b"32-bit_rle_rgbe":
            raise unsupported(f"a Radiance picture with the format {value[:40]!r}")
        return
    if name not in {b"GAMMA", b"PRIMARIES", b"COLORCORR"}:
        return
    try:
        numbers = tuple(round(float(word), 3) for word in value.split())
    except ValueError as error:
        raise corrupt(f"its {name.decode()} is not a number: {value[:40]!r}") from error
    if numbers not in _PRIMARIES and set(numbers) != {1.0}:
        raise unsupported(f"a Radiance picture with {name.decode()} {value[:80].decode(errors='replace')}")


def _is_coded(data: bytes, start: int, width: int) -> bool:
    """Return whether rows are run-length coded in the way that was introduced in 1991."""
    mark = b"\2\2" + (width & 0xFFFF).to_bytes(2, "big")
    return _SHORTEST <= width <= _LONGEST and data.startswith(mark, start)


def _check_plain(pixels: bytes, size: Size) -> None:
    """Refuse the original run-length coding, in which a pixel of three ones repeats the previous pixel."""
    planes = (pixels[at : at + _PLAIN_PIXEL * size.pixels : _PLAIN_PIXEL] for at in range(3))
    ones = (int.from_bytes(plane.translate(_ONES)) for plane in planes)
    red, green, blue = ones
    if red & green & blue or len(pixels) != _PLAIN_PIXEL * size.pixels:
        raise unsupported("a Radiance picture with the old run-length encoding")


_ONES = bytes([0, 1, *bytes(254)])
"""A translation table that keeps ones and turns all other bytes into zeros."""
