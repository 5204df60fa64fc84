"""Reads the headers of an XCF and of its layers (GIMP's `devel-docs/xcf.txt`)."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from advthumb.core.containers.reading import MAX_SEGMENTS, corrupt, too_large, unpacked, unsupported
from advthumb.core.images import Box, Size

MAX_LAYERS = 1_000
"""The maximum number of layers in a file, including hidden ones and groups."""
MAX_PROPERTIES = 200
"""The maximum number of properties of a file or a layer; GIMP knows about forty."""
MAX_DEPTH = 100
"""The maximum depth of groups within groups."""
TILE = 64
"""The side of a tile in pixels."""
ADVICE = "export it from GIMP as PNG"

GREY, INDEXED = 1, 2
_LONG_POINTERS, _EFFECTS = 11, 20
"""The first versions with 64-bit pointers, and with effects on layers or newer features."""
_PRECISION = 4
"""The first version that stores the precision. Earlier ones have 8 bits."""
_DEPTHS = {150: (5, 1), 250: (12, 2)}
"""The bytes of a sample by precision, and the first version where that number has this meaning. Both are
integers with the curve of sRGB. Earlier versions with 16 bits do not say in which order their bytes are."""
_END, _COLOURS, _FLOATING, _OPACITY, _MODE, _VISIBLE = 0, 1, 5, 6, 7, 8
_APPLIED, _SHOWN, _OFFSETS, _CODING, _PARASITES = 11, 13, 15, 17, 21
_GROUP, _PATH, _EXACT_OPACITY, _COMPOSITE, _SPACE = 29, 30, 33, 35, 36
_PROFILE = b"icc-profile\0"

_Properties = Mapping[int, tuple[int, int]]
"""The start and end of each property by its number."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of the file.

    Attributes:
        size: The size of the canvas.
        base: The colour model: 0 for RGB, 1 for grey, `INDEXED`.
        depth: The bytes of a sample.
        coding: How tiles are compressed.
        pointer: The layout of a pointer, `I` or `Q`.
        palette: The colours of an indexed picture, three bytes each.
        profile: The ICC profile.
        layers: The offsets of the layers, from the top down.
    """

    size: Size
    base: int
    depth: int
    coding: int
    pointer: str
    palette: bytes = field(repr=False)
    profile: bytes | None = field(repr=False)
    layers: list[int]


@dataclass(frozen=True, slots=True)
class LayerHeader:
    """The header of a layer or a group of layers.

    Attributes:
        size: The size of the layer.
        offset: Its position (left, top) on the canvas.
        transparent: Whether its pixels have alpha.
        visible: Whether it is shown, if its groups are.
        opacity: From 0 to 1.
        mode: How it is mixed with the layers below it.
        composite: Which parts of it and of the layers below are kept; 0 for the default of the mode.
        space: The colour space in which it is mixed; 0 for the default of the mode.
        floating: Whether it is a selection that is not yet part of another layer.
        is_group: Whether it stands for a group.
        path: The positions of its groups, then its own in the last one; empty outside of groups.
        pixels: The offset of its pixels.
        mask: The offset of the mask that is multiplied with its alpha; 0 for none.
        shows_mask: Whether GIMP shows the mask instead of the layer.
    """

    size: Size
    offset: tuple[int, int]
    transparent: bool
    visible: bool
    opacity: float
    mode: int
    composite: int
    space: int
    floating: bool
    is_group: bool
    path: tuple[int, ...]
    pixels: int
    mask: int
    shows_mask: bool

    @property
    def has_alpha(self) -> bool:
        """Return whether layers below it may be visible through it."""
        return self.transparent or self.fades

    @property
    def fades(self) -> bool:
        """Return whether its alpha is multiplied with something."""
        return self.opacity < 1 or self.mask > 0

    def covers(self, canvas: Size) -> bool:
        """Return whether nothing is visible through it or around it."""
        ends = (start + length for start, length in zip(self.offset, self.size, strict=True))
        around = max(self.offset) > 0 or any(end < whole for end, whole in zip(ends, canvas, strict=True))
        return not self.has_alpha and not around

    def on(self, canvas: Size) -> Box | None:
        """Return the part of the layer whose tiles lie on the canvas; None if there is none."""
        edges = []
        for start, length, whole in zip(self.offset, self.size, canvas, strict=True):
            first, last = max(0, -start), min(length, whole - start)
            if first >= last:
                return None
            edges.append((first // TILE * TILE, min(length, -(-last // TILE) * TILE)))
        (left, right), (top, bottom) = edges
        return Box(left, top, right, bottom)


def file_header(data: bytes) -> Header:
    """Read the header of the file.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large`.
    """
    version = _version(data)
    width, height, base = unpacked(">III", data, 14)
    if min(width, height) < 1:
        raise corrupt(f"its header gives a size of {width}x{height} px")
    if base > INDEXED:
        raise corrupt(f"its header gives the colour model {base}")
    depth, start = 1, 26
    if version >= _PRECISION:
        (precision,) = unpacked(">I", data, start)
        start += 4
        since, depth = _DEPTHS.get(precision, (version + 1, 0))
        if version < since:
            raise unsupported(f"an XCF of version {version} with precision {precision}; {ADVICE}")
    found, at = _properties(data, start)
    palette = _palette(data, found) if base == INDEXED else b""
    if base == INDEXED and (version == 0 or depth > 1 or not palette):
        raise corrupt("its palette is missing")
    coding = data[found[_CODING][0]] if _CODING in found else 0
    pointer = "Q" if version >= _LONG_POINTERS else "I"
    layers = _pointers(data, at, pointer)
    return Header(Size(width, height), base, depth, coding, pointer, palette, _profile(data, found), layers)


def layer_header(data: bytes, header: Header, at: int) -> LayerHeader:
    """Read the header of a layer at an offset.

    Raises:
        ThumbnailError: `corrupt`, or `too-large` if it has very many properties.
    """
    width, height, kind, named = unpacked(">IIII", data, at)
    if kind >> 1 != header.base or min(width, height) < 1:
        raise corrupt(f"a layer of {width}x{height} px has the colour model {kind}")
    found, at = _properties(data, at + 16 + named)
    pixels, mask = unpacked(f">2{header.pointer}", data, at)
    applied = _number(data, found, _APPLIED, 1)
    opacity = _number(data, found, _OPACITY, 255) / 255
    (opacity,) = unpacked(">f", data, found[_EXACT_OPACITY][0]) if _EXACT_OPACITY in found else (opacity,)
    if not 0 <= opacity <= 1:
        raise corrupt(f"a layer has an opacity of {opacity}")
    start, stop = found.get(_PATH, (0, 0))
    if stop - start > 4 * MAX_DEPTH:
        raise too_large(f"its groups are nested more than {MAX_DEPTH} deep")
    left, top = unpacked(">ii", data, found[_OFFSETS][0]) if _OFFSETS in found else (0, 0)
    return LayerHeader(
        size=Size(width, height),
        offset=(left, top),
        transparent=kind % 2 == 1,
        visible=_number(data, found, _VISIBLE, 1) != 0,
        opacity=opacity,
        mode=_number(data, found, _MODE, 0),
        # These are negative if GIMP chose them for the mode.
        composite=abs(_number(data, found, _COMPOSITE, 0)),
        space=abs(_number(data, found, _SPACE, 0)),
        floating=_FLOATING in found,
        is_group=_GROUP in found,
        path=unpacked(f">{(stop - start) // 4}I", data, start),
        pixels=pixels,
        mask=mask if applied else 0,
        shows_mask=mask > 0 and _number(data, found, _SHOWN, 0) != 0,
    )


def mask_pixels(data: bytes, header: Header, at: int) -> int:
    """Return the offset of the pixels of a mask, whose header is at an offset.

    Raises:
        ThumbnailError: `corrupt`, or `too-large` if it has very many properties.
    """
    (named,) = unpacked(">8xI", data, at)
    _, at = _properties(data, at + 12 + named)
    (pixels,) = unpacked(f">{header.pointer}", data, at)
    return int(pixels)


def _version(data: bytes) -> int:
    digits = data[9:13]
    if digits != b"file" and not (digits[:1] == b"v" and digits[1:].isdigit()):
        raise corrupt("its header has no version")
    version = 0 if digits == b"file" else int(digits[1:])
    if version >= _EFFECTS:
        raise unsupported(f"an XCF of version {version}, whose layers may have effects; {ADVICE}")
    return version


def _properties(data: bytes, at: int) -> tuple[_Properties, int]:
    """Return where each property begins and ends, and where the list ends."""
    found: dict[int, tuple[int, int]] = {}
    for _ in range(MAX_PROPERTIES):
        kind, length = unpacked(">II", data, at)
        at += 8
        if kind == _END:
            return found, at
        if kind == _COLOURS:  # old versions of GIMP wrote a wrong length
            length = 4 + 3 * unpacked(">I", data, at)[0]
        found[kind] = (at, at + length)
        at += length
    raise too_large(f"it has more than {MAX_PROPERTIES} properties in a list")


def _number(data: bytes, found: _Properties, kind: int, default: int) -> int:
    """Return a property that is one signed number."""
    if kind not in found:
        return default
    (number,) = unpacked(">i", data, found[kind][0])
    return int(number)


def _pointers(data: bytes, at: int, layout: str) -> list[int]:
    """Return the pointers to layers, which end with 0."""
    found: list[int] = []
    while len(found) <= MAX_LAYERS:
        (pointer,) = unpacked(f">{layout}", data, at)
        if not pointer:
            return found
        found.append(pointer)
        at += struct.calcsize(layout)
    raise too_large(f"it has more than {MAX_LAYERS} layers")


def _palette(data: bytes, found: _Properties) -> bytes:
    start, stop = found.get(_COLOURS, (0, 0))
    return data[start + 4 : stop][:768]


def _profile(data: bytes, found: _Properties) -> bytes | None:
    """Return the ICC profile among the parasites, which are named pieces of data."""
    at, stop = found.get(_PARASITES, (0, 0))
    for _ in range(MAX_SEGMENTS + 1):
        if at >= stop:
            return None
        (named,) = unpacked(">I", data, at)
        start = at + 4 + named + 8
        (length,) = unpacked(">I", data, start - 4)
        if data[at + 4 : start - 8] == _PROFILE:
            return data[start : min(start + length, stop)]
        at = start + length
    raise too_large(f"it has more than {MAX_SEGMENTS} parasites")
