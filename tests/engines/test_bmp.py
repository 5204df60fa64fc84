"""BMP: all accepted codings, depths, masks and headers look the same on every engine."""

import struct
from collections.abc import Iterable

import numpy as np
import pytest

from advthumb.core.containers.bmp import read
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.registry import engine as engine_of
from advthumb.testing.contract.rendering import difference, render, rgba, wanted

WIDTH, HEIGHT = 30, 20
ROWS = [[(8 * column + 3 * row) % 256 for column in range(WIDTH)] for row in range(HEIGHT)]
PALETTE = b"".join(bytes([place, 255 - place, 7 * place % 256, 0]) for place in range(256))
PLAIN, RLE8, RLE4, MASKS = range(4)


def bmp(
    bits: int,
    coding: int,
    rows: Iterable[bytes],
    *,
    header: int = 40,
    masks: tuple[int, ...] = (),
    palette: bytes = b"",
    height: int = HEIGHT,
) -> bytes:
    pixels = (
        b"".join(rows) if coding in {RLE8, RLE4} else b"".join(row + bytes(-len(row) % 4) for row in rows)
    )
    if header == 12:
        fields = struct.pack("<IHHHH", 12, WIDTH, height, 1, bits)
    else:
        colours = len(palette) // 4
        fields = struct.pack(
            "<IiiHHIIiiII", header, WIDTH, height, 1, bits, coding, len(pixels), 0, 0, colours, 0
        )
        fields = (fields + struct.pack(f"<{len(masks)}I", *masks)).ljust(header, b"\0")
    start = 14 + len(fields) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + fields + palette + pixels


def runs(row: Iterable[int], length: int = 1) -> bytes:
    """Return a row encoded in runs of this length."""
    return b"".join(bytes([length, each]) for each in row) + b"\0\0"


BGR = [b"".join(bytes([value, 255 - value, value // 2]) for value in row) for row in ROWS]
BGRA = [b"".join(bytes([value, 255 - value, value // 2, 3 * value % 256]) for value in row) for row in ROWS]
SHORTS = [struct.pack(f"<{WIDTH}H", *(120 * value for value in row)) for row in ROWS]
NIBBLES = [bytes(value % 16 << 4 | (value + 1) % 16 for value in row[:15]) for row in ROWS]
COLOURS, ALPHA = (0xFF0000, 0xFF00, 0xFF), 0xFF000000
END = b"\0\1"
SOURCES = {
    "1 bit": bmp(1, PLAIN, [bytes([row] * 4) for row in range(HEIGHT)], palette=PALETTE[:8]),
    "4 bits": bmp(4, PLAIN, NIBBLES, palette=PALETTE[:64]),
    "8 bits": bmp(8, PLAIN, map(bytes, ROWS), palette=PALETTE),
    "16 bits": bmp(16, PLAIN, SHORTS),
    "24 bits": bmp(24, PLAIN, BGR),
    "24 bits, from the top": bmp(24, PLAIN, BGR, height=-HEIGHT),
    "24 bits, the oldest header": bmp(24, PLAIN, BGR, header=12),
    "24 bits, version 5": bmp(24, PLAIN, BGR, header=124),
    "32 bits": bmp(32, PLAIN, BGRA),
    "runs": bmp(8, RLE8, [*map(runs, ROWS), END], palette=PALETTE),
    "short runs": bmp(8, RLE8, [bytes([10, row[0], 0, 0]) for row in ROWS] + [END], palette=PALETTE),
    "runs of 4 bits": bmp(
        4,
        RLE4,
        [b"".join(bytes([2, each]) for each in row) + b"\0\0" for row in NIBBLES] + [END],
        palette=PALETTE[:64],
    ),
    "5, 6 and 5 bits": bmp(16, MASKS, SHORTS, masks=(0xF800, 0x7E0, 0x1F)),
    "5, 5 and 5 bits": bmp(16, MASKS, SHORTS, masks=(0x7C00, 0x3E0, 0x1F)),
    "masks": bmp(32, MASKS, BGRA, masks=COLOURS),
    "alpha, version 4": bmp(32, MASKS, BGRA, masks=(*COLOURS, ALPHA), header=108),
    "alpha, version 5": bmp(32, MASKS, BGRA, masks=(*COLOURS, ALPHA), header=124),
    "no alpha, version 5": bmp(32, MASKS, BGRA, masks=(*COLOURS, 0), header=124),
}


@pytest.mark.reads("BMP")
@pytest.mark.parametrize("name", SOURCES)
def test_every_kind_looks_the_same_on_every_engine(engine: ThumbnailEngine, name: str) -> None:
    data = SOURCES[name]
    assert read(data).size == (WIDTH, HEIGHT)
    spec = wanted(WIDTH, HEIGHT, "PNG")
    found, expected = (rgba(render(each, data, spec)) for each in (engine, engine_of("pillow")))
    assert np.abs(found[..., 3].astype(int) - expected[..., 3]).max() == 0
    shows = expected[..., 3:] > 0
    assert (difference(found, expected)[..., :3] * shows).max() <= 1


@pytest.mark.reads("BMP")
def test_colours_and_positions_are_right(engine: ThumbnailEngine) -> None:
    """Checks the kinds that the others are compared with."""
    expected = np.array([[[each // 2, 255 - each, each] for each in row] for row in reversed(ROWS)])
    for name in ("24 bits", "24 bits, the oldest header", "24 bits, version 5", "32 bits", "masks"):
        found = rgba(render(engine, SOURCES[name], wanted(WIDTH, HEIGHT, "PNG")))
        assert np.abs(found[..., :3].astype(int) - expected).max() <= 1
