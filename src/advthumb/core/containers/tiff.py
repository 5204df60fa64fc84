"""What the first directory of a TIFF says, read without any imaging library (TIFF 6.0, and BigTIFF)."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.orientation import Orientation

from .reading import corrupt, unsupported

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 259, 262, 274
_STRIPS, _SAMPLES, _ROWS, _PLANES = 273, 277, 278, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _EXTRA = 322, 323, 324, 338

_KINDS: Mapping[int, str] = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""The types of whole numbers, as `struct` spells them."""

_OLD_JPEG = 6
_MOST_ENTRIES = 4096
_GREY_OR_COLOUR = frozenset({0, 1, 2, 3})
_ALPHA = frozenset({1, 2})
"""What the first extra sample means: premultiplied alpha, alpha."""


@dataclass(frozen=True, slots=True)
class TiffPage:
    """The first picture of a TIFF.

    Attributes:
        size: The size in stored orientation.
        orientation: How to turn it upright.
        has_alpha: Whether it has an alpha channel.
        bits: The bits of its deepest sample.
        old_jpeg: Whether its pixels are JPEG in the way of TIFF 6.0, which nobody implements alike.
    """

    size: Size
    orientation: Orientation
    has_alpha: bool
    bits: int
    old_jpeg: bool


def _page(data: bytes) -> TiffPage:
    """Read the first directory.

    Raises:
        ContainerError: It cannot be read, or lists fewer strips than its size takes: decoders leave
            the rest of the picture black.
    """
    tags = _directory(data)
    size = Size(_one(tags, _WIDTH), _one(tags, _HEIGHT))
    _check_strips(tags, size)
    extra = tags.get(_EXTRA, (0,))
    return TiffPage(
        size,
        Orientation.from_tag(_one(tags, _ORIENTATION, 1)),
        has_alpha=extra[0] in _ALPHA and _one(tags, _PHOTOMETRIC, 1) in _GREY_OR_COLOUR,
        bits=max(tags.get(_BITS, (1,))),
        old_jpeg=_one(tags, _COMPRESSION, 1) == _OLD_JPEG,
    )


def read(data: bytes) -> SourceInfo:
    """Read the first directory."""
    page = _page(data)
    if page.old_jpeg:
        raise unsupported("an old kind of JPEG in a TIFF")
    return SourceInfo(ImageFormat.TIFF, page.size, page.orientation, page.has_alpha, bits=page.bits)


def clean(data: bytes, _info: SourceInfo) -> bytes:
    """Return the file."""
    return data


def _check_strips(tags: Mapping[int, tuple[int, ...]], size: Size) -> None:
    if _TILES in tags:
        wide, high = _one(tags, _TILE_WIDTH), _one(tags, _TILE_HEIGHT)
        listed = len(tags[_TILES])
    else:
        wide, high = size.width, _one(tags, _ROWS, size.height)
        listed = len(tags.get(_STRIPS, ()))
    planes = _one(tags, _SAMPLES, 1) if _one(tags, _PLANES, 1) == 2 else 1
    needed = planes * ceil(size.width / max(1, wide)) * ceil(size.height / max(1, high))
    if listed < needed:
        raise corrupt(f"{listed} strips are listed where {needed} are needed")


def _one(tags: Mapping[int, tuple[int, ...]], tag: int, default: int | None = None) -> int:
    if tag in tags:
        return tags[tag][0]
    if default is None:
        raise corrupt(f"tag {tag} is missing")
    return default


def _directory(data: bytes) -> dict[int, tuple[int, ...]]:
    """Return the whole numbers of the first directory by their tags."""
    order = {b"II": "<", b"MM": ">"}[data[:2]] if data[:2] in {b"II", b"MM"} else ""
    if not order:
        raise corrupt("there is no byte order")
    try:
        (version,) = struct.unpack_from(order + "H", data, 2)
        big = version == 43
        (start,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        (entries,) = struct.unpack_from(order + ("Q" if big else "H"), data, start)
        first = start + (8 if big else 2)
        layout = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
        tags = {}
        for number in range(min(entries, _MOST_ENTRIES)):
            at = first + number * layout.size
            tag, kind, count, inside = layout.unpack_from(data, at)
            if kind in _KINDS and 0 < count <= len(data):
                values = f"{order}{count}{_KINDS[kind]}"
                if struct.calcsize(values) > len(inside):
                    (place,) = struct.unpack(order + ("Q" if big else "I"), inside)
                    tags[tag] = struct.unpack_from(values, data, place)
                else:
                    tags[tag] = struct.unpack_from(values, inside)
    except (struct.error, OverflowError) as error:
        raise corrupt("the file ends within its directory") from error
    return tags
