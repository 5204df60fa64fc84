"""The modes of finished pictures."""

from PIL import Image

from advthumb.core.samples import Samples

MODES = ("L", "LA", "RGB", "RGBA")
"""The modes of finished pictures, by the number of their bands."""


def image_of(samples: Samples) -> Image.Image:
    """Return a picture with these samples."""
    return Image.frombytes(MODES[samples.bands - 1], samples.size, samples.data)
