"""What a Radiance picture says (File Formats of Radiance): linear light, with an exponent for each pixel."""

import re

from advthumb.core.containers.reading import corrupt, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

MAX_HEADER = 2**16
"""Bytes of a header, comments included."""

_SIZE = re.compile(rb"([-+])Y +(\d{1,6}) +([-+])X +(\d{1,6})")
_PRIMARIES = {
    (0.64, 0.33, 0.29, 0.6, 0.15, 0.06, 0.333, 0.333),  # of Radiance, which nobody takes literally
    (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.313, 0.329),
}
"""Of red, green, blue and white, rounded to thousandths: those that decoders take for sRGB's."""
_SHORTEST, _LONGEST = 8, 0x7FFF
"""The sides between which rows are coded; others are plain."""
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
        raise corrupt("it ends before its pixels do")
    if not coded:
        _check_plain(data[start:], size)
    return SourceInfo(ImageFormat.HDR, size, bits=16)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the picture with its size alone in its header."""
    _, start = _header(data)
    return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n" % info.size[::-1] + data[start:]


def _header(data: bytes) -> tuple[Size, int]:
    """Return the size, and where the pixels begin."""
    head, found, behind = data[:MAX_HEADER].partition(b"\n\n")
    size, end, _ = behind.partition(b"\n")
    if not found or not end:
        raise corrupt("its header has no end")
    for line in head.splitlines():
        name, equals, value = line.partition(b"=")
        if equals and not line.startswith(b"#"):
            _check_line(name.strip().upper(), value.strip())
    match = _SIZE.fullmatch(size)
    if not match or (match[1], match[3]) != (b"-", b"+"):
        raise unsupported(f"a Radiance picture with its rows as in {size[:40]!r}")
    return Size(int(match[4]), int(match[2])), len(head) + 2 + len(size) + 1


def _check_line(name: bytes, value: bytes) -> None:
    """Refuse what makes other colours of the pixels: other primaries, weights, or no linear light."""
    if name == b"FORMAT":
        if value != b"32-bit_rle_rgbe":
            raise unsupported(f"a Radiance picture of the kind {value[:40]!r}")
        return
    if name not in {b"GAMMA", b"PRIMARIES", b"COLORCORR"}:
        return
    try:
        numbers = tuple(round(float(word), 3) for word in value.split())
    except ValueError as error:
        raise corrupt(f"its {name.decode()} is {value[:40]!r}") from error
    if numbers not in _PRIMARIES and set(numbers) != {1.0}:
        raise unsupported(f"a Radiance picture with {name.decode()} {value[:80].decode(errors='replace')}")


def _is_coded(data: bytes, start: int, width: int) -> bool:
    """Return whether rows are coded, as they are since 1991."""
    mark = b"\2\2" + (width & 0xFFFF).to_bytes(2, "big")
    return _SHORTEST <= width <= _LONGEST and data.startswith(mark, start)


def _check_plain(pixels: bytes, size: Size) -> None:
    """Refuse the first coding of Radiance, in which a pixel of three ones repeats the one before it."""
    planes = (pixels[at : at + _PLAIN_PIXEL * size.pixels : _PLAIN_PIXEL] for at in range(3))
    ones = (int.from_bytes(plane.translate(_ONES)) for plane in planes)
    red, green, blue = ones
    if red & green & blue or len(pixels) != _PLAIN_PIXEL * size.pixels:
        raise unsupported("a Radiance picture in the old coding")


_ONES = bytes([0, 1, *bytes(254)])
"""What leaves ones, and makes zeros of the rest."""
