"""Rounded corners."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Self

from PIL import Image, ImageDraw

from advthumb.processing import Processor, refuse

_FINEST = 8
"""A corner is drawn this many times larger than it is, and averaged, so that its edge is smooth."""
_LARGEST = 4096
"""The side of the largest drawing that is made for a smooth edge, in pixels. Corners with a radius of more
than an eighth of it are drawn less finely, and those above it without smoothing."""
_OPAQUE = 255


@dataclass(frozen=True)
class Rounded(Processor):
    """Makes the corners transparent, along smooth arcs.

    The field must name a format with alpha: PNG, WEBP, AVIF or GIF. GIF has no half-transparent pixels, so
    its corners have steps.

    Args:
        radius: The radius of the corners, in pixels of the thumbnail. It is at most half of the shorter side,
            so a large value makes a square thumbnail a circle.

    Raises:
        ImproperlyConfigured: The radius has another value.
    """

    path: ClassVar[str] = "advthumb.processors.Rounded"
    adds_alpha: ClassVar[bool] = True

    radius: int

    def __post_init__(self) -> None:
        """Check the radius."""
        if not isinstance(self.radius, int) or isinstance(self.radius, bool) or self.radius < 1:
            raise refuse(self, "radius", "a whole number of pixels above 0, such as 24")

    def for_sibling(self, width: int, factor: float) -> Self:
        """Return corners with a radius in proportion."""
        return replace(self, radius=max(1, round(self.radius * factor)))

    def process(self, image: Image.Image) -> Image.Image:
        """Return the picture with alpha, which is 0 outside of the corners."""
        mask = _mask(image.size, min(self.radius, min(image.size) // 2))
        rounded = image.convert({"L": "LA", "RGB": "RGBA"}.get(image.mode, image.mode))
        if image.mode in {"LA", "RGBA"}:
            whole, mask = mask, Image.new("L", image.size, 0)
            mask.paste(image.getchannel("A"), mask=whole)  # rounds the products, unlike ImageChops.multiply
        rounded.putalpha(mask)
        return rounded


def _mask(size: tuple[int, int], radius: int) -> Image.Image:
    """Return the alpha of an opaque picture with rounded corners."""
    mask = Image.new("L", size, _OPAQUE)
    if not radius:
        return mask
    corner = _corner(radius)
    mirrored = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    right, bottom = size[0] - radius, size[1] - radius
    mask.paste(corner, (0, 0))
    mask.paste(mirrored, (right, 0))
    mask.paste(corner.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (0, bottom))
    mask.paste(mirrored.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (right, bottom))
    return mask


@lru_cache(maxsize=4)
def _corner(radius: int) -> Image.Image:
    """Return the alpha of the upper left corner; frames of an animation share it."""
    times = max(1, min(_FINEST, _LARGEST // radius))
    side = radius * times
    drawing = Image.new("L", (side, side), 0)
    ImageDraw.Draw(drawing).ellipse((0, 0, 2 * side - 1, 2 * side - 1), fill=_OPAQUE)
    return drawing.reduce(times)
