"""Files of `EXOTIC_FORMATS`, made by code: each with the pixels that it shows.

One module for each few formats has a function `made()` that gives them; `MODULES` lists these.
"""

from collections.abc import Iterator
from types import ModuleType

from . import ddss, icons, jp2s, pcxs, psds, real, tgas
from .made import Made

__all__ = ["MODULES", "Made", "made"]

MODULES: tuple[ModuleType, ...] = (ddss, icons, jp2s, pcxs, psds, real, tgas)


def made() -> Iterator[Made]:
    """Give all of them."""
    for module in MODULES:
        yield from module.made()
