"""The decode floor: the source decoded at the smallest scale that keeps twice the target, and no more.

Whoever decodes with libjpeg-turbo, libpng or libwebp and wants such pixels pays this at least.
"""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

Image.MAX_IMAGE_PIXELS = None
_MARGIN = 2


def render(data: bytes, name: str, sizes: Sequence[tuple[int, int]], *, lossless: bool) -> list[bytes]:
    """Decode, scaled where the format can, and make nothing of it."""
    with Image.open(BytesIO(data)) as image:
        scale = min(max(box[at] for box in sizes) / image.size[at] for at in (0, 1))
        image.draft(None, tuple(round(side * scale * _MARGIN) for side in image.size))
        image.load()
    return []
