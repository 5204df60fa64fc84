"""A file of an exotic format with the pixels that it shows, and the pixels that most of them show."""

from dataclasses import dataclass

import numpy as np

from advthumb.core.formats import ImageFormat
from tests.pictures.pixels import Pixels, photo_pixels


@dataclass(frozen=True)
class Made:
    """A file, and what it shows.

    Attributes:
        name: What is special about it, such as "PSD of 16 bits, packed".
        format: What it is sniffed to be.
        data: The file.
        pixels: What it shows, upright: height x width x channels (1, 2, 3 or 4) of 8 bits.
    """

    name: str
    format: ImageFormat
    data: bytes
    pixels: Pixels


def photo(width: int = 39, height: int = 29) -> Pixels:
    """Return something in colour, with black and white in its corners.

    Its sides are odd, and those of the thumbnails that it is compared by: what is tested is decoding.
    """
    pixels = photo_pixels(width, height).copy()
    pixels[:4, :4], pixels[-4:, -4:], pixels[-4:, :4] = 0, 255, (255, 0, 0)
    return pixels


def grey(width: int = 39, height: int = 29) -> Pixels:
    """Return its green as grey, in one channel."""
    return photo(width, height)[..., 1:2]


def translucent(pixels: Pixels) -> Pixels:
    """Return pixels with alpha that falls to the right."""
    height, width = pixels.shape[:2]
    alpha = np.linspace(255, 96, width).round().astype(np.uint8)
    return np.dstack([pixels, np.broadcast_to(alpha, (height, width))])
