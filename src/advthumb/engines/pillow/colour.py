"""From the samples of a source to 8 bits of sRGB or grey."""

from functools import lru_cache
from io import BytesIO
from typing import cast

from PIL import Image, ImageChops, ImageCms, ImageMath

from advthumb.core.containers import icc
from advthumb.core.containers.tiff_layout import NEGATIVE
from advthumb.core.images import SourceInfo

from . import strips

_REMEMBERED_PROFILE_BYTES = 2**20
"""Larger profiles are rare and used once: remembering them would hold what an upload brought."""
_LARGEST = 3.4e38
"""About the largest float of 32 bits."""
_WANTED = {False: frozenset({"L", "RGB"}), True: frozenset({"LA", "RGBA"})}
"""The modes of what needs no conversion, without and with alpha."""
_IN_COLOUR = {"L": "RGB", "LA": "RGBA"}


def to_srgb(image: Image.Image, info: SourceInfo) -> Image.Image:
    """Return 8-bit sRGB or grey of any picture, with alpha and by the profile that its header announces.

    Pillow has no pixels of 16 bits in colour, so whatever there is gets 8 bits first.
    """
    if image.mode in {"I", "F"}:
        image = _stretched(image)
    if image.mode in _WANTED[info.has_alpha] and not info.profile and NEGATIVE not in info.kind:
        return image
    return strips.changed(image, lambda strip: _pixels_to_srgb(strip, info))


def _pixels_to_srgb(image: Image.Image, info: SourceInfo) -> Image.Image:
    image = _to_eight_bit(image, alpha=info.has_alpha)
    image = _inverted(image) if NEGATIVE in info.kind else image
    if image.mode == "LAB":
        return _converted(image, _lab_to_srgb())
    if info.profile:
        image = _through_profile(image, info.profile)
    return image.convert("RGB") if image.mode == "CMYK" else image


def _to_eight_bit(image: Image.Image, *, alpha: bool) -> Image.Image:
    """Return 8 bits per channel, alpha spelled out, colours otherwise as they are."""
    if image.mode.startswith("I;16"):
        return _from_sixteen_bit(image, image.info.get("transparency"))
    if image.mode in {"CMYK", "LAB"}:
        return image
    grey = image.mode in {"1", "L", "LA", "La"}
    wanted = ("LA" if alpha else "L") if grey else ("RGBA" if alpha else "RGB")
    return image if image.mode == wanted else image.convert(wanted)


def _from_sixteen_bit(image: Image.Image, transparent: int | None) -> Image.Image:
    """Scale 16-bit grey to 8 (v / 257, rounded); `convert("L")` would clip it to white."""
    wide = image.convert("I")
    grey = wide.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if transparent is None:
        return grey
    alpha = ImageMath.lambda_eval(
        lambda names: names["convert"]((names["wide"] != transparent) * 255, "L"), wide=wide
    )
    return Image.merge("LA", (grey, alpha))


def _inverted(image: Image.Image) -> Image.Image:
    """Return grey, with or without alpha, with black for white."""
    grey, *others = image.split()
    return Image.merge(image.mode, [ImageChops.invert(grey), *others])


def _stretched(image: Image.Image) -> Image.Image:
    """Scale 32-bit and float grey, whose white is not told, from its darkest to its lightest."""
    low, high = _extremes(image)
    image = _finite(image, low)
    factor = 255 / (high - low) if high > low else 0
    return image.point(lambda value: value * factor + (0.5 - low * factor)).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    """Return the least and the largest number of a channel, but for infinite ones and those that are none."""
    low, _ = cast("tuple[float, float]", _finite(image, _LARGEST).getextrema())  # one channel: one pair
    _, high = cast("tuple[float, float]", _finite(image, -_LARGEST).getextrema())
    return low, high


def _finite(image: Image.Image, instead: float) -> Image.Image:
    """Return floats with another number instead of those that are none, and infinite ones."""
    if image.mode != "F":
        return image
    mask = ImageMath.lambda_eval(
        lambda names: names["convert"]((names["image"] - names["image"] == 0) * 255, "L"), image=image
    )
    if mask.getextrema() == (255, 255):
        return image
    return Image.composite(image, Image.new("F", image.size, instead), mask.convert("1"))


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert to sRGB by an ICC profile, grey as RGB; one that is damaged deep inside is ignored."""
    grey = image.mode if image.mode in _IN_COLOUR else ""
    image = image.convert(_IN_COLOUR[grey]) if grey else image
    remembered = len(profile) <= _REMEMBERED_PROFILE_BYTES
    build = _to_srgb_transform if remembered else _to_srgb_transform.__wrapped__
    transform = build(profile, image.mode)
    converted = _converted(image, transform) if transform else image
    return converted.convert(grey) if grey and icc.is_neutral(profile) else converted


def _converted(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    # None is returned only with inPlace=True.
    converted = cast("Image.Image", ImageCms.applyTransform(image, transform))
    converted.info = dict(image.info)
    return converted


@lru_cache(maxsize=16)
def _to_srgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform of a profile from pixels of this mode, None if LittleCMS refuses it.

    Kept, because building one costs more than applying it to a small picture, and sites see the
    same few profiles again and again. Relative colorimetric with black point compensation, as
    browsers and photo editors do by default.
    """
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return None


@lru_cache(maxsize=1)
def _lab_to_srgb() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )
