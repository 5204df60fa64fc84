"""Writes a minimal HEIF file with some items of another one (ISO/IEC 14496-12, 8.11; 23008-12)."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

from advthumb.core.formats import ImageFormat

from .boxes import box, versioned_box
from .heif import Items

_BRANDS = {ImageFormat.AVIF: b"avif", ImageFormat.HEIC: b"heic"}
_NONE = memoryview(b"")


def written(
    found: Items, tops: Sequence[int], passes: Callable[..., bool], image_format: ImageFormat
) -> bytes:
    """Return a file with some items and all items that they are derived from.

    Args:
        found: The items of the file that they come from.
        tops: The numbers of the wanted items; the first is the picture.
        passes: Returns whether a property is kept; `upright` says whether its item is one of `tops`.
        image_format: AVIF or HEIC.
    """
    wanted = sorted(set(_needed(found, tops)))
    numbers = {old: new for new, old in enumerate(wanted, 1)}
    contents = {old: found.item(old).content or _NONE for old in wanted}
    distinct = {id(content): content for content in contents.values()}
    offsets = dict(zip(distinct, accumulate(map(len, distinct.values()), initial=0), strict=False))
    parts = (
        versioned_box(b"hdlr", 0, 0, struct.pack(">4x4s13x", b"pict")),
        versioned_box(b"pitm", 0, 0, struct.pack(">H", numbers[tops[0]])),
        _infos(found, numbers),
        _properties(found, numbers, tops, passes),
        _references(found, numbers),
    )
    head = box(b"ftyp", _BRANDS[image_format], bytes(4), _BRANDS[image_format], b"mif1", b"miaf")

    def locations(start: int) -> bytes:
        """Return the `iloc` box with each item in one piece, if the first byte of all is at `start`."""
        entries = (
            struct.pack(">HHHII", number, 0, 1, start + offsets[id(contents[old])], len(contents[old]))
            for old, number in numbers.items()
        )
        return versioned_box(b"iloc", 0, 0, struct.pack(">HH", 0x4400, len(numbers)), *entries)

    # The length of `iloc` does not depend on the offsets. The items start after the header of the last box.
    meta = versioned_box(b"meta", 0, 0, *parts, locations(0))
    meta = versioned_box(b"meta", 0, 0, *parts, locations(len(head) + len(meta) + 8))
    data = struct.pack(">I4s", 8 + sum(map(len, distinct.values())), b"mdat")
    return b"".join((head, meta, data, *distinct.values()))  # copies the contents only once


def _needed(found: Items, tops: Sequence[int]) -> Iterator[int]:
    """Yield the numbers of the items and of all items that they are derived from."""
    seen, left = set[int](), list(tops)
    while left:
        number = left.pop()
        if number not in seen:
            seen.add(number)
            yield number
            left += found.item(number).inputs


def _infos(found: Items, numbers: Mapping[int, int]) -> bytes:
    entries = (
        versioned_box(b"infe", 2, 0, struct.pack(">HH4sx", number, 0, found.item(old).kind))
        for old, number in numbers.items()
    )
    return versioned_box(b"iinf", 0, 0, struct.pack(">H", len(numbers)), *entries)


def _properties(
    found: Items, numbers: Mapping[int, int], tops: Sequence[int], passes: Callable[..., bool]
) -> bytes:
    places: dict[tuple[bytes, bytes], int] = {}
    entries = []
    for old, number in numbers.items():
        words = [
            places.setdefault(each.property, len(places) + 1) | each.essential << 15
            for each in found.item(old).associations
            if passes(each.property, upright=old in tops)
        ]
        entries.append(struct.pack(f">HB{len(words)}H", number, len(words), *words))
    return box(
        b"iprp",
        box(b"ipco", *(box(name, content) for name, content in places)),
        versioned_box(b"ipma", 0, 1, struct.pack(">I", len(numbers)), *entries),
    )


def _references(found: Items, numbers: Mapping[int, int]) -> bytes:
    """Return the references between the kept items; empty if there are none."""
    derived = {old: found.item(old).inputs for old in numbers}
    kinds = {b"dimg": derived, b"auxl": found.auxiliary, b"prem": found.premultiplied}
    entries = [
        box(name, struct.pack(f">HH{len(kept)}H", numbers[origin], len(kept), *kept))
        for name, references in kinds.items()
        for origin, targets in references.items()
        if origin in numbers and (kept := [numbers[target] for target in targets if target in numbers])
    ]
    return versioned_box(b"iref", 0, 0, *entries) if entries else b""
