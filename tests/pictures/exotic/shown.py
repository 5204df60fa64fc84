"""The pixels that most files of simple rasters show."""

import numpy as np

from advthumb.testing.pictures.pixels import Pixels, photo_pixels


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
