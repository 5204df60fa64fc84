"""Large upright pictures, made from the small photographs, and the compass on some of them.

The compass is a ring of four colours round an arrow that points up. It lies in the middle, where every
resize method keeps it, and its colours tell all eight orientations apart.
"""

import random
from functools import cache
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

Color: TypeAlias = tuple[int, int, int]
Size: TypeAlias = tuple[int, int]

PHOTOS = Path(__file__).parent / "photos"

# Where on the compass (right and down are positive) each colour is.
COMPASS: dict[tuple[int, int], Color] = {
    (-1, -1): (225, 30, 40),
    (1, -1): (20, 190, 70),
    (1, 1): (30, 80, 225),
    (-1, 1): (245, 205, 20),
}
_COMPASS_RADIUS = 0.26  # As a fraction of the picture's shorter side.
_RIM = 1.06  # As a fraction of the radius, like the next one.
_RING_FROM = 0.68
_NOISE_TILE = 512
_NOISE_STRENGTH = 10


@cache
def photo(name: str) -> Image.Image:
    """Return one of the photographs as sRGB pixels."""
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        pixels = image.convert("RGB")
    pixels.info.clear()
    return pixels


def enlarged(name: str, size: Size) -> Image.Image:
    """Return an upright picture as large and grainy as a camera's."""
    return add_noise(ImageOps.fit(photo(name), size, Image.Resampling.BICUBIC))


def draw_compass(picture: Image.Image, label: str) -> None:
    """Draw the compass, with the label under its arrow, in the middle of a picture."""
    center_x, center_y = picture.width / 2, picture.height / 2
    radius = _COMPASS_RADIUS * min(picture.size)
    draw = ImageDraw.Draw(picture)
    draw.ellipse(_compass_box(picture.size, _RIM), fill="white")
    for start, corner in ((180, (-1, -1)), (270, (1, -1)), (0, (1, 1)), (90, (-1, 1))):
        draw.pieslice(_compass_box(picture.size, 1), start, start + 90, fill=COMPASS[corner])
    draw.ellipse(_compass_box(picture.size, _RING_FROM), fill=(32, 32, 36))
    arrow = ((0, -0.58), (0.26, -0.26), (0.1, -0.26), (0.1, 0.1), (-0.1, 0.1), (-0.1, -0.26), (-0.26, -0.26))
    draw.polygon([(center_x + radius * x, center_y + radius * y) for x, y in arrow], fill="white")
    font = ImageFont.load_default(size=radius * 0.32)
    draw.text((center_x, center_y + radius * 0.33), label, fill="white", font=font, anchor="mm")


def _compass_box(size: Size, scale: float) -> tuple[float, float, float, float]:
    """Return the square around a circle in the middle, `scale` times as big as the compass."""
    radius = _COMPASS_RADIUS * min(size) * scale
    return (size[0] / 2 - radius, size[1] / 2 - radius, size[0] / 2 + radius, size[1] / 2 + radius)


def add_noise(picture: Image.Image) -> Image.Image:
    """Add the mild grain that makes a file as big as a camera's."""
    noise = Image.new("L", picture.size)
    for top in range(0, picture.height, _NOISE_TILE):
        for left in range(0, picture.width, _NOISE_TILE):
            noise.paste(_noise_tile(), (left, top))
    return ImageChops.add(picture, Image.merge("RGB", [noise] * 3), offset=-_NOISE_STRENGTH)


@cache
def _noise_tile() -> Image.Image:
    """Return a square of uniform noise between 0 and twice the strength."""
    grain = random.Random("grain").randbytes(_NOISE_TILE**2)  # noqa: S311 - the same picture every time is the point
    tile = Image.frombytes("L", (_NOISE_TILE, _NOISE_TILE), grain)
    return tile.point([value * 2 * _NOISE_STRENGTH // 255 for value in range(256)])
