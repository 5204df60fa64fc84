"""Where an engine makes another picture than Pillow, and why: the one list, which the docs show as it is."""

from collections.abc import Mapping
from types import MappingProxyType

_CUBIC = "libvips enlarges with cubic interpolation, not Lanczos, which differs by 7 levels on noise."

_TIFF = (
    "ImageMagick decodes 32-bit samples wrongly, so they are refused as `unsupported`; name a second engine."
)

DIFFERENCES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("vips", "noise, enlarged"): _CUBIC,
        ("vips", "noise, filled, enlarged"): _CUBIC,
        ("imagemagick", "32-bit grey TIFF"): _TIFF,
        ("imagemagick", "float grey TIFF"): _TIFF,
        ("imagemagick", "noise HEIC"): (
            "ImageMagick 6 enlarges the halved colours of HEIC coarsely, which differs by 6 levels on noise."
        ),
    }
)
"""The reason by alias of the engine and name of the source (`equality_sources.Source`)."""
