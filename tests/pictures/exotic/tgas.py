"""TGA 2.0 files, following Truevision's specification, and by Pillow."""

import struct
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

from advthumb.core.formats import ImageFormat
from tests.pictures import Pixels, as_image, corner_pixels, gradient_pixels, save

from .made import Made
from .psds import HEIGHT, WIDTH, transparent_pixels

PALETTE, RGB, GREY, PACKED = 1, 2, 3, 8
FROM_THE_RIGHT, FROM_THE_TOP = 0x10, 0x20
NAME = b"TRUEVISION-XFILE.\0"
FOOTER = bytes(8) + NAME


def tga(
    pixels: bytes,
    kind: int,
    bits: int,
    *,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    alpha_bits: int = 0,
    origin: int = FROM_THE_TOP,
    palette: bytes = b"",
    colour_bits: int = 0,
    first: int = 0,
    identity: bytes = b"",
    meaning: int | None = None,
) -> bytes:
    """Return a file; `meaning` is the alpha type in an extension area, None for no such area."""
    colours = len(palette) * 8 // colour_bits if palette else 0
    head = struct.pack("<BBBHHB", len(identity), bool(palette), kind, first, colours, colour_bits)
    head += struct.pack("<HHHHBB", 0, 0, *size, bits, alpha_bits | origin)
    body = head + identity + palette + pixels
    extension = b"" if meaning is None else struct.pack("<H492xB", 495, meaning)
    at = len(body) if extension else 0
    return body + extension + struct.pack("<II", at, 0) + NAME


def packed(pixels: bytes, each: int) -> bytes:
    """Return the pixels of one row as runs."""
    whole = [pixels[at : at + each] for at in range(0, len(pixels), each)]
    parts = bytearray()
    for pixel, group in groupby(whole):
        count = len(list(group))
        while count:
            run = min(count, 128)
            parts += bytes([127 + run]) + pixel if run > 1 else b"\0" + pixel
            count -= run
    return bytes(parts)


def rows_packed(pixels: bytes, each: int, width: int = WIDTH) -> bytes:
    """Return pixels as runs, none of which continues in the next row."""
    row = each * width
    return b"".join(packed(pixels[at : at + row], each) for at in range(0, len(pixels), row))


def bgr(pixels: Pixels) -> bytes:
    """Return RGB or RGBA as bytes, blue first."""
    order = [2, 1, 0, 3][: pixels.shape[2]]
    return pixels[..., order].tobytes()


def fives(pixels: Pixels, alpha: Pixels | None = None) -> tuple[bytes, Pixels]:
    """Return pixels of five bits per colour, and the pixels that they show."""
    few = (pixels >> 3).astype(np.uint16)
    words = few[..., 0] << 10 | few[..., 1] << 5 | few[..., 2]
    shown = (few * 255 / 31).round().astype(np.uint8)
    if alpha is not None:
        words |= np.where(alpha, 0x8000, 0).astype(np.uint16)
        shown = np.dstack([shown, np.where(alpha, 255, 0).astype(np.uint8)])
    return words.astype("<u2").tobytes(), shown


def made() -> Iterator[Made]:
    """Return TGA files of each type, depth and origin that is read."""
    colours, clear = gradient_pixels(WIDTH, HEIGHT), transparent_pixels()
    grey = colours[..., :1]
    half = np.broadcast_to(np.arange(WIDTH) < WIDTH // 2, (HEIGHT, WIDTH))
    words, few = fives(colours)
    half_words, half_few = fives(colours, half.astype(np.uint8))
    palette = np.random.default_rng(3).integers(0, 256, (200, 3), np.uint8)
    indices = np.add.outer(np.arange(HEIGHT) // 9, np.arange(WIDTH) // 9).astype(np.uint8)
    fives_palette, few_palette = fives(palette[None])
    shaded = np.dstack([grey, clear[..., 3:]])
    deep_palette = {"palette": bgr(palette[None]), "colour_bits": 24}
    few_colours = {"palette": fives_palette, "colour_bits": 16}
    kinds: list[tuple[str, bytes, int, int, Pixels, dict[str, Any]]] = [
        ("RGB of 24 bits", bgr(colours), RGB, 24, colours, {}),
        ("RGBA of 32 bits", bgr(clear), RGB, 32, clear, {"alpha_bits": 8}),
        ("RGB of 32 bits", bgr(clear), RGB, 32, colours, {}),
        ("useful alpha", bgr(clear), RGB, 32, clear, {"alpha_bits": 8, "meaning": 3}),
        ("useless alpha", bgr(clear), RGB, 32, colours, {"alpha_bits": 8, "meaning": 2}),
        ("RGB of 16 bits", words, RGB, 16, few, {}),
        ("RGBA of 16 bits", half_words, RGB, 16, half_few, {"alpha_bits": 1}),
        ("grey", grey.tobytes(), GREY, 8, grey, {"identity": b"a name"}),
        ("grey with alpha", shaded.tobytes(), GREY, 16, shaded, {"alpha_bits": 8}),
        ("a palette of 24 bits", indices.tobytes(), PALETTE, 8, palette[indices], deep_palette),
        ("a palette of 16 bits", indices.tobytes(), PALETTE, 8, few_palette[0][indices], few_colours),
        ("RGB beside a palette", bgr(colours), RGB, 24, colours, deep_palette),
    ]
    for name, pixels, kind, bits, shown, options in kinds:
        yield Made(f"TGA of {name}", ImageFormat.TGA, tga(pixels, kind, bits, **options), shown)
        runs = rows_packed(pixels, bits // 8)
        yield Made(
            f"TGA of {name}, packed", ImageFormat.TGA, tga(runs, kind | PACKED, bits, **options), shown
        )
    corners = corner_pixels(WIDTH, HEIGHT)
    for origin in (0, FROM_THE_RIGHT, FROM_THE_TOP | FROM_THE_RIGHT):
        shown = corners[:: 1 if origin & FROM_THE_TOP else -1, :: -1 if origin & FROM_THE_RIGHT else 1]
        for coding, pixels in ((0, bgr(shown)), (PACKED, rows_packed(bgr(shown), 3))):
            data = tga(pixels, RGB | coding, 24, origin=origin)
            yield Made(f"TGA from {origin:#x}, coding {coding}", ImageFormat.TGA, data, corners)
    for compression in (None, "tga_rle"):
        for pixels, mode in ((colours, "RGB"), (clear, "RGBA"), (grey, "L")):
            data = save(as_image(pixels, mode), "TGA", compression=compression)
            yield Made(f"Pillow's TGA of {mode}, {compression}", ImageFormat.TGA, data, pixels)
