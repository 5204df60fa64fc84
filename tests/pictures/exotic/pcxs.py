"""PCX files, written according to ZSoft's manual, and by Pillow."""

import struct
from collections.abc import Iterator
from itertools import groupby

import numpy as np

from advthumb.core.formats import ImageFormat
from tests.pictures import Pixels, as_image, gradient_pixels, save

from .made import Made
from .psds import HEIGHT, WIDTH

BLACK_AND_WHITE = bytes(3) + b"\xff" * 3


def runs(row: bytes) -> bytes:
    """Return the bytes of a row as runs."""
    coded = bytearray()
    for value, group in groupby(row):
        count = len(list(group))
        while count:
            run = min(count, 63)
            coded += bytes([value]) if run == 1 and value < 0xC0 else bytes([0xC0 | run, value])
            count -= run
    return bytes(coded)


def pcx(planes: Pixels, bits: int, palette: bytes = b"", behind: bytes = b"", width: int = WIDTH) -> bytes:
    """Return a file of planes with the shape height x planes x bytes of a row."""
    height, count, row = planes.shape
    head = struct.pack("<4B6H", 10, 5, 1, bits, 0, 0, width - 1, height - 1, 72, 72)
    head += struct.pack("<48sBBHH58x", palette, 0, count, row, 1)
    return (
        head
        + b"".join(runs(planes[y, plane].tobytes()) for y in range(height) for plane in range(count))
        + behind
    )


def even(planes: Pixels) -> Pixels:
    """Return planes whose rows have an even number of bytes."""
    return np.pad(planes, ((0, 0), (0, 0), (0, planes.shape[2] % 2)))


def made() -> Iterator[Made]:
    """Return PCX files of each depth."""
    colours = gradient_pixels(WIDTH, HEIGHT)
    data = pcx(even(np.moveaxis(colours, 2, 1)), 8)
    yield Made("PCX of RGB", ImageFormat.PCX, data, colours)
    palette = np.random.default_rng(3).integers(0, 256, (256, 3), np.uint8)
    indices = np.add.outer(np.arange(HEIGHT) // 9, np.arange(WIDTH) // 9).astype(np.uint8)
    data = pcx(even(indices[:, None]), 8, behind=b"\x0c" + palette.tobytes())
    yield Made("PCX of 256 colours", ImageFormat.PCX, data, palette[indices])
    data = pcx(even(indices[:, None]), 8, behind=b"padding\x0c" + palette.tobytes())
    yield Made("PCX of 256 colours behind a gap", ImageFormat.PCX, data, palette[indices])
    few = indices % 16
    planes = np.stack([np.packbits(few >> plane & 1, axis=1) for plane in range(4)], axis=1)
    data = pcx(even(planes), 1, palette[:16].tobytes())
    yield Made("PCX of 16 colours in planes", ImageFormat.PCX, data, palette[few])
    padded = np.pad(few, ((0, 0), (0, WIDTH % 2)))
    packed = padded[:, ::2] << 4 | padded[:, 1::2]
    data = pcx(even(packed[:, None]), 4, palette[:16].tobytes())
    yield Made("PCX of 16 colours", ImageFormat.PCX, data, palette[few])
    bitmap = indices % 2
    data = pcx(even(np.packbits(bitmap, axis=1)[:, None]), 1, BLACK_AND_WHITE)
    yield Made("PCX of black and white", ImageFormat.PCX, data, bitmap[..., None] * np.uint8(255))
    yield Made("Pillow's PCX of RGB", ImageFormat.PCX, save(as_image(colours), "PCX"), colours)
    grey = colours[..., :1]
    yield Made("Pillow's PCX of grey", ImageFormat.PCX, save(as_image(grey), "PCX"), grey)
    few_colours = as_image(colours).quantize(64)
    shown = np.asarray(few_colours.convert("RGB"))
    yield Made("Pillow's PCX of a palette", ImageFormat.PCX, save(few_colours, "PCX"), shown)
