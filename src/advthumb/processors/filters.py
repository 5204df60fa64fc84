"""Processors that compute each pixel from itself and its neighbours."""

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar, Self

from PIL import Image, ImageChops, ImageFilter, ImageMath

from advthumb.processing import Processor, is_number, refuse

_MOST = 1000.0
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
"""Pillow's modes for colours that are multiplied with their alpha."""
_COLOURS = {"LA": "L", "RGBA": "RGB"}
_LEVELS = 256
_LUMINANCES = (0.2126, 0.7152, 0.0722)
"""How much the linear light of red, green and blue contributes to the luminance, in sRGB."""
_FINE = 65_535
"""Luminances are whole numbers up to this one."""


@dataclass(frozen=True)
class Sharpen(Processor):
    """Makes edges clearer: adds the difference between the picture and a blurred copy of it (unsharp mask).

    Args:
        amount: How much of the difference is added: 0.3 is hardly visible, 1 is strong; at most 10.
        radius: The standard deviation of the blur, in pixels of the thumbnail.

    Raises:
        ImproperlyConfigured: An argument has another value.
    """

    path: ClassVar[str] = "advthumb.processors.Sharpen"

    amount: float = 0.5
    radius: float = 1.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not is_number(self.amount, 0, 10):
            raise refuse(self, "amount", "a number from 0 to 10, such as 0.6")
        _check_radius(self, self.radius)

    def process(self, image: Image.Image) -> Image.Image:
        """Sharpen the colours; alpha is kept."""
        colours = image.convert(_COLOURS.get(image.mode, image.mode))
        blurred = _blurred(image, self.radius).convert(colours.mode)
        # The differences of both signs are scaled apart, because samples cannot be negative.
        scale = [min(round(self.amount * level), _LEVELS - 1) for level in range(_LEVELS)]
        scales = scale * len(colours.getbands())
        brighter = ImageChops.subtract(colours, blurred).point(scales)
        darker = ImageChops.subtract(blurred, colours).point(scales)
        sharpened = ImageChops.subtract(ImageChops.add(colours, brighter), darker)
        if image.mode in _COLOURS:
            sharpened.putalpha(image.getchannel("A"))
        return sharpened


@dataclass(frozen=True)
class Blur(Processor):
    """Blurs the picture (Gaussian blur), for example as a background or to hide what it shows.

    Args:
        radius: The standard deviation of the blur, in pixels of the thumbnail.

    Raises:
        ImproperlyConfigured: The radius has another value.
    """

    path: ClassVar[str] = "advthumb.processors.Blur"

    radius: float = 4.0

    def __post_init__(self) -> None:
        """Check the radius."""
        _check_radius(self, self.radius)

    def for_sibling(self, width: int, factor: float) -> Self:
        """Return a blur with a radius in proportion."""
        return replace(self, radius=min(self.radius * factor, _MOST))

    def process(self, image: Image.Image) -> Image.Image:
        """Blur colours and alpha together, so that no colour bleeds from transparent pixels."""
        return _blurred(image, self.radius)


@dataclass(frozen=True)
class Greyscale(Processor):
    """Removes the colours, and keeps the luminance of each pixel: it is computed in linear light."""

    path: ClassVar[str] = "advthumb.processors.Greyscale"

    def process(self, image: Image.Image) -> Image.Image:
        """Return a picture in grey; alpha is kept."""
        if image.mode in {"L", "LA"}:
            return image
        red, green, blue = (
            band.point(table, "F") for band, table in zip(image.split()[:3], _linear(), strict=True)
        )
        light = ImageMath.lambda_eval(
            lambda bands: bands["convert"](bands["red"] + bands["green"] + bands["blue"], "I"),
            red=red,
            green=green,
            blue=blue,
        )
        grey: Image.Image = light.point(_encoded(), "L")
        if image.mode == "RGBA":
            grey.putalpha(image.getchannel("A"))
        return grey


def _check_radius(processor: Processor, radius: object) -> None:
    if not is_number(radius, 0, _MOST):
        raise refuse(processor, "radius", f"a number of pixels from 0 to {_MOST:g}, such as 2.5")


def _blurred(image: Image.Image, radius: float) -> Image.Image:
    premultiplied = image.convert(_PREMULTIPLIED.get(image.mode, image.mode))
    return premultiplied.filter(ImageFilter.GaussianBlur(radius)).convert(image.mode)


@cache
def _linear() -> list[list[float]]:
    """Return what each level of red, green and blue contributes to the luminance, up to _FINE."""
    levels = [level / (_LEVELS - 1) for level in range(_LEVELS)]
    light = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in levels]
    return [[each * share * _FINE for each in light] for share in _LUMINANCES]


@cache
def _encoded() -> list[int]:
    """Return the level in sRGB of each luminance up to _FINE."""
    light = [each / _FINE for each in range(_FINE + 1)]
    curve = [each * 12.92 if each <= 0.0031308 else 1.055 * each ** (1 / 2.4) - 0.055 for each in light]
    return [round(each * (_LEVELS - 1)) for each in curve]
