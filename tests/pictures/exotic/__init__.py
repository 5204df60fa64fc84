"""Files of `EXOTIC_FORMATS`, made by code: each with the pixels that it shows.

One module for each few formats has a function `made()` that gives them; `MODULES` lists these.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from advthumb.core.formats import ImageFormat
from tests.pictures import Pixels

MODULES: tuple[ModuleType, ...] = ()


@dataclass(frozen=True)
class Made:
    """A file, and what it shows.

    Attributes:
        name: What is special about it, such as "PSD of 16 bits, packed".
        format: What it is sniffed to be.
        data: The file.
        pixels: What it shows, upright: height x width x channels (1, 2, 3 or 4) of 8 bits.
    """

    name: str
    format: ImageFormat
    data: bytes
    pixels: Pixels


def made() -> Iterator[Made]:
    """Give all of them."""
    for module in MODULES:
        yield from module.made()
