"""JPEG 2000 files: Pillow encodes them, and this code adds the boxes around them."""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from advthumb.core.containers.boxes import box
from advthumb.core.formats import ImageFormat
from advthumb.core.profiles import SRGB
from tests.pictures import Pixels, as_image, gradient_pixels, save

from .made import Made
from .psds import HEIGHT, WIDTH, transparent_pixels

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
TYPE = box(b"ftyp", b"jp2 \0\0\0\0jp2 ")

WAYS: dict[str, dict[str, Any]] = {
    "": {},
    " in tiles": {"tile_size": (32, 32)},
    " with losses": {"irreversible": True, "quality_mode": "rates", "quality_layers": [4, 2]},
    " with precincts": {
        "precinct_size": (64, 64),
        "codeblock_size": (16, 16),
        "num_resolutions": 4,
        "plt": True,
    },
}
"""Names of encodings, and Pillow's options for them."""


def coded(image: Image.Image, **options: Any) -> bytes:
    """Return a picture as a codestream; `options` are those of Pillow."""
    return save(image, "JPEG2000", no_jp2=True, **options)


def jp2(stream: bytes, colour: bytes, *others: bytes) -> bytes:
    """Return a codestream in boxes: the content of the colour box, and further boxes."""
    header = box(b"ihdr", struct.pack(">IIH4B", HEIGHT, WIDTH, 3, 7, 7, 0, 0))
    return SIGNATURE + TYPE + box(b"jp2h", header, box(b"colr", colour), *others) + box(b"jp2c", stream)


def made() -> Iterator[Made]:
    """Return JPEG 2000 files with and without alpha, boxes, tiles, loss and 16 bits."""
    colours, clear = gradient_pixels(WIDTH, HEIGHT), transparent_pixels()
    grey = colours[..., :1]
    kinds = {"RGB": colours, "RGBA": clear, "L": grey, "LA": np.dstack([grey, clear[..., 3:]])}
    for mode, pixels in kinds.items():
        for name, options in WAYS.items():
            data = save(as_image(pixels, mode), "JPEG2000", **options)
            yield Made(f"JP2 of {mode}{name}", ImageFormat.JP2, data, pixels)
    yield Made("codestream of RGB", ImageFormat.JP2, coded(as_image(colours)), colours)
    yield Made("codestream of grey", ImageFormat.JP2, coded(as_image(grey)), grey)
    yield Made("codestream of 16 bits", ImageFormat.JP2, deep(grey), grey)
    data = jp2(coded(as_image(colours)), b"\2\0\0" + SRGB)
    yield Made("JP2 with a profile of sRGB", ImageFormat.JP2, data, colours)


def deep(pixels: Pixels) -> bytes:
    """Return grey of 16 bits as a codestream."""
    wide = pixels[..., 0].astype(np.uint16) * 257
    return coded(Image.frombytes("I;16", wide.shape[::-1], wide.astype("<u2").tobytes()))
