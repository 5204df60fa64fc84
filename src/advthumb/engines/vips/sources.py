"""What libvips overlooks in the bytes of a source; nothing of it needs libvips."""

import struct
import zlib
from collections.abc import Iterator

from advthumb.core.errors import ErrorCode, ThumbnailError

_MOST_UNPACKED = 2**20
"""A compressed text or profile of a PNG may unpack to this; Pillow has the same limit."""
_PACKED = {b"zTXt": 1, b"iCCP": 1, b"iTXt": 2}
"""Chunks of a name, a zero, so many bytes of flags, and what may be compressed."""

_GIF_HEADER, _GIF_PALETTE = 13, 0x80
_EXTENSION, _PICTURE, _GRAPHIC_CONTROL = 0x21, 0x2C, 0xF9

_PHOTOMETRIC = 262
_RGB, _LAB = 2, 8


def check_texts(data: bytes) -> None:
    """Refuse a PNG with a text or a profile in front of its pixels that unpacks to very much.

    libpng skips those, Pillow refuses the file: the answer should not depend on the engine.

    Raises:
        ThumbnailError: `too-large`.
    """
    for name, content in _chunks_before_pixels(data):
        flags = _PACKED.get(name)
        packed = content.partition(b"\0")[2][flags:]
        if flags and _unpacks_to_too_much(packed):
            msg = f"a {name.decode()} chunk unpacks to more than {_MOST_UNPACKED} bytes"
            raise ThumbnailError(msg, ErrorCode.TOO_LARGE)


def whole_gif_frames(data: bytes) -> Iterator[bool]:
    """Tell of each frame of a GIF that is there to its end whether it has a transparent colour.

    libnsgif makes up the rest of a frame that is cut off, and tells only whether any frame is transparent:
    later ones mostly are, to show what was there before.
    """
    transparent = False
    try:
        at = _GIF_HEADER + _palette_bytes(data[10])
        while (block := data[at]) in {_PICTURE, _EXTENSION}:
            if block == _PICTURE:
                at = _end_of_blocks(data, at + 11 + _palette_bytes(data[at + 9]))
                yield transparent
                transparent = False
            else:
                if data[at + 1] == _GRAPHIC_CONTROL:
                    transparent = bool(data[at + 3] & 1)
                at = _end_of_blocks(data, at + 2)
    except IndexError:
        pass  # it ends here


def lab_as_rgb(data: bytes) -> bytes | None:
    """Return a CIELAB TIFF as one of RGB with the same samples, None if it is no such TIFF.

    libvips 8.18 fails on CIELAB of three samples of 8 bits ("bad labq format").
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None  # more than 4 GB of it
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (entries,) = struct.unpack_from(order + "H", data, start)
        for entry in range(start + 2, start + 2 + 12 * entries, 12):
            tag, _kind, _count, value = struct.unpack_from(order + "HHIH", data, entry)
            if (tag, value) == (_PHOTOMETRIC, _LAB):
                return data[: entry + 8] + struct.pack(order + "H", _RGB) + data[entry + 10 :]
    except struct.error:
        pass  # libvips will say what is wrong with it
    return None


def _chunks_before_pixels(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while len(data) >= at + 8 and (name := data[at + 4 : at + 8]) != b"IDAT":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        yield name, data[at + 8 : end]
        at = end + 4


def _unpacks_to_too_much(packed: bytes) -> bool:
    try:
        return len(zlib.decompressobj().decompress(packed, _MOST_UNPACKED + 1)) > _MOST_UNPACKED
    except zlib.error:
        return False  # libpng ignores it, too


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & _GIF_PALETTE else 0


def _end_of_blocks(data: bytes, at: int) -> int:
    """Return where a series of counted blocks ends, which one of no bytes does."""
    while count := data[at]:
        at += count + 1
    return at + 1
