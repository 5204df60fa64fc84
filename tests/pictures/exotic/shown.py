"""The pixels that most simple raster files show."""

import numpy as np

from advthumb.testing.pictures.pixels import Pixels, photo_pixels


def photo(width: int = 39, height: int = 29) -> Pixels:
    """Return pixels in colour, with black and white in the corners.

    Its sides are odd, and thumbnails have the same size: this tests decoding only.
    """
    pixels = photo_pixels(width, height).copy()
    pixels[:4, :4], pixels[-4:, -4:], pixels[-4:, :4] = 0, 255, (255, 0, 0)
    return pixels


def grey(width: int = 39, height: int = 29) -> Pixels:
    """Return the green channel as grey."""
    return photo(width, height)[..., 1:2]


def translucent(pixels: Pixels) -> Pixels:
    """Return pixels with alpha that falls from left to right."""
    height, width = pixels.shape[:2]
    alpha = np.linspace(255, 96, width).round().astype(np.uint8)
    return np.dstack([pixels, np.broadcast_to(alpha, (height, width))])
