"""The code of a set in a thumbnail's name: which further files are stored beside it.

    aw0cg1j0     AVIF and WebP as further formats, 400 and 1600 pixels as further widths

Each further format is a letter and each further width three digits in base 32, of which the first is below
10. So letters and digits can be told apart without a separator.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Self

from .fingerprints import ALPHABET
from .formats import ImageFormat

MAX_WIDTH = 9_999
"""The largest further width in pixels: its first digit in base 32 is below 10."""

MAX_WIDTHS = 8
"""How many further widths a set may have."""

LETTERS: Mapping[ImageFormat, str] = MappingProxyType(
    {
        ImageFormat.AVIF: "a",
        ImageFormat.WEBP: "w",
        ImageFormat.JPEG: "j",
        ImageFormat.PNG: "p",
        ImageFormat.GIF: "g",
    }
)
"""The letter of each output format."""

_FORMATS = {letter: image_format for image_format, letter in LETTERS.items()}
_WIDTH = f"[0-9][{ALPHABET}]{{2}}"

SET_PATTERN = f"(?=[{ALPHABET}])[{''.join(_FORMATS)}]{{0,{len(LETTERS)}}}(?:{_WIDTH}){{0,{MAX_WIDTHS}}}"
"""A regular expression that matches a code; the look-ahead excludes an empty one."""

_SET = re.compile(f"([{''.join(_FORMATS)}]*)((?:{_WIDTH})*)")


class SetCode(NamedTuple):
    """Which files are stored beside a main file: each format at each width, except the main file itself.

    Attributes:
        formats: The formats besides that of the main file, the preferred first.
        widths: The widths in pixels besides that of the main file, the smallest first.
    """

    formats: tuple[ImageFormat, ...] = ()
    widths: tuple[int, ...] = ()

    @classmethod
    def parse(cls, code: str) -> Self:
        """Return the meaning of a code, which may be empty.

        Raises:
            ValueError: The text is not a code.
        """
        match = _SET.fullmatch(code)
        if match is None:
            msg = f"{code!r} is not the code of a set"
            raise ValueError(msg)
        letters, digits = match.groups()
        widths = (digits[at : at + 3] for at in range(0, len(digits), 3))
        return cls(tuple(_FORMATS[letter] for letter in letters), tuple(map(_from_digits, widths)))

    def __str__(self) -> str:
        """Return the code."""
        return "".join([*(LETTERS[each] for each in self.formats), *map(_digits, self.widths)])


def _digits(width: int) -> str:
    return "".join(ALPHABET[width >> shift & 31] for shift in (10, 5, 0))


def _from_digits(digits: str) -> int:
    high, middle, low = map(ALPHABET.index, digits)
    return high << 10 | middle << 5 | low
