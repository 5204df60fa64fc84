"""Files of `EXOTIC_FORMATS`, made by code: each with the pixels that it shows.

Each module covers a few formats and has a function `made()` that returns their files; `MODULES` lists them.
"""

from collections.abc import Iterator
from itertools import chain
from types import ModuleType

from advthumb.core.formats import ImageFormat

from . import ddss, icons, jp2s, light, miffs, netpbm, others, pcxs, picts, psds, rasters, real, tgas, xcfs
from .made import Made

_SIMPLE: tuple[ModuleType, ...] = (light, miffs, netpbm, others, picts, rasters)
MODULES: tuple[ModuleType, ...] = (*_SIMPLE, ddss, icons, jp2s, pcxs, psds, real, tgas, xcfs)

_STRUCTURED = frozenset(map(ImageFormat, ("DDS", "ICNS", "ICO", "JP2", "PCX", "TGA")))
"""Formats with separate tests; `others` has files of all formats."""

MADE_HERE = tuple(
    file
    for file in chain.from_iterable(module.made() for module in _SIMPLE)
    if file.format not in _STRUCTURED
)
"""The files of simple rasters."""

__all__ = ["MADE_HERE", "MODULES", "Made", "made"]


def made() -> Iterator[Made]:
    """Return all of them."""
    for module in MODULES:
        yield from module.made()
