"""What a page shows until a thumbnail is loaded: a background, from its ThumbHash or its dominant colour."""

import base64
import struct
import zlib
from functools import lru_cache
from typing import NamedTuple

from . import thumbhash
from .containers.png_writing import END, SIGNATURE, chunk
from .dominant import DominantColour
from .samples import Samples

SIDE = 16
"""The longer side of a painted hash in pixels. Browsers enlarge it smoothly, and 32 has twice the bytes."""

_COLOUR_TYPES = {3: 2, 4: 6}
"""PNG's codes for RGB and RGBA, by the number of bands."""
_UP = b"\x02"
"""The code of a row that is stored as the difference from the row above."""


class Painted(NamedTuple):
    """The picture of a ThumbHash.

    Attributes:
        url: The picture as a data URI; empty if the text is not a ThumbHash.
        opaque: Whether no part of it is transparent.
    """

    url: str
    opaque: bool


@lru_cache(maxsize=1024)
def painted(text: str) -> Painted:
    """Return the picture of a ThumbHash. The last 1024 are kept, which is 1 MB."""
    try:
        samples = thumbhash.decode(thumbhash.from_text(text), SIDE)
    except ValueError:
        return Painted("", opaque=False)
    url = f"data:image/png;base64,{base64.b64encode(png(samples)).decode()}"
    return Painted(url, opaque=not samples.has_alpha)


def css(text: str, colour: DominantColour | None) -> str:
    """Return the declarations of a `style` that show a placeholder behind an `<img>`; empty for none.

    A picture with transparent parts gets none, because its placeholder would be visible through it.

    Args:
        text: The ThumbHash, empty for none.
        colour: The dominant colour, None for none. It is used if there is no valid ThumbHash.
    """
    picture = painted(text) if text else Painted("", opaque=False)
    if picture.url:
        return f"background:url({picture.url}) center/cover" if picture.opaque else ""
    return f"background-color:{colour.rgb}" if colour and colour.opaque else ""


def png(samples: Samples) -> bytes:
    """Return a PNG of a picture in RGB or RGBA."""
    length = samples.size.width * samples.bands
    above, rows = bytes(length), []
    for start in range(0, len(samples.data), length):
        row = samples.data[start : start + length]
        rows += [_UP, bytes((low - high) & 255 for low, high in zip(row, above, strict=True))]
        above = row
    header = struct.pack(">IIBBBBB", *samples.size, 8, _COLOUR_TYPES[samples.bands], 0, 0, 0)
    return b"".join(
        [SIGNATURE, chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"".join(rows), 9)), END]
    )
