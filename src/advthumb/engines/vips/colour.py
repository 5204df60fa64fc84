"""Convert the samples of a source to 8-bit sRGB or grey."""

import pyvips

from advthumb.core.containers import icc
from advthumb.core.containers.tiff_layout import LATE, NEGATIVE
from advthumb.core.images import Colours, SourceInfo

_STREAMED = "vips-sequential"
"""The field that tells operations that pixels come in order, so that they keep only the rows they need."""
_NARROW = {"grey16": "b-w", "rgb16": "srgb"}
_SIGNED = {"uchar": ("char", 255, 1), "ushort": ("short", 65_535, 256)}
"""For an unsigned type of samples: the signed type of the same size, the largest value, and the number of
steps in one unit of a or b."""
_BANDS = {Colours.GREY: 1, Colours.RGB: 3, Colours.CMYK: 4, Colours.LAB: 3}
_FLOATS = frozenset({"float", "double"})
_LARGEST = 3.4e38
"""About the largest float of 32 bits."""


def to_srgb(image: pyvips.Image, info: SourceInfo) -> pyvips.Image:
    """Convert any picture to 8-bit sRGB or grey with the profile in its header, without metadata."""
    image = _inverted(image) if NEGATIVE in info.kind else image
    if image.interpretation == "lab":
        image = _from_lab(image)
    elif info.profile:
        image = _through_profile(image, info.profile)
    image = to_eight_bit(image)
    if image.interpretation == "cmyk":
        image = _from_inks(image)
    colours = 1 if image.bands < 3 else 3
    if image.bands < colours + info.has_alpha:  # an opaque frame that covers part of a transparent canvas
        image = image.bandjoin(255)
    image = image.extract_band(0, n=colours + info.has_alpha)  # a TIFF can have any number of bands
    return _bare(image.copy(interpretation="b-w" if colours == 1 else "srgb"))


def to_eight_bit(image: pyvips.Image) -> pyvips.Image:
    """Convert to 8 bits per channel, and leave the colours as they are."""
    if image.format == "uchar":
        return image
    if image.format == "ushort":
        narrow = _NARROW.get(image.interpretation, image.interpretation)
        return rounded(image / 257).copy(interpretation=narrow)
    # The white of all other types is not known: scale them from their darkest to their lightest value.
    image = image.copy_memory()  # because it is read three times
    low, high = _finite(image, _LARGEST).min(), _finite(image, -_LARGEST).max()
    factor = 255 / (high - low) if high > low else 0
    return rounded((_finite(image, low) - low) * factor)


def shown(image: pyvips.Image, info: SourceInfo) -> pyvips.Image:
    """Return the colours and the alpha of a TIFF, without its extra samples."""
    colours = _BANDS[info.colours]
    if image.bands == colours + info.has_alpha:
        return image
    picture = image.extract_band(0, n=colours)
    if info.has_alpha:
        picture = picture.bandjoin(image[image.bands - 1 if LATE in info.kind else colours])
    return picture


def _inverted(image: pyvips.Image) -> pyvips.Image:
    """Invert a grey picture, with or without alpha: black becomes white."""
    grey = image[0].invert()
    return grey.bandjoin(image[1:]) if image.bands > 1 else grey


def _finite(image: pyvips.Image, instead: float) -> pyvips.Image:
    """Replace infinite numbers and NaN in floats with another number."""
    return (image - image == 0).ifthenelse(image, instead) if image.format in _FLOATS else image


def in_colour(image: pyvips.Image) -> pyvips.Image:
    """Convert grey to RGB; alpha is kept if there is any."""
    grey = image[0]
    return grey.bandjoin([grey, grey, *image.bandsplit()[1:]]).copy(interpretation="srgb")


def premultiplied(image: pyvips.Image) -> pyvips.Image:
    """Multiply the colours of a picture by its alpha.

    The result has whole numbers, as in Pillow. With fractions, scaling would take several times as long.
    """
    return image.premultiply().cast("uchar")


def unpremultiplied(image: pyvips.Image) -> pyvips.Image:
    """Undo `premultiplied`, and add the half that it removes from each colour on average."""
    halves = [0.5] * (image.bands - 1) + [0]
    return image.linear([1] * image.bands, halves).unpremultiply().cast("uchar")


def rounded(image: pyvips.Image) -> pyvips.Image:
    """Return the nearest 8-bit values."""
    return image.linear(1, 0.5, uchar=True)


def _through_profile(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    """Convert to sRGB with an ICC profile, grey as RGB, and 16-bit samples at 16 bits.

    The profile that the decoder found in the file is replaced. If that one is damaged or made for other
    pixels, libvips would use a built-in profile. Alpha is left out, because libvips sometimes scales it.
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
    """Convert the samples from `sources.lab_as_rgb`: L from 0 to the largest value, a and b signed."""
    signed, most, one = _SIGNED[image.format]
    lightness = image[0] * (100 / most)
    lab = lightness.bandjoin(image[1:3].copy(format=signed) / one).copy(interpretation="lab")
    rgb = lab.icc_export(output_profile="srgb", intent="relative", black_point_compensation=True)
    return rgb.bandjoin(to_eight_bit(image[3:])) if image.bands > 3 else rgb


def _from_inks(image: pyvips.Image) -> pyvips.Image:
    """Convert CMYK by the rule that all engines follow; libvips would use a built-in profile."""
    paper = image.invert()
    rgb = rounded(paper[:3] * paper[3] / 255)
    return rgb.bandjoin(image[4:]) if image.bands > 4 else rgb


def _bare(image: pyvips.Image) -> pyvips.Image:
    """Remove the fields that a saver could use, such as orientation, page height or palette."""
    bare = image.copy()
    for name in bare.get_fields():
        if name != _STREAMED:
            bare.remove(name)
    return bare
