"""Advice on engines: how to install each, and which one to recommend for a format that no engine reads."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from advthumb.core.formats import EXOTIC_FORMATS, SAFE_FORMATS, ImageFormat

INSTALL_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "pillow": 'Install Pillow: pip install "Pillow>=11.3"',
        "vips": 'Install libvips: pip install "django-advance-thumbnail[vips]"',
        "imagemagick": (
            'Install Wand: pip install "django-advance-thumbnail[imagemagick]", and ImageMagick: '
            "apt-get install libmagickwand-6.q16-6 on Debian 12, libmagickwand-7.q16-10 on Debian 13, "
            "brew install imagemagick on macOS"
        ),
        **{
            name: f'Install its extra: pip install "django-advance-thumbnail[{name}]"'
            for name in ("pdf", "svg", "raw", "video", "jxl")
        },
    }
)
"""What to do when the library of an alias is missing."""

READ_BY: Mapping[ImageFormat, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(SAFE_FORMATS, ("pillow",)),
        ImageFormat.HEIC: ("pillow", "imagemagick"),
        **dict.fromkeys(EXOTIC_FORMATS, ("imagemagick",)),
        ImageFormat.QOI: ("pillow",),
        ImageFormat.PDF: ("pdf",),
        ImageFormat.SVG: ("svg",),
        ImageFormat.RAW: ("raw",),
        ImageFormat.MP4: ("video",),
        ImageFormat.MATROSKA: ("video",),
        ImageFormat.AVI: ("video",),
        ImageFormat.JXL: ("jxl",),
    }
)
"""The aliases to recommend for a file that no configured engine reads, the best ones first."""

_HINTS: Mapping[tuple[ImageFormat, str], str] = MappingProxyType(
    {
        **dict.fromkeys(((name, "pillow") for name in SAFE_FORMATS), "It is installed with advthumb"),
        (ImageFormat.HEIC, "pillow"): (
            'Install its extra for HEIC: pip install "django-advance-thumbnail[heif]"'
        ),
        (ImageFormat.QOI, "pillow"): (
            "It is installed with advthumb, and reads QOI if ADVANCE_THUMBNAIL_ALLOWED_FORMATS lists it"
        ),
    }
)
"""What to do so that an alias reads a format, if it differs from `INSTALL_HINTS`."""


def advice(image_format: ImageFormat, able: Sequence[str]) -> str:
    """Return what to do so that a format is read, empty if nothing helps.

    Args:
        image_format: The format.
        able: The names of engines that can read it, but may not.
    """
    ways = [
        f"{alias!r} in ADVANCE_THUMBNAIL_ENGINE reads it. "
        + _HINTS.get((image_format, alias), INSTALL_HINTS[alias])
        for alias in READ_BY.get(image_format, ())
        if alias not in able
    ]
    if able:
        ways.append(f"{', '.join(able)} would if ADVANCE_THUMBNAIL_ALLOWED_FORMATS listed it")
    return f"; {'. Or: '.join(ways)}" if ways else ""
