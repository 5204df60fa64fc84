"""Where and why an engine's picture differs from Pillow's: the only list, shown verbatim in the docs."""

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
"""Reasons by the alias of the engine and the name of the source (`equality_sources.Source`)."""
