"""Process large pictures strip by strip, so that there is no second picture of their size in memory."""

from collections.abc import Callable
from math import ceil

from PIL import Image

_LARGE = 2**24
"""Pictures with at least this many pixels are cut into strips. Smaller ones are faster as a whole."""
_STRIP = 2**21
"""The number of pixels in a strip."""
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}

Box = tuple[float, float, float, float]


def changed(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Apply a change to a picture, strip by strip if it is large. It must treat every pixel separately."""
    if image.width * image.height < _LARGE:
        return change(image)
    whole: Image.Image | None = None
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        strip = change(image.crop((0, top, image.width, min(top + rows, image.height))))
        whole = whole or Image.new(strip.mode, image.size)
        whole.paste(strip, (0, top))
    assert whole is not None  # noqa: S101 - for the type checker: no picture is without rows
    whole.info = dict(image.info)
    return whole


def scaled(image: Image.Image, size: tuple[int, int], box: Box, gap: float) -> Image.Image:
    """Scale a part of a picture with Lanczos. A much larger picture is first averaged by whole factors.

    Pillow averages only opaque pictures first. Pictures with alpha are averaged here, because Pillow would
    premultiply and scale them at full size.

    Args:
        image: The picture.
        size: The wanted size.
        box: The part of the picture: left, top, right and bottom in pixels, with fractions.
        gap: The averaged part keeps at least this many times the wanted size.
    """
    left, top, right, bottom = box
    across = max(1, int((right - left) / size[0] / gap))
    down = max(1, int((bottom - top) / size[1] / gap))
    mode = _PREMULTIPLIED.get(image.mode)
    if mode is None or across * down == 1:
        return image.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=gap)
    reduced = Image.new(mode, (ceil(image.width / across), ceil(image.height / down)))
    rows = max(1, _STRIP // image.width // down) * down
    for start in range(0, image.height, rows):
        strip = image.crop((0, start, image.width, min(start + rows, image.height)))
        reduced.paste(strip.convert(mode).reduce((across, down)), (0, start // down))
    part = (left / across, top / down, right / across, bottom / down)
    return reduced.resize(size, Image.Resampling.LANCZOS, part).convert(image.mode)
