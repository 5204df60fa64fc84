"""The decode floor: only decodes the source, at the smallest scale that keeps twice the target.

Any code that gets such pixels from libjpeg-turbo, libpng or libwebp takes at least this long.
"""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

Image.MAX_IMAGE_PIXELS = None
_MARGIN = 2


def render(data: bytes, name: str, sizes: Sequence[tuple[int, int]], *, lossless: bool) -> list[bytes]:
    """Decode, scaled if the format allows, and return no thumbnails."""
    with Image.open(BytesIO(data)) as image:
        scale = min(max(box[at] for box in sizes) / image.size[at] for at in (0, 1))
        image.draft(None, tuple(round(side * scale * _MARGIN) for side in image.size))
        image.load()
    return []
