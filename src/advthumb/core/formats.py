"""The table of facts per image format; steps ask it instead of writing `if jpeg`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class ImageFormat(StrEnum):
    """Formats that can be told from their first bytes, whether or not an engine reads them."""

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
"""Raster formats with maintained decoders that start no program. Others are decoded in sealed processes only,
unless ADVANCE_THUMBNAIL_ALLOWED_FORMATS says something else."""


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
        ImageFormat.XPM,
    }
)
"""Raster formats of other programs, and of other times."""


class Effort(StrEnum):
    """How much time an encoder takes to save bytes, at the same quality."""

    FAST = "fast"
    BALANCED = "balanced"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """What holds for a format that thumbnails are written in.

    Attributes:
        extension: The file extension with its dot.
        alpha: Whether the format carries transparency.
        max_side: The longest side in pixels that the format, or its common library, can write.
        quality: The default quality, None where the format is lossless here.
        animation: Whether the format holds more than one frame.
        efforts: Which efforts make other files than `balanced`.
        progressive: Whether a file can be ordered so that it shows coarsely before it has arrived.
        lossless: Whether the format, which usually loses something, can be told not to.
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
        # Taking more time, encoders make better AVIFs, but none that are smaller.
        ImageFormat.AVIF: OutputFacts(
            ".avif",
            alpha=True,
            max_side=65_536,
            quality=60,
            efforts=frozenset({Effort.FAST}),
            lossless=True,
        ),
        # Other bytes would come from another palette, which shows.
        ImageFormat.GIF: OutputFacts(
            ".gif", alpha=True, max_side=65_535, quality=None, animation=True, efforts=frozenset()
        ),
    }
)
"""The formats thumbnails are written in."""


_BY_EXTENSION = {facts.extension: image_format for image_format, facts in OUTPUTS.items()}


def output_format(source: ImageFormat, *, has_alpha: bool) -> ImageFormat:
    """Return the format a thumbnail gets when none is asked for.

    A source in one of `OUTPUTS` keeps its format; of the rest, pictures with alpha become PNG
    and opaque ones JPEG.
    """
    if source in OUTPUTS:
        return source
    return ImageFormat.PNG if has_alpha else ImageFormat.JPEG


def format_of_extension(extension: str) -> ImageFormat | None:
    """Return the output format that writes this extension (with its dot, any case), or None."""
    return _BY_EXTENSION.get(extension.lower())
