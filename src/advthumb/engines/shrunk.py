"""Scale a JPEG that was shrunk while decoding, as a Wand picture.

A decoder that shrinks rounds the sides up. This scales only the part that the source covers. The module
imports no imaging library: the caller passes the pictures.
"""

from typing import Any

from advthumb.core.images import Size
from advthumb.core.orientation import Extent
from advthumb.core.planning import extended_side


def reduce(image: Any, covered: Extent, size: Size) -> None:
    """Reduce the part of a picture that its source covers to exactly the given size, in place.

    Scaling begins at the left and at the top. If the partly covered pixels are there, the picture is
    mirrored before scaling, and mirrored back after it.
    """
    left, top, right, bottom = covered
    turns = [turn for turn, begins in ((image.flop, left), (image.flip, top)) if begins > 0]
    for turn in turns:
        turn()
    wide, scaled_wide = extended_side(image.width, size.width / (right - left))
    high, scaled_high = extended_side(image.height, size.height / (bottom - top))
    _extend(image, wide, image.height)
    _extend(image, wide, high)
    image.resize(scaled_wide, scaled_high, filter="lanczos")
    image.crop(0, 0, width=size.width, height=size.height)
    for turn in turns:
        turn()


def _extend(image: Any, width: int, height: int) -> None:
    """Extend a picture to a size by repeating its last column or its last row."""
    old = Size(*image.size)
    if old == (width, height):
        return
    left, top = (old.width, 0) if width > old.width else (0, old.height)
    with image[max(0, left - 1) : old.width, max(0, top - 1) : old.height] as edge:
        edge.sample(width - left, height - top)
        image.extent(width, height)
        image.composite(edge, left=left, top=top, operator="copy")
