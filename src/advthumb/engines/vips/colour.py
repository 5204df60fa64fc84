"""From the samples of a source to 8 bits of sRGB."""

import pyvips

from advthumb.core.containers import icc
from advthumb.core.containers.tiff_layout import LATE, NEGATIVE
from advthumb.core.images import Colours, SourceInfo

_STREAMED = "vips-sequential"
"""The field by which operations know that pixels come in order, and keep the few rows that they need."""
_NARROW = {"grey16": "b-w", "rgb16": "srgb"}
_SIGNED = {"uchar": ("char", 255, 1), "ushort": ("short", 65_535, 256)}
"""For unsigned samples: the signed ones of the same bits, the largest value, and what there is to one."""
_BANDS = {Colours.GREY: 1, Colours.RGB: 3, Colours.CMYK: 4, Colours.LAB: 3}
_FLOATS = frozenset({"float", "double"})
_LARGEST = 3.4e38
"""About the largest float of 32 bits."""


def to_srgb(image: pyvips.Image, info: SourceInfo) -> pyvips.Image:
    """Return 8-bit sRGB or grey of any picture, by the profile in its header, with no metadata."""
    image = _inverted(image) if NEGATIVE in info.kind else image
    if image.interpretation == "lab":
        image = _from_lab(image)
    elif info.profile:
        image = _through_profile(image, info.profile)
    image = to_eight_bit(image)
    if image.interpretation == "cmyk":
        image = _from_inks(image)
    colours = 1 if image.bands < 3 else 3
    if image.bands < colours + info.has_alpha:  # a frame that covers a part of a transparent canvas
        image = image.bandjoin(255)
    image = image.extract_band(0, n=colours + info.has_alpha)  # a TIFF can have any number of them
    return _bare(image.copy(interpretation="b-w" if colours == 1 else "srgb"))


def to_eight_bit(image: pyvips.Image) -> pyvips.Image:
    """Return 8 bits per channel, colours otherwise as they are."""
    if image.format == "uchar":
        return image
    if image.format == "ushort":
        narrow = _NARROW.get(image.interpretation, image.interpretation)
        return rounded(image / 257).copy(interpretation=narrow)
    # Whatever else there is does not tell its white: from the darkest to the lightest.
    image = image.copy_memory()  # it is read three times
    low, high = _finite(image, _LARGEST).min(), _finite(image, -_LARGEST).max()
    factor = 255 / (high - low) if high > low else 0
    return rounded((_finite(image, low) - low) * factor)


def shown(image: pyvips.Image, info: SourceInfo) -> pyvips.Image:
    """Return a TIFF with nothing but its colours and its alpha; it may have any number of other samples."""
    colours = _BANDS[info.colours]
    if image.bands == colours + info.has_alpha:
        return image
    picture = image.extract_band(0, n=colours)
    if info.has_alpha:
        picture = picture.bandjoin(image[image.bands - 1 if LATE in info.kind else colours])
    return picture


def _inverted(image: pyvips.Image) -> pyvips.Image:
    """Return grey, with or without alpha, with black for white."""
    grey = image[0].invert()
    return grey.bandjoin(image[1:]) if image.bands > 1 else grey


def _finite(image: pyvips.Image, instead: float) -> pyvips.Image:
    """Return floats with another number instead of those that are none, and infinite ones."""
    return (image - image == 0).ifthenelse(image, instead) if image.format in _FLOATS else image


def in_colour(image: pyvips.Image) -> pyvips.Image:
    """Return grey, with or without alpha, as RGB with or without it."""
    grey = image[0]
    return grey.bandjoin([grey, grey, *image.bandsplit()[1:]]).copy(interpretation="srgb")


def premultiplied(image: pyvips.Image) -> pyvips.Image:
    """Return a picture of which each colour weighs as much as it shows.

    In whole numbers, as Pillow has them: in fractions, scaling takes several times as long.
    """
    return image.premultiply().cast("uchar")


def unpremultiplied(image: pyvips.Image) -> pyvips.Image:
    """Undo `premultiplied`, and make up for the half that it takes off each colour in the mean."""
    halves = [0.5] * (image.bands - 1) + [0]
    return image.linear([1] * image.bands, halves).unpremultiply().cast("uchar")


def rounded(image: pyvips.Image) -> pyvips.Image:
    """Return the nearest 8-bit values."""
    return image.linear(1, 0.5, uchar=True)


def _through_profile(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    """Convert to sRGB by an ICC profile, grey as RGB; samples of 16 bits are converted as such.

    What the decoder found in the file is replaced: where that were damaged, or made for other pixels, libvips
    would take a profile of its own. Alpha goes around the transform, which would scale it at times.
    """
    image = image if image.format in _SIGNED else to_eight_bit(image)
    grey = image.bands < 3
    image = in_colour(image) if grey else image
    channels = 4 if image.interpretation == "cmyk" else 3
    colours = image[:channels].copy(interpretation="cmyk" if channels == 4 else "srgb")
    colours.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    try:
        colours = colours.icc_transform(
            "srgb", embedded=True, intent="relative", black_point_compensation=True
        )
    except pyvips.Error:
        return image
    colours = to_eight_bit(colours[0] if grey and icc.is_neutral(profile) else colours)
    return colours.bandjoin(to_eight_bit(image[channels:])) if image.bands > channels else colours


def _from_lab(image: pyvips.Image) -> pyvips.Image:
    """Convert what `sources.lab_as_rgb` gave: L from 0 to the largest value, a and b signed."""
    signed, most, one = _SIGNED[image.format]
    lightness = image[0] * (100 / most)
    lab = lightness.bandjoin(image[1:3].copy(format=signed) / one).copy(interpretation="lab")
    rgb = lab.icc_export(output_profile="srgb", intent="relative", black_point_compensation=True)
    return rgb.bandjoin(to_eight_bit(image[3:])) if image.bands > 3 else rgb


def _from_inks(image: pyvips.Image) -> pyvips.Image:
    """Convert CMYK by the rule of all engines; libvips would do it by a profile of its own."""
    paper = image.invert()
    rgb = rounded(paper[:3] * paper[3] / 255)
    return rgb.bandjoin(image[4:]) if image.bands > 4 else rgb


def _bare(image: pyvips.Image) -> pyvips.Image:
    """Return a picture that carries nothing a saver could act on: orientation, page height, palette."""
    bare = image.copy()
    for name in bare.get_fields():
        if name != _STREAMED:
            bare.remove(name)
    return bare
