"""Reads PCX files (ZSoft PCX File Format Technical Reference Manual, revision 5)."""

import re

from advthumb.core.containers.reading import corrupt, too_large, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

MAX_RUNS = 8 * 2**20
"""The maximum number of run-length coded bytes, which are checked before a decoder sees them."""

_HEADER = 128
_LAYOUTS = {(1, 1), (1, 4), (4, 1), (8, 1), (8, 3)}
"""The supported bits of a sample with the number of planes."""
BLACK_AND_WHITE, FOUR_BITS = "a PCX in black and white", "a PCX with pixels of 4 bits"
"""Kinds that some engines do not read correctly."""
_KINDS = {(1, 1): BLACK_AND_WHITE, (4, 1): FOUR_BITS}
_WITH_PALETTE, _PALETTE, _PALETTE_MARK = (8, 1), 769, 0x0C
_TWO_COLOURS = bytes(3) + b"\xff" * 3
_MOST_PADDING = 64
"""The maximum number of bytes after the pixels of a row."""
_RUNS = re.compile(rb"[\xc0-\xff](.)|[\x00-\xbf]+", re.DOTALL)


def read(data: bytes) -> SourceInfo:
    """Read the header of a PCX.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for very long run-length coding.
    """
    left, top, right, bottom = unpacked("<4H", data, 4)
    bits, planes, row = _layout(data)
    size = Size(right - left + 1, bottom - top + 1)
    if (bits, planes) not in _LAYOUTS:
        raise unsupported(f"a PCX with {planes} planes of {bits} bits")
    if (bits, planes) == (1, 1) and data[16:22] != _TWO_COLOURS:
        raise unsupported("a two-colour PCX that is not black and white")
    if min(size) > 0 and not 0 <= row - (size.width * bits + 7) // 8 <= _MOST_PADDING:
        raise corrupt(f"a row of {size.width} px cannot have {row} bytes")
    if len(data) > MAX_RUNS:
        raise too_large(f"its run-length encoded data has more than {MAX_RUNS} bytes")
    return SourceInfo(ImageFormat.PCX, size, kind=_KINDS.get((bits, planes), ""))


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a PCX with the pixels, followed by their palette if there is one.

    Raises:
        ThumbnailError: `corrupt`: the file ends before its pixels do, or the palette is missing.
    """
    bits, planes, row = _layout(data)
    stop = _end_of_runs(data, row * planes * info.size.height)
    palette = b""
    if (bits, planes) == _WITH_PALETTE:
        palette = data[-_PALETTE:]
        if stop + _PALETTE > len(data) or palette[0] != _PALETTE_MARK:
            raise corrupt("its palette is missing")
    return data[:stop] + palette


def _layout(data: bytes) -> tuple[int, int, int]:
    """Return the bits of a sample, the number of planes, and the bytes of a row of one plane."""
    bits, planes, row = unpacked("<3xB61xBH", data, 0)
    unpacked("<60x", data, 68)
    return bits, planes, row


def _end_of_runs(data: bytes, count: int) -> int:
    """Return the end of run-length coding that unpacks to `count` bytes; the last run may produce more."""
    for run in _RUNS.finditer(data, _HEADER):
        made = data[run.start()] & 0x3F if run.group(1) else len(run.group())
        if made >= count:
            return run.end() if run.group(1) else run.start() + count
        count -= made
    raise corrupt("its pixel data ends early")
