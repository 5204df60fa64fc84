"""A file in one of the `EXOTIC_FORMATS`, with the pixels that it shows."""

from dataclasses import dataclass

from advthumb.core.formats import ImageFormat
from tests.pictures import Pixels


@dataclass(frozen=True)
class Made:
    """A file, and what it shows.

    Attributes:
        name: What is special about it, such as "PSD of 16 bits, packed".
        format: The format that sniffing finds.
        data: The file.
        pixels: What it shows, upright: height x width x channels (1, 2, 3 or 4) of 8 bits.
    """

    name: str
    format: ImageFormat
    data: bytes
    pixels: Pixels
