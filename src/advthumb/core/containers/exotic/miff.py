"""Reads ImageMagick's format (MIFF): keywords and values, then profiles, colours and pixels.

Decoders see a header with only what the pixels need.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from advthumb.core.containers import icc
from advthumb.core.containers.reading import corrupt, too_large, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo
from advthumb.core.orientation import Orientation

from .pixels import whole

MAX_HEADER = 2**16
"""The maximum length of a header in bytes, including texts."""
MAX_PROFILES = 20

_ENTRY = re.compile(
    rb"\s*(?:\{(?:[^\\}]|\\.)*\}|([A-Za-z0-9][^=\s]{0,200})=(?:\{((?:[^\\}]|\\.)*)\}|([^\s{]\S*)?))",
    re.DOTALL,
)
_END = re.compile(rb"\s*:.", re.DOTALL)
_NUMBER = re.compile(rb"\d{1,10}")
_CLASSES = frozenset({b"directclass", b"pseudoclass"})
_COLOURS = {b"srgb": Colours.RGB, b"gray": Colours.GREY}
_CODINGS = frozenset({b"none", b"rle", b"zip"})
_ALPHA = {b"true": True, b"false": False}
_TURNED = (
    b"topleft",
    b"topright",
    b"bottomright",
    b"bottomleft",
    b"lefttop",
    b"righttop",
    b"rightbottom",
    b"leftbottom",
)
"""ImageMagick's names for the values of `Orientation`, in order."""
_PROFILES = frozenset({b"icc", b"icm"})
_MAPPED = 256
"""The maximum number of colours in a map."""
_REFUSED = re.compile(rb"montage|profile[:-].*|endian|quantum.format|number-channels|channels|.*mask")
"""Keywords that would change the meaning of the data."""


class _Header(NamedTuple):
    """The contents of a header; `start` is where its profiles begin."""

    values: Mapping[bytes, bytes]
    profiles: list[bytes]
    start: int


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for a very long header.
    """
    header = _header(data)
    values = header.values
    kind, space = values.get(b"class", b""), values.get(b"colorspace", b"srgb")
    coding = values.get(b"compression", b"none")
    alpha = _ALPHA.get(values.get(b"matte", b"false"))
    colours = _number(values, b"colors", b"0")
    depth = _number(values, b"depth", b"8")
    if kind not in _CLASSES or space not in _COLOURS or coding not in _CODINGS or alpha is None:
        raise unsupported(f"a MIFF with class {kind!r}, colour space {space!r} and compression {coding!r}")
    mapped = kind == b"pseudoclass"
    if depth not in {8, 16} or (mapped and (depth > 8 or not 1 <= colours <= _MAPPED or alpha)):
        raise unsupported(f"a MIFF with {depth} bits per sample and {colours} colours in its colour map")
    if coding == b"zip" and values.get(b"version", b"0") == b"0":
        raise unsupported("a deflated MIFF of the first version")
    if coding == b"rle" and (alpha or mapped):
        raise unsupported(
            "a run-length encoded MIFF with alpha or a colour map: ImageMagick 6 and 7 write it differently"
        )
    meaning = _COLOURS[space]
    profile, _ = _profile(data, header)
    turned = values.get(b"orientation", b"undefined")
    return SourceInfo(
        ImageFormat.MIFF,
        Size(_number(values, b"columns"), _number(values, b"rows")),
        orientation=Orientation(_TURNED.index(turned) + 1) if turned in _TURNED else Orientation.NORMAL,
        has_alpha=alpha,
        colours=meaning,
        samples=(1 if meaning is Colours.GREY else 3) + alpha,
        bits=depth,
        profile=icc.counting(profile, meaning),
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the first picture without its texts and profiles.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated.
    """
    header = _header(data)
    values = header.values
    _, start = _profile(data, header)
    coding, colours = values.get(b"compression", b"none"), _number(values, b"colors", b"0")
    mapped = values[b"class"] == b"pseudoclass"
    pixels = data[start:]
    if coding == b"none":
        samples = 1 if mapped else info.samples
        length = info.size.pixels * samples * info.bits // 8 + 3 * colours * mapped
        pixels = whole(data, start, length)
    words = {
        b"id": b"ImageMagick",
        b"version": b"1.0",
        b"class": b"PseudoClass" if mapped else b"DirectClass",
        b"colors": b"%d" % (colours * mapped),
        b"matte": b"True" if info.has_alpha else b"False",
        b"columns": b"%d" % info.size.width,
        b"rows": b"%d" % info.size.height,
        b"depth": b"%d" % info.bits,
        b"colorspace": b"Gray" if info.colours is Colours.GREY else b"sRGB",
        b"compression": coding,
    }
    return b"".join(b"%s=%s\n" % word for word in words.items()) + b"\f\n:\x1a" + pixels


def _header(data: bytes) -> _Header:
    values: dict[bytes, bytes] = {}
    profiles = []
    at = 0
    while not (end := _END.match(data, at, MAX_HEADER)):
        entry = _ENTRY.match(data, at, MAX_HEADER)
        if not entry:
            if at > MAX_HEADER // 2:
                raise too_large("its header is too long")
            raise corrupt("the end of its header is missing")
        at = entry.end()
        name = (entry[1] or b"").lower()
        if _REFUSED.fullmatch(name):
            raise unsupported(f"a MIFF with {name.decode(errors='replace')}")
        value = (entry[2] or entry[3] or b"").strip().lower()
        if name == b"profile":
            profiles.append(value)
        else:
            values[name] = value
    if len(profiles) > MAX_PROFILES:
        raise too_large(f"it has {len(profiles)} profiles")
    return _Header(values, profiles, end.end())


def _profile(data: bytes, header: _Header) -> tuple[bytes | None, int]:
    """Return the colour profile, and the offset after all profiles."""
    found, at = None, header.start
    for name in header.profiles:
        (length,) = unpacked(">I", data, at)
        content = whole(data, at + 4, length)
        found = content if name in _PROFILES and length <= icc.MAX_PROFILE else found
        at += 4 + length
    return found, at


def _number(values: Mapping[bytes, bytes], name: bytes, default: bytes = b"") -> int:
    value = values.get(name, default)
    if not _NUMBER.fullmatch(value):
        raise corrupt(f"its header has no valid {name.decode()}")
    return int(value)
