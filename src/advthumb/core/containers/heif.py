"""Reads the items of a HEIF file with properties and references (ISO/IEC 14496-12, 8.11; 23008-12, 9.3)."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .boxes import Box, Boxes
from .reading import corrupt, too_large, unpacked, unsupported

MAX_ITEMS = 10_000
"""The maximum number of associations, of extents and of references in a file."""

_IN_FILE, _IN_META = 0, 1
"""Construction methods: where the content of an item is."""


class Property(NamedTuple):
    """A property: its type and its content."""

    name: bytes
    content: bytes


class Association(NamedTuple):
    """A property of an item, and whether the item must not be decoded without it."""

    property: Property
    essential: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a file.

    Attributes:
        kind: Its type, such as `av01`, `hvc1` or `grid`.
        associations: Its properties in order.
        content: Its bytes; items with shared bytes have the same view. None if the bytes are in another file
            or in another item, empty if the file is truncated before their end.
        inputs: The items that it is derived from, in order.
    """

    kind: bytes
    associations: tuple[Association, ...] = ()
    content: memoryview | None = field(default=None, repr=False)
    inputs: tuple[int, ...] = ()

    def first(self, name: bytes) -> bytes | None:
        """Return the content of its first property of a type; None if it has none."""
        return next((each.property.content for each in self.associations if each.property.name == name), None)


@dataclass(frozen=True, slots=True)
class Items:
    """The items that a file lists.

    Attributes:
        primary: The number of the item that is the picture.
        listed: All items by number.
        auxiliary: For each auxiliary item, such as an alpha plane, the items that it belongs to.
        premultiplied: For each item with premultiplied colours, the items that they are multiplied by.
    """

    primary: int
    listed: Mapping[int, Item]
    auxiliary: Mapping[int, tuple[int, ...]]
    premultiplied: Mapping[int, tuple[int, ...]]

    def item(self, number: int) -> Item:
        """Return an item.

        Raises:
            ThumbnailError: `corrupt`: there is no item with this number.
        """
        if number not in self.listed:
            raise corrupt(f"it refers to item {number}, which is missing")
        return self.listed[number]


class _Location(NamedTuple):
    """Where an item's content is: construction method, whether in another file, start and length of parts."""

    method: int
    elsewhere: bool
    places: tuple[tuple[int, int], ...]


class _Reader:
    """A position in a file from which consecutive numbers are read."""

    def __init__(self, data: bytes, at: int, stop: int) -> None:
        self._data, self._at, self._stop = data, at, stop

    def number(self, size: int) -> int:
        """Return the next number, which has `size` bytes."""
        self._at += size
        if self._at > self._stop:
            raise corrupt("a box ends before its last entry")
        return int.from_bytes(self._data[self._at - size : self._at], "big")


def items(data: bytes) -> Items:
    """Read the first `meta` box of a file; everything after it is ignored.

    Raises:
        ThumbnailError: `corrupt`, `too-large`, `unsupported` (an unknown version, encrypted items).
    """
    boxes = Boxes(data)
    meta = next((box for box in boxes.between(0, len(data)) if box.name == b"meta"), None)
    if meta is None:
        raise unsupported("a HEIF file without a still picture")
    _version, _flags, at = boxes.versioned(meta)
    parts = {box.name: box for box in boxes.between(at, meta.stop)}
    missing = [name for name in (b"pitm", b"iinf", b"iloc", b"iprp") if name not in parts]
    if missing:
        raise corrupt(f"it has no {missing[0].decode()} box")
    references = _references(boxes, parts[b"iref"]) if b"iref" in parts else {}
    contents = _contents(boxes, parts[b"iloc"], parts.get(b"idat"))
    properties = _associations(boxes, parts[b"iprp"])
    derived = references.get(b"dimg", {})
    listed = {
        number: Item(
            kind,
            properties.get(number, ()),
            contents.get(number, memoryview(b"")),
            derived.get(number, ()),
        )
        for number, kind in _kinds(boxes, parts[b"iinf"]).items()
    }
    version, _flags, at = boxes.versioned(parts[b"pitm"])
    (primary,) = unpacked(">I" if version else ">H", data, at)
    return Items(primary, listed, references.get(b"auxl", {}), references.get(b"prem", {}))


def _kinds(boxes: Boxes, box: Box) -> dict[int, bytes]:
    """Return the types of the items by number; encrypted items are left out."""
    version, _flags, at = boxes.versioned(box)
    found = dict[int, bytes]()
    for entry in boxes.between(at + (4 if version else 2), box.stop):
        if entry.name != b"infe":
            continue
        version, _flags, at = boxes.versioned(entry)
        if version not in {2, 3}:
            continue
        number, protection, kind = unpacked(">HH4s" if version == 2 else ">IH4s", boxes.data, at)
        if number in found:
            raise corrupt(f"it has two items with the number {number}")
        found[number] = b"encrypted" if protection else kind
    return found


def _contents(boxes: Boxes, box: Box, held: Box | None) -> dict[int, memoryview | None]:
    """Return the contents of the items by number."""
    whole = memoryview(boxes.data)
    inside = whole[held.start : held.stop] if held else whole[:0]
    found = dict[int, memoryview | None]()
    seen, copied = dict[_Location, memoryview](), 0
    for number, location in _locations(boxes, box):
        if location.elsewhere or location.method not in {_IN_FILE, _IN_META}:
            found[number] = None
            continue
        if location not in seen:
            source = inside if location.method == _IN_META else whole
            seen[location] = _joined(source, location.places)
            copied += 0 if len(location.places) == 1 else len(seen[location])
        if copied > len(boxes.data):
            raise too_large("its items reuse the same bytes too often")
        found[number] = seen[location]
    return found


def _locations(boxes: Boxes, box: Box) -> Iterator[tuple[int, _Location]]:
    """Yield the number of each item, and where it is (ISO/IEC 14496-12, 8.11.3)."""
    version, _flags, at = boxes.versioned(box)
    if version > 2:
        raise unsupported(f"its iloc box has version {version}")
    reader = _Reader(boxes.data, at, box.stop)
    sizes = reader.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    index_size = index_size if version else 0
    left = MAX_ITEMS
    for _ in range(reader.number(4 if version == 2 else 2)):
        number = reader.number(4 if version == 2 else 2)
        method = reader.number(2) & 15 if version else _IN_FILE
        elsewhere = bool(reader.number(2))
        base = reader.number(base_size)
        count = reader.number(2)
        left -= count + 1
        if left < 0:
            raise too_large(f"its items are stored in more than {MAX_ITEMS} pieces")
        places = []
        for _ in range(count):
            reader.number(index_size)
            places.append((base + reader.number(offset_size), reader.number(length_size)))
        yield number, _Location(method, elsewhere, tuple(places))


def _joined(source: memoryview, places: Sequence[tuple[int, int]]) -> memoryview:
    """Return the joined bytes at some places (start and length); empty if the source ends too early."""
    if any(start + length > len(source) for start, length in places):
        return source[:0]
    pieces = [source[start : start + length] for start, length in places]
    return pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))


def _associations(boxes: Boxes, box: Box) -> dict[int, tuple[Association, ...]]:
    """Return the properties of the items in order (ISO/IEC 23008-12, 9.3.1)."""
    parts = list(boxes.between(box.start, box.stop))
    properties: list[Property | None] = [None]  # the first has number 1
    for part in parts:
        if part.name == b"ipco":
            inside = boxes.between(part.start, part.stop)
            properties += [Property(each.name, boxes.data[each.start : each.stop]) for each in inside]
    found, left = dict[int, tuple[Association, ...]](), MAX_ITEMS
    for part in parts:
        if part.name != b"ipma":
            continue
        version, flags, at = boxes.versioned(part)
        reader = _Reader(boxes.data, at, part.stop)
        size = 2 if flags & 1 else 1
        for _ in range(reader.number(4)):
            number = reader.number(4 if version else 2)
            count = reader.number(1)
            left -= count + 1
            if left < 0:
                raise too_large(f"its items have more than {MAX_ITEMS} properties")
            if number in found:
                raise corrupt(f"it lists the properties of item {number} twice")
            words = [reader.number(size) for _ in range(count)]
            found[number] = _associated(properties, words, 8 * size - 1)
    return found


def _associated(
    properties: Sequence[Property | None], words: Sequence[int], bits: int
) -> tuple[Association, ...]:
    """Return the properties of one item.

    The low `bits` of each word are the number of the property; the bit above says whether it is essential.
    """
    found = []
    for word in words:
        place = word & (1 << bits) - 1
        if place >= len(properties):
            raise corrupt(f"it refers to property {place}, which is missing")
        named = properties[place]
        if named is not None:
            found.append(Association(named, bool(word >> bits)))
    return tuple(found)


def _references(boxes: Boxes, box: Box) -> dict[bytes, dict[int, tuple[int, ...]]]:
    """Return the target items, by type of reference and by origin item."""
    version, _flags, at = boxes.versioned(box)
    size, layout = (4, "I") if version else (2, "H")
    found, left = dict[bytes, dict[int, tuple[int, ...]]](), MAX_ITEMS
    for entry in boxes.between(at, box.stop):
        (origin, count) = unpacked(f">{layout}H", boxes.data, entry.start)
        left -= count
        if left < 0:
            raise too_large(f"its items refer to each other more than {MAX_ITEMS} times")
        start = entry.start + size + 2
        if start + count * size > entry.stop:
            raise corrupt("a box ends before its last entry")
        targets = struct.unpack_from(f">{count}{layout}", boxes.data, start)
        by_origin = found.setdefault(entry.name, {})
        by_origin[origin] = by_origin.get(origin, ()) + targets
    return found
