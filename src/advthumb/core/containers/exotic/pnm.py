"""Reads the Netpbm formats: PBM, PGM and PPM, plain (P1 to P3) and raw (P4 to P6), and PAM (P7).

Decoders see only the raw formats, without comments and with 8-bit samples from 0 to 255, because ImageMagick
reads 200 of 200 as less than white and inverts the alpha of most other ranges.
"""

import re
from typing import NamedTuple

from advthumb.core.containers.reading import corrupt, too_large, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo

from .pixels import whole

MAX_HEADER = 2**16
"""The maximum length of a header in bytes, including comments."""
MAX_PLAIN = 2**22
"""The maximum number of samples in a plain file: each one is a text number and takes 0.1 microseconds."""
_HELD = 80
"""The memory in bytes that the text and the number of a plain sample take in Python."""

_NUMBER = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*(\d{1,10})(?!\d)")
_WORDS = re.compile(rb"[ \t]*([A-Z]+)(?:[ \t]+([A-Z_0-9]+))?[ \t\r]*")
_BYTE, _WORD = 0xFF, 0xFFFF
_EIGHT_BITS = 8
_BITMAP, _GREY, _PAM = 1, 2, 7
_TUPLES = {
    b"BLACKANDWHITE": (1, False),
    b"GRAYSCALE": (1, False),
    b"RGB": (3, False),
    b"BLACKANDWHITE_ALPHA": (2, True),
    b"GRAYSCALE_ALPHA": (2, True),
    b"RGB_ALPHA": (4, True),
}
"""The number of samples in a pixel, and whether the last one is alpha."""
_PAM_NAMES = {2: b"GRAYSCALE_ALPHA", 4: b"RGB_ALPHA"}


class _Header(NamedTuple):
    """The contents of a header.

    Attributes:
        kind: 1 for black and white, 2 for grey, 3 for colour, 7 for pictures with alpha.
        plain: Whether samples are text numbers.
        white: The largest sample value.
        start: The offset of the pixels.
    """

    kind: int
    plain: bool
    size: Size
    samples: int
    white: int
    start: int


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for a very long plain file.
    """
    header = _header(data)
    return SourceInfo(
        ImageFormat.PNM,
        header.size,
        has_alpha=header.kind == _PAM,
        colours=Colours.GREY if header.samples <= _GREY else Colours.RGB,
        samples=header.samples,
        bits=_EIGHT_BITS if header.white <= _BYTE else 2 * _EIGHT_BITS,
        held=_HELD * header.size.pixels * header.samples if header.plain and header.kind != _BITMAP else 0,
    )


def clean(data: bytes, _info: SourceInfo) -> bytes:
    """Return the first picture as a raw file.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated, or a plain sample is not a number or too large.
    """
    kind, plain, size, samples, white, start = _header(data)
    if kind == _BITMAP:
        stride = (size.width + 7) // 8
        rows = _packed(data[start:], size) if plain else whole(data, start, stride * size.height)
        return b"P4\n%d %d\n" % size + rows
    count = size.pixels * samples
    if plain:
        pixels = _numbers(data[start:], count, white)
    else:
        pixels = whole(data, start, count * (1 if white <= _BYTE else 2))
    if white < _BYTE:
        pixels = pixels.translate(
            bytes(min(255, (value * 255 + white // 2) // white) for value in range(256))
        )
    white = max(white, _BYTE)
    if kind == _PAM:
        words = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
        return words % (*size, samples, white, _PAM_NAMES[samples]) + pixels
    return b"P%d\n%d %d\n%d\n" % (kind + 3, *size, white) + pixels


def _header(data: bytes) -> _Header:
    number = data[1] - ord("0")
    header = _pam(data) if number == _PAM else _numbered(data, number)
    if header.white == 0:
        raise corrupt("its maximum sample value is 0")
    if header.white > _WORD:
        raise unsupported(f"a PNM with samples of up to {header.white}")
    if _WORD > header.white > _WORD // 2 or (header.kind == _PAM and _WORD > header.white > _BYTE):
        raise unsupported(f"a PNM with 16-bit samples of up to {header.white}")
    if header.plain and header.size.pixels * header.samples > MAX_PLAIN:
        raise too_large(
            f"it is {header.size} px; a picture stored as text may have at most {MAX_PLAIN} samples"
        )
    return header


def _numbered(data: bytes, number: int) -> _Header:
    """Read the header of P1 to P6: numbers that are separated by space and comments."""
    plain = number <= 3
    kind = number if plain else number - 3
    found, at = [], 2
    for _ in range(2 if kind == _BITMAP else 3):
        match = _NUMBER.match(data, at, MAX_HEADER)
        if not match:
            raise corrupt("a number is missing in its header")
        found.append(int(match[1]))
        at = match.end()
    if not data[at : at + 1].isspace():
        raise corrupt("the end of its header is missing")
    width, height, white = (*found, 1)[:3]
    return _Header(kind, plain, Size(width, height), 1 if kind <= _GREY else 3, white, at + 1)


def _pam(data: bytes) -> _Header:
    """Read the header of P7: lines with a keyword and a value."""
    found: dict[bytes, bytes] = {}
    at = 3
    while (stop := data.find(b"\n", at, MAX_HEADER)) >= 0:
        line, at = data[at:stop], stop + 1
        if line.lstrip()[:1] in {b"", b"#"}:
            continue
        match = _WORDS.fullmatch(line)
        if not match or match[1] in found:
            raise corrupt(f"its header has the invalid line {line[:40]!r}")
        if match[1] == b"ENDHDR":
            return _of_pam(found, at)
        found[match[1]] = match[2] or b""
    raise corrupt("the end of its header is missing")


def _of_pam(found: dict[bytes, bytes], start: int) -> _Header:
    width, height, depth, white = (
        _counted(found, name) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
    )
    kind = found.get(b"TUPLTYPE", b"")
    samples, alpha = _TUPLES.get(kind, (0, False))
    if samples != depth:
        raise unsupported(f"a PAM with {depth} samples of the tuple type {kind.decode()!r}")
    return _Header(_PAM if alpha else 2 + (samples > 1), False, Size(width, height), depth, white, start)


def _counted(found: dict[bytes, bytes], name: bytes) -> int:
    value = found.get(name, b"")
    if not value.isdigit() or len(value) > 10:
        raise corrupt(f"its header has no valid {name.decode()}")
    return int(value)


def _packed(words: bytes, size: Size) -> bytes:
    """Return the rows of a plain PBM with eight pixels in a byte; its digits may be separated by space."""
    digits = words.translate(None, b" \t\r\n\v\f")[: size.pixels]
    if len(digits) < size.pixels or digits.strip(b"01"):
        raise corrupt("its pixel data ends early, or has values other than 0 and 1")
    stride = (size.width + 7) // 8
    rows = (digits[at : at + size.width] for at in range(0, size.pixels, size.width))
    return b"".join(int(row.ljust(8 * stride, b"0"), 2).to_bytes(stride, "big") for row in rows)


def _numbers(words: bytes, count: int, white: int) -> bytes:
    """Return the samples of a plain file in the form of a raw file.

    Raises:
        ThumbnailError: `corrupt`.
    """
    found = words.split(None, count)[:count]
    if len(found) < count or not all(map(bytes.isdigit, found)) or max(map(len, found)) > 10:
        raise corrupt("its pixel data ends early, or has values that are not numbers")
    values = list(map(int, found))
    if max(values) > white:
        raise corrupt(f"it has a sample of {max(values)}, but the maximum is {white}")
    return bytes(values) if white <= _BYTE else b"".join(value.to_bytes(2, "big") for value in values)
