"""QuickDraw pictures with a single pixel map."""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from advthumb.core.formats import ImageFormat
from advthumb.testing.pictures.pixels import Pixels, gradient_pixels
from tests.pictures.exotic.made import Made
from tests.pictures.exotic.shown import photo

CLIP, MAPPED, DIRECT, COMMENT, END = 0x01, 0x98, 0x9A, 0xA1, 0xFF
Steps = list[tuple[int, bytes]]


def picture(size: tuple[int, int], steps: Steps, *, at: tuple[int, int] = (0, 0)) -> bytes:
    """Return a picture of this width and height with these steps and an end."""
    width, height = size
    top, left = at
    frame = struct.pack(">4h", top, left, top + height, left + width)
    out = bytes(514) + frame + b"\x00\x11\x02\xff"
    for step, content in [(0xC00, b"\xff\xfe\0\0" + bytes(20)), *steps, (END, b"")]:
        out += struct.pack(">H", step) + content + bytes(len(content) % 2)
    return out


def clip(top: int, left: int, bottom: int, right: int) -> tuple[int, bytes]:
    """Return the step that restricts drawing to a rectangle."""
    return CLIP, struct.pack(">H4h", 10, top, left, bottom, right)


def comment(text: bytes) -> tuple[int, bytes]:
    """Return a step that does nothing."""
    return COMMENT, struct.pack(">HH", 100, len(text)) + text


def direct(pixels: Pixels, *, at: tuple[int, int] = (0, 0), mode: int = 0) -> tuple[int, bytes]:
    """Return the step that draws coloured pixels, each row as separate red, green and blue."""
    height, width = pixels.shape[:2]
    rows = [row.T.tobytes() for row in pixels]
    before = struct.pack(">IH", 0xFF, 0x8000 | 4 * width)
    return DIRECT, before + _map(width, height, (4, 16, 32, 3), b"", at, mode) + _packed(rows, 4 * width)


def mapped(
    indexes: NDArray[np.integer], colours: NDArray[np.integer], *, at: tuple[int, int] = (0, 0)
) -> tuple[int, bytes]:
    """Return the step that draws pixels that are indexes of colours."""
    height, width = indexes.shape
    table = struct.pack(">IHH", 0, 0, len(colours) - 1)
    table += b"".join(struct.pack(">4H", number, *(257 * c)) for number, c in enumerate(colours.astype(int)))
    across = width + width % 2
    rows = [row.astype(np.uint8).tobytes() + bytes(width % 2) for row in indexes]
    return MAPPED, struct.pack(">H", 0x8000 | across) + _map(
        width, height, (0, 0, 8, 1), table, at, 0
    ) + _packed(rows, across)


def _map(
    width: int, height: int, kind: tuple[int, int, int, int], table: bytes, at: tuple[int, int], mode: int
) -> bytes:
    packing, pixel, bits, components = kind
    bounds = struct.pack(">4h", 0, 0, height, width)
    shown = struct.pack(">4h", at[0], at[1], at[0] + height, at[1] + width)
    fields = struct.pack(
        ">HHIIIHHHHIII", 0, packing, 0, 72 << 16, 72 << 16, pixel, bits, components, 8, 0, 0, 0
    )
    return bounds + fields + table + bounds + shown + struct.pack(">H", mode)


def _packed(rows: list[bytes], across: int) -> bytes:
    """Return rows in runs (PackBits), each preceded by its length."""
    out = b""
    for row in rows:
        packed = b"".join(
            bytes([257 - len(part), part[0]])
            if len(set(part)) == 1 and len(part) > 1
            else bytes([len(part) - 1]) + part
            for part in (row[at : at + 60] for at in range(0, len(row), 60))
        )
        out += struct.pack(">H" if across > 250 else ">B", len(packed)) + packed
    return out


def made() -> Iterator[Made]:
    """Return all of them."""

    def one(name: str, data: bytes, pixels: Pixels) -> Made:
        return Made(f"PICT {name}", ImageFormat.PICT, data, pixels)

    for width in (39, 62, 84, 120):
        pixels = photo(width, 29)
        few = pixels // 64 * 85
        colours = np.unique(few.reshape(-1, 3), axis=0)
        indexes = (few[:, :, None] == colours).all(axis=3).argmax(axis=2)
        yield one(f"in colours, {width} across", picture((width, 29), [direct(pixels)]), pixels)
        yield one(f"of a map, {width} across", picture((width, 29), [mapped(indexes, colours)]), few)
    for width in (220, 300):
        few = gradient_pixels(width, 9) // 64 * 85
        colours = np.unique(few.reshape(-1, 3), axis=0)
        indexes = (few[:, :, None] == colours).all(axis=3).argmax(axis=2)
        yield one(f"of a map, {width} across", picture((width, 9), [mapped(indexes, colours)]), few)
    steps = [comment(b"a comment"), clip(-9, -9, 999, 999), (0x1E, b""), direct(photo(), at=(5, 7), mode=64)]
    steps.append((0xA0, b"\0\1"))
    yield one("with more steps, from another place", picture((39, 29), steps, at=(5, 7)), photo())
