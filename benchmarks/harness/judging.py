"""Checks whether a thumbnail is right: size, upright, colours, and closeness in decibels."""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageCms, ImageOps

Image.MAX_IMAGE_PIXELS = None  # The corpus is ours.

_ORIENTATION_TAG = 0x0112
_EXACT_DB = 99.0
_SAME_PICTURE_DB = 24
"""A rotated or mirrored thumbnail of the corpus has less; a small JPEG of the right picture has more."""
_SAME_COLOURS_LEVELS = 1
"""Encoding changes the mean of a channel by 0.2 levels; taking Display P3 for sRGB changes it by 2.5."""


def psnr(thumbnail: str, source: str) -> float:
    """Return the decibels of a thumbnail against a full decode of its source and one pass of LANCZOS.

    Without any difference they would be infinite; `_EXACT_DB` stands for that.
    """
    made = _pixels(thumbnail)
    histogram = ImageChops.difference(made, _reference(source, made.size)).histogram()
    squares = sum((place % 256) ** 2 * count for place, count in enumerate(histogram))
    if squares == 0:
        return _EXACT_DB
    return 10 * math.log10(255**2 * len(made.getbands()) * made.width * made.height / squares)


def flaws(thumbnail: str, source: str, box: Sequence[int]) -> set[str]:
    """Return what is wrong with a thumbnail that should fit a box, or an empty string."""
    if not Path(thumbnail).exists():
        return {"not made"}
    with Image.open(thumbnail) as image:
        size = image.size
    wanted = _fitted(source, box)
    if max(abs(size[at] - wanted[at]) for at in (0, 1)) > 1:
        return {"not upright" if _is_turned(size, wanted) else f"{size[0]}x{size[1]} px"}
    if psnr(thumbnail, source) < _SAME_PICTURE_DB:
        return {"not upright"}
    return {"wrong colours"} if _cast(thumbnail, source) > _SAME_COLOURS_LEVELS else set()


def _is_turned(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    return (size[0] > size[1]) != (wanted[0] > wanted[1])


def _cast(thumbnail: str, source: str) -> float:
    """Return how many levels the mean of the worst channel is off."""
    made = _pixels(thumbnail)
    means = (_means(made), _means(_reference(source, made.size)))
    return max(abs(a - b) for a, b in zip(*means, strict=True))


def _means(picture: Image.Image) -> list[float]:
    return [
        sum(level * count for level, count in enumerate(band.histogram())) / (band.width * band.height)
        for band in picture.split()
    ]


def _fitted(source: str, box: Sequence[int]) -> tuple[int, int]:
    width, height = _display_size(source)
    scale = min(box[0] / width, box[1] / height, 1)  # nothing is enlarged
    return round(width * scale), round(height * scale)


@cache
def _reference(source: str, size: tuple[int, int]) -> Image.Image:
    return _on_grey(_upright(source).resize(size, Image.Resampling.LANCZOS))


@cache
def _display_size(source: str) -> tuple[int, int]:
    with Image.open(source) as image:
        width, height = image.size
        turned = image.getexif().get(_ORIENTATION_TAG, 1) > 4
    return (height, width) if turned else (width, height)


@lru_cache(maxsize=1)
def _upright(source: str) -> Image.Image:
    """Return a source at full size, upright and in sRGB."""
    with Image.open(source) as image:
        return _to_srgb(ImageOps.exif_transpose(image))


def _pixels(path: str) -> Image.Image:
    with Image.open(path) as image:
        return _on_grey(_to_srgb(image.copy()))


def _to_srgb(picture: Image.Image) -> Image.Image:
    """Convert with the embedded profile, as a browser does before it shows a picture."""
    if profile := picture.info.get("icc_profile"):
        ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            inPlace=True,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    return picture


def _on_grey(picture: Image.Image) -> Image.Image:
    """Return RGB: transparent pixels show the same grey everywhere, so that hidden colours do not count."""
    rgba = picture.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, (128, 128, 128, 255))
    ground.alpha_composite(rgba)
    return ground.convert("RGB")
