"""The dominant colour of a picture, and its code of five characters in a thumbnail's name.

e7d51     a colour of an opaque picture: 24 bits, in base 32
y7d51     the same colour of a picture with transparent parts: the first bit is set
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import NamedTuple, Self

from .fingerprints import ALPHABET
from .images import RGB
from .samples import Samples

CODE_LENGTH = 5
"""The number of characters of a code."""

CODE_PATTERN = f"[{ALPHABET}]{{{CODE_LENGTH}}}"
"""A regular expression that matches a code."""

_SOLID = bytes(value >= 128 for value in range(256))
_GRIDS = (
    bytes(value // 64 for value in range(256)),
    bytes((value + 32) // 64 for value in range(256)),
)
"""Two ways to divide a channel into parts of 64 levels. One of them has almost equal levels in one part. With
smaller parts, shadows would win too often, because they differ less than lights."""


class DominantColour(NamedTuple):
    """The colour that most of a picture has.

    Attributes:
        rgb: The colour.
        opaque: Whether no part of the picture is transparent.
    """

    rgb: RGB
    opaque: bool

    @classmethod
    def of(cls, samples: Samples) -> Self | None:
        """Return the mean of the largest group of similar pixels; None if the picture is transparent."""
        bands = [samples.data[band :: samples.bands] for band in range(samples.bands)]
        alpha = bands.pop() if samples.has_alpha else b""
        opaque = not alpha or min(alpha) == 255
        if not opaque:
            bands = [bytes(compress(band, alpha.translate(_SOLID))) for band in bands]
        if not bands[0]:
            return None
        if len(bands) == 1:
            bands *= 3
        similar = max((_largest_group(bands, grid) for grid in _GRIDS), key=sum)
        return cls(RGB(*(_mean(compress(band, similar), sum(similar)) for band in bands)), opaque)

    @classmethod
    def parse(cls, code: str) -> Self:
        """Return the colour of a code that `CODE_PATTERN` matches."""
        number = 0
        for digit in code:
            number = number << 5 | ALPHABET.index(digit)
        return cls(RGB(*(number & 0xFFFFFF).to_bytes(3)), number >> 24 == 0)

    def __str__(self) -> str:
        """Return the code."""
        number = int.from_bytes(bytes(self.rgb)) | (not self.opaque) << 24
        return "".join(ALPHABET[number >> shift & 31] for shift in (20, 15, 10, 5, 0))


def _largest_group(bands: Sequence[bytes], grid: bytes) -> list[bool]:
    """Return of each pixel whether it is in the part of a grid that has the most pixels."""
    parts = list(zip(*(band.translate(grid) for band in bands), strict=True))
    largest, _ = Counter(parts).most_common(1)[0]
    return [part == largest for part in parts]


def _mean(values: Iterable[int], count: int) -> int:
    return (2 * sum(values) + count) // (2 * count)
