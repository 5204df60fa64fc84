"""The table of facts for each image format. Other modules use it instead of writing `if jpeg`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class ImageFormat(StrEnum):
    """Formats that are recognised by their bytes, whether or not an engine reads them."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    AVIF = "AVIF"
    GIF = "GIF"
    TIFF = "TIFF"
    BMP = "BMP"
    HEIC = "HEIC"
    JP2 = "JP2"
    JXL = "JXL"
    ICO = "ICO"
    PSD = "PSD"
    DDS = "DDS"
    DPX = "DPX"
    CIN = "CIN"
    EXR = "EXR"
    FITS = "FITS"
    HDR = "HDR"
    ICNS = "ICNS"
    PCX = "PCX"
    PICT = "PICT"
    PNM = "PNM"
    QOI = "QOI"
    SGI = "SGI"
    SUN = "SUN"
    TGA = "TGA"
    XBM = "XBM"
    XCF = "XCF"
    XPM = "XPM"
    WMF = "WMF"
    MIFF = "MIFF"
    RAW = "RAW"
    SVG = "SVG"
    XML = "XML"
    HTML = "HTML"
    PDF = "PDF"
    POSTSCRIPT = "POSTSCRIPT"
    MP4 = "MP4"
    MATROSKA = "MATROSKA"
    AVI = "AVI"


SAFE_FORMATS = frozenset(
    {
        ImageFormat.JPEG,
        ImageFormat.PNG,
        ImageFormat.WEBP,
        ImageFormat.AVIF,
        ImageFormat.GIF,
        ImageFormat.TIFF,
        ImageFormat.BMP,
        ImageFormat.HEIC,
    }
)
"""Raster formats with maintained decoders that do not start other programs. All others are decoded only in
sealed processes, unless ADVANCE_THUMBNAIL_ALLOWED_FORMATS says otherwise."""


EXOTIC_FORMATS = frozenset(
    {
        ImageFormat.CIN,
        ImageFormat.DDS,
        ImageFormat.DPX,
        ImageFormat.FITS,
        ImageFormat.HDR,
        ImageFormat.ICNS,
        ImageFormat.ICO,
        ImageFormat.JP2,
        ImageFormat.MIFF,
        ImageFormat.PCX,
        ImageFormat.PICT,
        ImageFormat.PNM,
        ImageFormat.PSD,
        ImageFormat.QOI,
        ImageFormat.SGI,
        ImageFormat.SUN,
        ImageFormat.TGA,
        ImageFormat.XBM,
        ImageFormat.XCF,
        ImageFormat.XPM,
    }
)
"""Raster formats that belong to one program or are no longer common."""


class Effort(StrEnum):
    """How much time an encoder spends on saving bytes, at the same quality."""

    FAST = "fast"
    BALANCED = "balanced"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """The facts about a format that thumbnails are written in.

    Attributes:
        extension: The file extension with its dot.
        alpha: Whether the format supports transparency.
        max_side: The longest side in pixels that the format, or its common library, can write.
        quality: The default quality; None if the format is written without loss.
        animation: Whether the format can hold more than one frame.
        efforts: The efforts whose files differ from those of `balanced`.
        progressive: Whether a file can be ordered so that a coarse picture appears while it is loading.
        lossless: Whether the format, which is usually lossy, has a lossless mode.
    """

    extension: str
    alpha: bool
    max_side: int
    quality: int | None
    animation: bool = False
    efforts: frozenset[Effort] = frozenset({Effort.FAST, Effort.SMALL})
    progressive: bool = False
    lossless: bool = False


OUTPUTS: Mapping[ImageFormat, OutputFacts] = MappingProxyType(
    {
        ImageFormat.JPEG: OutputFacts(".jpg", alpha=False, max_side=65_500, quality=85, progressive=True),
        ImageFormat.PNG: OutputFacts(".png", alpha=True, max_side=65_535, quality=None, animation=True),
        ImageFormat.WEBP: OutputFacts(
            ".webp", alpha=True, max_side=16_383, quality=80, animation=True, lossless=True
        ),
        # With more time, encoders make better AVIFs, but not smaller ones.
        ImageFormat.AVIF: OutputFacts(
            ".avif",
            alpha=True,
            max_side=65_536,
            quality=60,
            efforts=frozenset({Effort.FAST}),
            lossless=True,
        ),
        # The only way to save bytes is another palette, and that is visible.
        ImageFormat.GIF: OutputFacts(
            ".gif", alpha=True, max_side=65_535, quality=None, animation=True, efforts=frozenset()
        ),
    }
)
"""The formats thumbnails are written in."""


_BY_EXTENSION = {facts.extension: image_format for image_format, facts in OUTPUTS.items()}


def output_format(source: ImageFormat, *, has_alpha: bool) -> ImageFormat:
    """Return the format of a thumbnail if the spec does not name one.

    A source in one of `OUTPUTS` keeps its format. Of all others, pictures with alpha become PNG and opaque
    ones JPEG.
    """
    if source in OUTPUTS:
        return source
    return ImageFormat.PNG if has_alpha else ImageFormat.JPEG


def format_of_extension(extension: str) -> ImageFormat | None:
    """Return the output format with this extension (including the dot, in any case), or None."""
    return _BY_EXTENSION.get(extension.lower())
