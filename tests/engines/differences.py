"""Where an engine makes another picture than Pillow, and why: the one list, which the docs show as it is."""

from collections.abc import Mapping
from types import MappingProxyType

_CUBIC = "libvips has no Lanczos to enlarge with; it takes cubics, which on noise are 7 levels off."

DIFFERENCES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("vips", "noise, enlarged"): _CUBIC,
        ("vips", "noise, filled, enlarged"): _CUBIC,
    }
)
"""The reason by alias of the engine and name of the source (`equality_sources.Source`)."""
