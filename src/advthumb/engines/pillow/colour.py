"""Convert the samples of a source to 8-bit sRGB or grey."""

from functools import lru_cache
from io import BytesIO
from typing import cast

from PIL import Image, ImageChops, ImageCms, ImageMath

from advthumb.core.containers import icc
from advthumb.core.containers.tiff_layout import NEGATIVE
from advthumb.core.images import SourceInfo

from . import strips

_REMEMBERED_PROFILE_BYTES = 2**20
"""Larger profiles are rare and used once. Caching them would keep data of an upload in memory."""
_LARGEST = 3.4e38
"""About the largest float of 32 bits."""
_WANTED = {False: frozenset({"L", "RGB"}), True: frozenset({"LA", "RGBA"})}
"""The modes that need no conversion, without and with alpha."""
_IN_COLOUR = {"L": "RGB", "LA": "RGBA"}


def to_srgb(image: Image.Image, info: SourceInfo) -> Image.Image:
    """Convert any picture to 8-bit sRGB or grey, with the alpha and the profile that its header announces.

    Pillow has no 16-bit colour pixels, so every picture is converted to 8 bits first.
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
    """Convert to 8 bits per channel, with an explicit alpha channel, and leave the colours as they are."""
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
    """Invert a grey picture, with or without alpha: black becomes white."""
    grey, *others = image.split()
    return Image.merge(image.mode, [ImageChops.invert(grey), *others])


def _stretched(image: Image.Image) -> Image.Image:
    """Scale 32-bit and float grey from its darkest to its lightest value, because its white is not known."""
    low, high = _extremes(image)
    image = _finite(image, low)
    factor = 255 / (high - low) if high > low else 0
    return image.point(lambda value: value * factor + (0.5 - low * factor)).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    """Return the smallest and the largest finite number of a channel."""
    low, _ = cast("tuple[float, float]", _finite(image, _LARGEST).getextrema())  # one channel: one pair
    _, high = cast("tuple[float, float]", _finite(image, -_LARGEST).getextrema())
    return low, high


def _finite(image: Image.Image, instead: float) -> Image.Image:
    """Replace infinite numbers and NaN in floats with another number."""
    if image.mode != "F":
        return image
    mask = ImageMath.lambda_eval(
        lambda names: names["convert"]((names["image"] - names["image"] == 0) * 255, "L"), image=image
    )
    if mask.getextrema() == (255, 255):
        return image
    return Image.composite(image, Image.new("F", image.size, instead), mask.convert("1"))


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert to sRGB with an ICC profile, grey as RGB. A profile that LittleCMS refuses is ignored."""
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
    """Return the transform of a profile for pixels of this mode, None if LittleCMS refuses it.

    It is cached, because building it costs more than applying it to a small picture, and sites see the
    same few profiles again and again. It is relative colorimetric with black point compensation, the
    default of browsers and photo editors.
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
