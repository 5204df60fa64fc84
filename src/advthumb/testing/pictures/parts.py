"""Animations built frame by frame. Their frames may cover a part of the canvas, unlike those of Pillow."""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from .files import as_image, plain, save
from .pixels import Colour, plain_pixels
from .png import TRUECOLOUR_ALPHA, chunk, header


class Part(NamedTuple):
    """A frame of one colour.

    Attributes:
        colour: Red, green, blue and alpha.
        size: Width and height.
        at: Its position (left, top) on the canvas; even numbers for WebP.
        disposal: 0 to keep it, 1 to clear its area afterwards, 2 to restore what was there before (not WebP).
        over: Whether it is composed over the canvas; if not, it replaces the pixels there.
        milliseconds: How long it is shown.
    """

    colour: Colour
    size: tuple[int, int]
    at: tuple[int, int] = (0, 0)
    disposal: int = 0
    over: bool = True
    milliseconds: int = 200


def gif_of(canvas: tuple[int, int], parts: Sequence[Part], *, repeated: int | None = None) -> bytes:
    """Return a GIF; frames whose alpha is 0 are transparent, others are opaque."""
    kept = [b"GIF89a", struct.pack("<HHBBB", *canvas, 0, 0, 0)]
    if repeated is not None:
        kept.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", repeated) + b"\x00")
    for part in parts:
        data = plain(*part.size, part.colour[:3], "GIF")
        transparent = part.colour[3] == 0 if len(part.colour) == 4 else False
        disposal = {0: 1, 1: 2, 2: 3}[part.disposal]
        control = struct.pack("<BHB", disposal << 2 | transparent, part.milliseconds // 10, 0)
        table = data[13 : 13 + 3 * 2 ** ((data[10] & 7) + 1)]
        start = data.index(b"\x2c" + struct.pack("<HHHH", 0, 0, *part.size))
        place = b"\x2c" + struct.pack("<HHHHB", *part.at, *part.size, 0x80 | data[10] & 7)
        kept += [b"\x21\xf9\x04", control, b"\x00", place, table, data[start + 10 : data.rindex(b"\x3b")]]
    return b"".join([*kept, b"\x3b"])


def apng_of(
    canvas: tuple[int, int], parts: Sequence[Part], *, hidden: Colour | None = None, plays: int = 0
) -> bytes:
    """Return an animated PNG. If `hidden` is given, its still picture has this colour and is not a frame."""
    kept = [header(*canvas, 8, TRUECOLOUR_ALPHA), chunk(b"acTL", struct.pack(">II", len(parts), plays))]
    number = 0
    if hidden is not None:
        kept.append(chunk(b"IDAT", _rows(hidden, canvas)))
    for part in parts:
        control = struct.pack(
            ">IIIIIHHBB", number, *part.size, *part.at, part.milliseconds, 1000, part.disposal, part.over
        )
        kept.append(chunk(b"fcTL", control))
        number += 1
        if number == 1 and hidden is None:
            kept.append(chunk(b"IDAT", _rows(part.colour, part.size)))
        else:
            kept.append(chunk(b"fdAT", struct.pack(">I", number) + _rows(part.colour, part.size)))
            number += 1
    return b"".join([*kept, chunk(b"IEND", b"")])


def webp_of(canvas: tuple[int, int], parts: Sequence[Part], *, plays: int = 0) -> bytes:
    """Return an animated WebP."""
    content = b"WEBP" + _riff(b"VP8X", b"\x12\0\0\0" + _three(canvas[0] - 1) + _three(canvas[1] - 1))
    content += _riff(b"ANIM", struct.pack("<IH", 0, plays))
    for part in parts:
        still = save(as_image(plain_pixels(*part.size, part.colour)), "WEBP", exact=True)
        at = still.index(b"VP8L")
        (length,) = struct.unpack_from("<I", still, at + 4)
        pixels = _riff(b"VP8L", still[at + 8 : at + 8 + length])
        place = b"".join(map(_three, (part.at[0] // 2, part.at[1] // 2, part.size[0] - 1, part.size[1] - 1)))
        flags = (0 if part.over else 2) | (part.disposal == 1)
        content += _riff(b"ANMF", place + _three(part.milliseconds) + bytes([flags]) + pixels)
    return _riff(b"RIFF", content)


def _rows(colour: Colour, size: tuple[int, int]) -> bytes:
    pixel = bytes((*colour, 255)[:4])
    return zlib.compress((b"\0" + pixel * size[0]) * size[1])


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _riff(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
