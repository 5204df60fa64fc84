"""Reads X pixmaps (XPM 3): a C array of strings with sizes, colours and rows.

Decoders see a newly written file, with letters as keys and colours as `#rrggbb` or `None`.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import NamedTuple

from advthumb.core.containers.reading import corrupt, too_large, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

from .x11_colours import X11_COLOURS

MAX_PIXELS = 2**22
"""The maximum number of pixels: each one is a text and takes 0.1 microseconds."""
MAX_COLOURS = 2**16
"""The maximum number of colours, as in ImageMagick."""
MAX_VALUE = 200
"""The maximum number of characters in a line with a colour."""

_STRING = re.compile(rb'"([^"\n]*)"|/\*')
_VALUES = re.compile(rb"\s*(\d{1,6})\s+(\d{1,6})\s+(\d{1,6})\s+(\d{1,2})(?:\s[^\"]*)?")
_HEX = re.compile(rb"#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{9}|[0-9a-f]{12})")
_GREY = re.compile(rb"gr[ae]y(\d{1,3})")
_KINDS = (b"c", b"g", b"g4", b"m")
"""The kinds of screens that a colour is for, best first: colour, grey, four greys, black and white."""
_WORDS = frozenset({*_KINDS, b"s"})
_MOST_PER_PIXEL = 8
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
_TRANSPARENT = b"None"


class _Header(NamedTuple):
    """Everything before the rows.

    Attributes:
        keys: The number of characters for a pixel.
        colours: `#rrggbb` or `None`, by these characters.
    """

    size: Size
    keys: int
    colours: Mapping[bytes, bytes]


def read(data: bytes) -> SourceInfo:
    """Read the sizes and the colours.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for very many pixels or colours.
    """
    header = _header(_strings(data))
    return SourceInfo(
        ImageFormat.XPM,
        header.size,
        has_alpha=_TRANSPARENT in header.colours.values(),
        samples=3 + (_TRANSPARENT in header.colours.values()),
    )


def clean(data: bytes, _info: SourceInfo) -> bytes:
    """Return a newly written pixmap.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated, or a pixel has no colour.
    """
    strings = _strings(data)
    size, keys, colours = _header(strings)
    letters = 1 + (len(colours) > len(_LETTERS)) + (len(colours) > len(_LETTERS) ** 2)
    names = dict(
        zip(colours, ("".join(each).encode() for each in product(_LETTERS, repeat=letters)), strict=False)
    )
    lines = [b"%d %d %d %d" % (*size, len(colours), letters)]
    lines += [b"%s c %s" % (names[key], colour) for key, colour in colours.items()]
    rows = list(islice(strings, size.height))
    if len(rows) < size.height or min(map(len, rows)) < size.width * keys:
        raise corrupt("its pixel data ends early")
    try:
        lines += [
            b"".join([names[row[at : at + keys]] for at in range(0, size.width * keys, keys)]) for row in rows
        ]
    except KeyError as error:
        raise corrupt(f"it has no colour for the pixel {error.args[0]!r}") from error
    return b'/* XPM */\nstatic char *picture[] = {\n"' + b'",\n"'.join(lines) + b'"\n};\n'


def _strings(data: bytes) -> Iterator[bytes]:
    """Yield the strings of the array, except those in comments."""
    at = 0
    while found := _STRING.search(data, at):
        at = found.end()
        if found[1] is not None:
            yield found[1]
        elif (at := data.find(b"*/", at)) < 0:
            raise corrupt("the end of a comment is missing")


def _header(strings: Iterator[bytes]) -> _Header:
    values = _VALUES.fullmatch(next(strings, b""))
    if not values:
        raise corrupt("it does not start with its size")
    width, height, count, keys = map(int, values.groups())
    if width * height > MAX_PIXELS or count > MAX_COLOURS:
        raise too_large(
            f"it is {width}x{height} px with {count} colours; a pixmap may have at most {MAX_PIXELS} pixels "
            f"and {MAX_COLOURS} colours"
        )
    if not 1 <= keys <= _MOST_PER_PIXEL:
        raise unsupported(f"a pixmap with {keys} characters per pixel")
    colours = {line[:keys]: _colour(line[keys:]) for line in islice(strings, count)}
    if not count or len(colours) != count:
        raise corrupt(f"it does not list the {count} colours that its header announces")
    return _Header(Size(width, height), keys, colours)


def _colour(line: bytes) -> bytes:
    """Return the colour in a line; if there are several for different screens, return the best one."""
    if len(line) > MAX_VALUE:
        raise corrupt("the end of a colour is missing")
    found: dict[bytes, bytes] = {}
    kind = b""
    for word in line.lower().split():
        if word in _WORDS and found.get(kind, b"-"):
            kind = word
            found[kind] = b""
        else:
            found[kind] = found.get(kind, b"") + word
    return _known(next((found[kind] for kind in _KINDS if kind in found), b""))


def _known(colour: bytes) -> bytes:
    """Return a colour, named or in hexadecimal digits, as `#rrggbb`.

    Raises:
        ThumbnailError: `unsupported`: the colour has neither form.
    """
    if colour in {b"none", b"transparent"}:
        return _TRANSPARENT
    if _HEX.fullmatch(colour):
        each = (len(colour) - 1) // 3
        digits = (colour[at : at + each] for at in range(1, len(colour), each))
        return b"#" + b"".join((digit * 2)[:2] for digit in digits)
    if (grey := _GREY.fullmatch(colour)) and int(grey[1]) <= 100:
        return b"#" + b"%02x" % int(int(grey[1]) * 255 / 100 + 0.5) * 3
    if colour in X11_COLOURS:
        return b"#" + X11_COLOURS[colour]
    raise unsupported(f"a pixmap with the colour {colour.decode(errors='replace')!r}")
