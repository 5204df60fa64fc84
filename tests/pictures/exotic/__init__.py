"""Files of `EXOTIC_FORMATS`, made by code: each with the pixels that it shows.

One module for each few formats has a function `made()` that gives them; `MODULES` lists these.
"""

from collections.abc import Iterator
from itertools import chain
from types import ModuleType

from . import light, miffs, netpbm, others, picts, rasters
from .shown import Made

MODULES: tuple[ModuleType, ...] = (
    light,
    miffs,
    netpbm,
    others,
    picts,
    rasters,
)

MADE_HERE = tuple(
    chain.from_iterable(module.made() for module in (light, miffs, netpbm, others, picts, rasters))
)
"""The files of simple rasters."""

__all__ = ["MADE_HERE", "MODULES", "Made", "made"]


def made() -> Iterator[Made]:
    """Give all of them."""
    for module in MODULES:
        yield from module.made()
