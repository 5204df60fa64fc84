"""The strips or tiles of a TIFF: checks that all are there, and merges planes."""

import zlib
from collections.abc import Iterable, Iterator
from math import ceil
from typing import NamedTuple

from . import tiff_layout
from .reading import corrupt, too_large, unsupported
from .tiff_directory import Directory
from .tiff_layout import Layout

_AT_ONCE = 2**14
"""How many packed bytes are unpacked at once; deflate expands a byte to about a thousand at most."""

_MARKER, _START_OF_SCAN = 0xFF, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ORDINARY_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_PRECISION = 8
"""Bits per sample of an ordinary JPEG."""


class Part(NamedTuple):
    """One strip or tile: its offset in the file and its length in bytes."""

    place: int
    length: int


def parts_of(tags: Directory, layout: Layout) -> list[Part]:
    """Return all listed strips or tiles, plane by plane. Later code checks that they are in the file.

    Raises:
        ThumbnailError: `corrupt`: some are missing. `too-large`: there are more than the picture can have.
            `unsupported`: some are omitted on purpose (GDAL does so if all their pixels are equal), or are
            JPEGs of a rare kind.
    """
    count = layout.parts * layout.planes
    most = 0 if layout.tiled else layout.size.height * layout.planes
    places = _listed(tags, tiff_layout.TILES if layout.tiled else tiff_layout.STRIPS, count, most)
    lengths_tag = tiff_layout.TILE_BYTES if layout.tiled else tiff_layout.STRIP_BYTES
    if layout.is_plain and lengths_tag not in tags:
        lengths = tuple(_plain_lengths(layout))  # old programs do not write the lengths
    else:
        lengths = _listed(tags, lengths_tag, count, most)
    if not all(lengths):
        raise unsupported("a TIFF with strips or tiles left out")
    parts = list(map(Part, places, lengths))
    if layout.compression == tiff_layout.JPEG:
        _check_jpeg(tags.data, parts[0])
    return parts


def planes_of(tags: Directory, layout: Layout) -> list[list[Part]]:
    """Return the strips or tiles of each visible plane, with uncompressed ones cut to the needed length.

    The last uncompressed part often claims more bytes than the file has.

    Raises:
        ThumbnailError: What `parts_of` raises; `corrupt`: some are too short or not in the file.
    """
    parts = parts_of(tags, layout)
    if layout.is_plain:
        needed = tuple(_plain_lengths(layout))
        if any(part.length < length for part, length in zip(parts, needed, strict=True)):
            raise corrupt("a strip or tile ends early")
        parts = [Part(part.place, length) for part, length in zip(parts, needed, strict=True)]
    if max(map(sum, parts)) > len(tags.data):
        raise corrupt("its pixel data ends early")
    planes = [parts[first : first + layout.parts] for first in range(0, len(parts), layout.parts)]
    return planes if layout.planes == 1 else [planes[sample] for sample in layout.shown]


def _listed(tags: Directory, tag: int, count: int, most: int) -> tuple[int, ...]:
    """Return `count` offsets or lengths.

    Args:
        tags: The directory.
        tag: The tag that lists them.
        count: How many the picture needs; careless programs list up to one for each row.
        most: How many may be listed.

    Raises:
        ThumbnailError: `corrupt`: fewer are listed than needed. `too-large`: more are listed than allowed.
    """
    listed = tags.fields[tag].number if tag in tags else 0
    if listed < count:
        raise corrupt(f"it lists {listed} strips or tiles, but needs {count}")
    if listed > max(count, most):
        raise too_large(f"it lists {listed} strips or tiles, but needs {count}")
    return tags.numbers(tag, listed)[:count]


def _plain_lengths(layout: Layout) -> Iterator[int]:
    """Yield the length in bytes of each strip or tile without compression and without chroma subsampling."""
    wide, high = layout.part
    samples = 1 if layout.planes > 1 else layout.samples
    row = ceil(wide * samples * layout.bits / 8)
    for number in range(layout.parts * layout.planes):
        row_of_parts = number % layout.parts // ceil(layout.size.width / wide)
        yield row * (high if layout.tiled else min(high, layout.size.height - row_of_parts * high))


def woven(data: bytes, layout: Layout, planes: list[list[Part]]) -> bytearray:
    """Return the samples of several planes interleaved pixel by pixel."""
    wide = layout.bits // 8
    woven = bytearray(layout.size.pixels * wide * len(planes))
    for number, parts in enumerate(planes):
        plane = b"".join(data[place : place + length] for place, length in parts)
        for byte in range(wide):
            woven[number * wide + byte :: wide * len(planes)] = plane[byte::wide]
    return woven


def check_deflated(data: bytes, layout: Layout, parts: Iterable[Part]) -> None:
    """Unpack deflated strips or tiles to verify their checksums, because no TIFF decoder does that.

    Raises:
        ThumbnailError: `corrupt`.
    """
    for (place, length), needed in zip(parts, _plain_lengths(layout), strict=False):
        unpack, unpacked = zlib.decompressobj(), 0
        try:
            for at in range(place, place + length, _AT_ONCE):
                unpacked += len(unpack.decompress(data[at : min(at + _AT_ONCE, place + length)]))
                if unpack.eof or unpacked > needed:
                    break
        except zlib.error as error:
            raise corrupt("a deflated strip or tile cannot be decompressed") from error
        if unpacked < needed and layout.subsampling == (1, 1):
            raise corrupt("a deflated strip or tile ends early")


def _check_jpeg(data: bytes, part: Part) -> None:
    """Refuse the rare kinds of JPEG (lossless, arithmetic, 12 bits); libtiff does not name them."""
    at, stop = part.place + 2, min(part.place + part.length, len(data))
    while at + 5 <= stop and data[at] == _MARKER and data[at + 1] != _START_OF_SCAN:
        kind, precision = data[at + 1], data[at + 4]
        if kind in _FRAMES and (kind not in _ORDINARY_FRAMES or precision != _PRECISION):
            raise unsupported(f"a TIFF with {precision}-bit JPEG data of type SOF{kind - min(_FRAMES)}")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
