"""Files of `EXOTIC_FORMATS`, made by code: each with the pixels that it shows.

One module for each few formats has a function `made()` that gives them; `MODULES` lists these.
"""

from collections.abc import Iterator
from itertools import chain
from types import ModuleType

from advthumb.core.formats import ImageFormat

from . import ddss, icons, jp2s, light, miffs, netpbm, others, pcxs, picts, psds, rasters, real, tgas
from .made import Made

_SIMPLE: tuple[ModuleType, ...] = (light, miffs, netpbm, others, picts, rasters)
MODULES: tuple[ModuleType, ...] = (*_SIMPLE, ddss, icons, jp2s, pcxs, psds, real, tgas)

_STRUCTURED = frozenset(map(ImageFormat, ("DDS", "ICNS", "ICO", "JP2", "PCX", "TGA")))
"""Formats with tests of their own; `others` has files of all."""

MADE_HERE = tuple(
    file
    for file in chain.from_iterable(module.made() for module in _SIMPLE)
    if file.format not in _STRUCTURED
)
"""The files of simple rasters."""

__all__ = ["MADE_HERE", "MODULES", "Made", "made"]


def made() -> Iterator[Made]:
    """Give all of them."""
    for module in MODULES:
        yield from module.made()
