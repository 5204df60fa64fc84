"""Reads GIF files (GIF89a), and extracts each picture as a separate file."""

import struct
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Disposal, Frame, Size, SourceInfo

from .reading import MAX_FRAMES, MAX_SEGMENTS, byte, clears, corrupt, shown_for, too_large, unpacked

_EXTENSION, _PICTURE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
"""The application extensions that say how often an animation is repeated."""
_SCREEN = 13
"""Bytes before the global colour table."""
_TABLE, _INTERLACED, _TRANSPARENT = 0x80, 0x40, 0x01
_MOST_TABLE = 3 * 256
MAX_BLOCKS = 2**23
"""The maximum number of data sub-blocks in a file; each has up to 255 bytes, and encoders fill them."""
_MAX_CODE = 11
"""The maximum initial code size in bits; decoders refuse more."""
_CLEAR, _RESTORE = 2, 3
_DISPOSALS = {_CLEAR: Disposal.CLEAR, _RESTORE: Disposal.RESTORE}
_MOST_HUNDREDTHS = 2**16 - 1


class _Picture(NamedTuple):
    """A picture: its graphic control, and its range in the file, from its separator to the end of its data.

    A picture that is truncated by the end of the file has no `stop`.
    """

    control: bytes
    start: int
    stop: int | None

    @property
    def transparent(self) -> bool:
        return bool(self.control[0] & _TRANSPARENT)


def read(data: bytes) -> SourceInfo:
    """Read the header of a GIF, and find its pictures.

    Raises:
        ThumbnailError: `corrupt`: there is no complete picture; `too-large`: there are very many blocks.
    """
    pictures = list(_pictures(data))
    if not pictures or pictures[0].stop is None:
        raise corrupt("it has no complete frame")
    size, offset = _place(data, pictures[0])
    width, height = unpacked("<HH", data, 6)
    # Viewers enlarge the canvas if the first picture extends beyond it.
    canvas = Size(max(width, offset[0] + size.width), max(height, offset[1] + size.height))
    return SourceInfo(
        ImageFormat.GIF,
        canvas,
        # The part that no picture covers is transparent, as in every browser.
        has_alpha=pictures[0].transparent or size != canvas,
        frames=len(pictures),
        clears=clears(_disposal(picture) for picture in pictures),
        offset=offset,
        part=None if size == canvas else size,
    )


def clean(data: bytes, _info: SourceInfo) -> bytes:
    """Return a GIF of the first picture."""
    return _alone(data, next(_pictures(data)))


def frames(data: bytes, info: SourceInfo) -> Iterator[Frame]:
    """Yield the first frames; `info` says how many."""
    for picture in islice(_pictures(data), info.frames):
        if picture.stop is None:
            raise corrupt("a frame ends early")
        size, offset = _place(data, picture)
        (hundredths,) = struct.unpack_from("<H", picture.control, 1)
        alone = _alone(data, picture)
        yield Frame(alone, size, offset, shown_for(hundredths * 10), _disposal(picture), over=True)


def plays(data: bytes) -> int:
    """Return how often the animation is played, 0 for endless; GIF stores the number of repetitions."""
    for label, start, _stop in _blocks(data):
        if label == _APPLICATION and data[start + 3 : start + 14] in _LOOPS:
            (repeated,) = unpacked("<H", data, start + 16)
            return int(repeated) + 1 if repeated else 0
    return 1


def animation(stills: Sequence[tuple[bytes, int]], shown: int) -> bytes:
    """Combine stills of the same size into an animation of independent frames.

    Equal consecutive stills become one frame. If one still has a transparent colour, all frames get one,
    because some decoders clear to the background colour after a frame without it. A still without a
    transparent colour must have fewer than 256 colours or leave the last one unused.

    Args:
        stills: GIFs of one picture each, with the milliseconds that each is shown.
        shown: How often the animation is played; 0 for endless.
    """
    stills = [(data, sum(each for _, each in same)) for data, same in groupby(stills, key=itemgetter(0))]
    pictures = [next(_pictures(data)) for data, _ in stills]
    transparent = any(picture.transparent for picture in pictures)
    kept = [b"GIF89a" + stills[0][0][6:10] + bytes(3)]
    if shown != 1:
        again = struct.pack("<H", max(0, shown - 1))
        kept.append(bytes([_EXTENSION, _APPLICATION, 11]) + _LOOPS[0] + b"\3\1" + again + b"\0")
    for (data, milliseconds), picture in zip(stills, pictures, strict=True):
        hundredths = min(round(milliseconds / 10), _MOST_HUNDREDTHS)
        place, start = data[picture.start : picture.start + 9], picture.start + 10
        table, codes = data[_SCREEN : _SCREEN + _table(data[10])], data[start : picture.stop]
        if data[start - 1] & _TABLE:
            length = _table(data[start - 1])
            table, codes = codes[:length], codes[length:]
        index = picture.control[3]
        if transparent and not picture.transparent:
            table = table if len(table) == _MOST_TABLE else table * 2
            index = len(table) // 3 - 1
        control = struct.pack("<BHB", _CLEAR << 2 | transparent, hundredths, index)
        flags = _TABLE | data[start - 1] & _INTERLACED | (len(table) // 3).bit_length() - 2
        kept += [bytes([_EXTENSION, _CONTROL, 4]), control, b"\0", place, bytes([flags]), table, codes]
    return b"".join([*kept, bytes([_TRAILER])])


def _pictures(data: bytes) -> Iterator[_Picture]:
    nothing = bytes(4)
    control = nothing
    for label, start, stop in _blocks(data):
        if label == _CONTROL:
            control = data[start + 3 : start + 7]
        elif not label:
            yield _Picture(control if len(control) == len(nothing) else nothing, start, stop)
            control = nothing


def _blocks(data: bytes) -> Iterator[tuple[int, int, int | None]]:
    """Yield the label (0 for a picture), the start and the end of each block.

    Anything that is not a block ends the file. A truncated picture has no end.
    """
    at, left, extensions, pictures = _SCREEN + _table(byte(data, 10)), MAX_BLOCKS, 0, 0
    while at < len(data) and (kind := data[at]) in {_PICTURE, _EXTENSION}:
        try:
            label = 0 if kind == _PICTURE else data[at + 1] or _EXTENSION
            stop, left = _end_of_blocks(data, at + 2 if label else _codes(data, at), left)
        except IndexError:
            if kind == _PICTURE:
                yield 0, at, None
            return
        extensions += label != 0
        pictures += label == 0
        if extensions - pictures > MAX_SEGMENTS or pictures > MAX_FRAMES:  # one extension for each picture
            raise too_large(f"it has {extensions} extensions and {pictures} frames")
        yield label, at, stop
        at = stop


def _codes(data: bytes, at: int) -> int:
    """Return where the sub-blocks of a picture begin: after its colour table and its code size."""
    start = at + 10 + _table(data[at + 9])
    if not 1 <= data[start] <= _MAX_CODE:
        raise corrupt(f"its LZW code size is {data[start]} bits")
    return start + 1


def _end_of_blocks(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return where a series of sub-blocks ends (with an empty one), and how many more there may be."""
    for left in range(most, 0, -1):
        count = data[at]
        at += count + 1
        if not count:
            return at, left
    raise too_large(f"it has more than {MAX_BLOCKS} blocks")


def _table(flags: int) -> int:
    """Return the length of a colour table in bytes."""
    return 3 << ((flags & 7) + 1) if flags & _TABLE else 0


def _disposal(picture: _Picture) -> Disposal:
    return _DISPOSALS.get(picture.control[0] >> 2 & 7, Disposal.KEEP)


def _place(data: bytes, picture: _Picture) -> tuple[Size, tuple[int, int]]:
    left, top, wide, high = unpacked("<HHHH", data, picture.start + 1)
    return Size(wide, high), (left, top)


def _alone(data: bytes, picture: _Picture) -> bytes:
    """Return a file with one picture that covers its whole canvas."""
    start, stop = picture.start, picture.stop
    transparent = bytes([_EXTENSION, _CONTROL, 4, _TRANSPARENT, 0, 0, picture.control[3], 0])
    return b"".join(
        [
            b"GIF89a",
            data[start + 5 : start + 9],
            data[10 : _SCREEN + _table(data[10])],
            transparent if picture.transparent else b"",
            bytes([_PICTURE, 0, 0, 0, 0]),
            data[start + 5 : stop],
            bytes([_TRAILER]),
        ]
    )
