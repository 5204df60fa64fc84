"""Reads QuickDraw pictures that contain only pixels (Inside Macintosh: Imaging, version 2).

A QuickDraw picture is a program that draws. Only pictures with one pixel map that fills the frame are read;
text, shapes, several maps and embedded files of other formats are refused. Decoders see only this map.
"""

import struct
from typing import NamedTuple

from advthumb.core.containers.reading import byte, corrupt, too_large, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

from .pixels import whole

MAX_STEPS = 1000
"""The maximum number of steps in the program, including comments."""

_FRAME, _STEPS = 514, 526
_NOTHING, _CLIP, _MAPPED, _DIRECT, _SHORT_COMMENT, _COMMENT, _HEADER, _END = (
    0,
    1,
    0x98,
    0x9A,
    0xA0,
    0xA1,
    0xC00,
    0xFF,
)
_SKIPPED = {_NOTHING: 0, 0x1A: 6, 0x1B: 6, 0x1E: 0, 0x1F: 6, _SHORT_COMMENT: 2, _HEADER: 24}
"""Steps that draw nothing (pen colours, a comment, the header), with the number of bytes that follow."""
_RECTANGLE_CLIP = 10
_MAP = struct.Struct(">HHIIIHHHHIII")
_PIXELS = {_MAPPED: (0, 8, 1, 8, {0}), _DIRECT: (16, 32, 3, 8, {4})}
"""For each kind of map: the pixel type, bits, components, bits of a component, and supported packings."""
_COPYING = {0, 64}
_MAP_FLAG = 0x8000
_COUNTED_IN_WORDS = 250
"""If a row is longer than this many bytes, the count of its packed bytes has two bytes."""
_UNPACKED = 8
"""Rows shorter than this many bytes are not packed."""
_AMBIGUOUS = range(63, 84)
"""Widths for which ImageMagick expects another count, because it computes a shorter length of colour rows."""
_LONG_ROW = _COUNTED_IN_WORDS + 1


class _Map(NamedTuple):
    """The pixel map.

    Attributes:
        step: The step that draws it.
        size: Its size.
        colours: Its colour table.
        rows: Its packed rows, without their counts.
    """

    step: int
    size: Size
    colours: bytes
    rows: list[bytes]


def read(data: bytes) -> SourceInfo:
    """Read the program.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for a very long program.
    """
    return SourceInfo(ImageFormat.PICT, _drawn(data).size)


def clean(data: bytes, _info: SourceInfo) -> bytes:
    """Return a picture with only the map."""
    step, size, colours, rows = _drawn(data)
    frame = struct.pack(">HHHH", 0, 0, size.height, size.width)
    kind, bits, components, depth, _ = _PIXELS[step]
    packing = 4 if step == _DIRECT else 0
    pixels = _MAP.pack(0, packing, 0, 72 << 16, 72 << 16, kind, bits, components, depth, 0, 0, 0)
    if step == _MAPPED:  # a row length that always requires counts of two bytes
        before = struct.pack(">H", _MAP_FLAG | max(size.width, _LONG_ROW))
        counted = ">H"
    else:
        before = struct.pack(">IH", 0xFF, _MAP_FLAG | 4 * size.width)
        counted = ">H" if 4 * size.width > _COUNTED_IN_WORDS else ">B"
    body = b"".join(struct.pack(counted, len(row)) + row for row in rows)
    drawing = before + frame + pixels + colours + frame + frame + bytes(2) + body
    head = (
        bytes(_FRAME) + frame + b"\x00\x11\x02\xff" + struct.pack(">H", _HEADER) + b"\xff\xfe\0\0" + bytes(20)
    )
    return head + struct.pack(">H", step) + drawing + bytes(len(drawing) % 2) + struct.pack(">H", _END)


def _drawn(data: bytes) -> _Map:
    """Return the one map that the program draws."""
    frame = unpacked(">4h", data, _FRAME)
    found, at = None, _STEPS
    for _ in range(MAX_STEPS):
        at += at % 2
        (step,) = unpacked(">H", data, at)
        at += 2
        if step == _END:
            if not found:
                raise unsupported("a QuickDraw picture without a pixel map")
            return found
        if step in _PIXELS and not found:
            found, at = _map(data, at, step, frame)
        else:
            at += _skipped(data, at, step, frame)
    raise too_large(f"it has more than {MAX_STEPS} opcodes")


def _skipped(data: bytes, at: int, step: int, frame: tuple[int, ...]) -> int:
    """Return the length in bytes of a step that does not affect the map."""
    if step in _SKIPPED:
        return _SKIPPED[step]
    if step == _COMMENT:
        (length,) = unpacked(">H", data, at + 2)
        return 4 + int(length)
    if step == _CLIP:
        length, top, left, bottom, right = unpacked(">H4h", data, at)
        covers = top <= frame[0] and left <= frame[1] and bottom >= frame[2] and right >= frame[3]
        if length == _RECTANGLE_CLIP and covers:
            return _RECTANGLE_CLIP
    raise unsupported(f"a QuickDraw picture with the opcode {step:#06x}")


def _map(data: bytes, at: int, step: int, frame: tuple[int, ...]) -> tuple[_Map, int]:
    """Return a map that fills the frame, and the offset of the next step."""
    at += 4 if step == _DIRECT else 0
    across, top, left, bottom, right = unpacked(">H4h", data, at)
    size = Size(right - left, bottom - top)
    _version, packing, _, _, _, kind, bits, components, depth, _, _, _ = unpacked(_MAP.format, data, at + 10)
    at += 10 + _MAP.size
    wanted = _PIXELS[step]
    if (kind, bits, components, depth) != wanted[:4] or packing not in wanted[4] or not across & _MAP_FLAG:
        raise unsupported(
            f"a QuickDraw pixel map with {bits} bits, {components} components and packing {packing}"
        )
    colours, at = _colours(data, at) if step == _MAPPED else (b"", at)
    source, shown, (mode,) = (
        unpacked(">4h", data, at),
        unpacked(">4h", data, at + 8),
        unpacked(">H", data, at + 16),
    )
    if (
        shown != frame
        or source != (top, left, bottom, right)
        or size != (frame[3] - frame[1], frame[2] - frame[0])
    ):
        raise unsupported("a QuickDraw pixel map that does not fill the picture")
    if mode not in _COPYING or (step == _DIRECT and size.width in _AMBIGUOUS):
        raise unsupported(f"a QuickDraw pixel map of {size.width} px across, drawn in mode {mode}")
    rows, at = _rows(data, at + 18, across & ~_MAP_FLAG, size.height)
    return _Map(step, size, colours, rows), at


def _colours(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the colour table, and the offset after it."""
    (most,) = unpacked(">H", data, at + 6)
    if most > 255:
        raise unsupported(f"a QuickDraw pixel map with {most + 1} colours")
    length = 8 + 8 * (int(most) + 1)
    return whole(data, at, length), at + length


def _rows(data: bytes, at: int, across: int, height: int) -> tuple[list[bytes], int]:
    """Return the packed rows, and the offset after them."""
    if across < _UNPACKED:
        raise unsupported("a QuickDraw pixel map that is not packed")
    rows = []
    for _ in range(height):
        if across > _COUNTED_IN_WORDS:
            (length,) = unpacked(">H", data, at)
            at += 2
        else:
            length = byte(data, at)
            at += 1
        rows.append(whole(data, at, length))
        at += length
    if not all(rows):
        raise corrupt("a row of pixels is empty")
    return rows, at
