"""Reads and writes TIFF directories, which hold values by tag, and checks bounds (TIFF 6.0, section 2)."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Self

from .reading import corrupt, too_large, unpacked

MAX_ENTRIES = 4096
"""The maximum number of entries in a directory; real ones have tens."""
MAX_DIRECTORIES = 64
"""The maximum number of directories that are read."""

HEADER = 8
"""The length of the header of a classic TIFF in bytes."""

_ORDERS = {b"II": "<", b"MM": ">"}
_MARKS = {order: mark for mark, order in _ORDERS.items()}
_CLASSIC, _BIG = 42, 43
_BIG_OFFSET = 8
"""Bytes of an offset in BigTIFF. The header repeats this number, and no other one is allowed."""
_WHOLE: Mapping[int, str] = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""The types of unsigned whole numbers, in the format of `struct`."""
_WIDTHS: Mapping[int, int] = {
    **dict.fromkeys((1, 2, 6, 7), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),
}
"""Bytes of one value, by type; values of unknown types have no meaning."""
_INSIDE = 4
"""Up to this many bytes of values are stored in the entry itself."""
_SUB_DIRECTORIES = 330


class Field(NamedTuple):
    """Where the values of one tag are: their type, their number, and the offset of the first byte."""

    kind: int
    number: int
    at: int

    @property
    def length(self) -> int:
        """The length of all values in bytes."""
        return self.number * _WIDTHS[self.kind]


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries of one directory. Values are copied and unpacked only when they are needed.

    Attributes:
        data: The file.
        order: The byte order, in the format of `struct`.
        fields: Where the values are, by tag.
        following: The offset of the next directory, 0 for none.
    """

    data: bytes
    order: str
    fields: Mapping[int, Field]
    following: int

    def __contains__(self, tag: int) -> bool:
        return tag in self.fields

    def numbers(self, tag: int, most: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return the whole numbers of a tag.

        Args:
            tag: The tag.
            most: The maximum number of values.
            default: The values if the tag is missing.

        Raises:
            ThumbnailError: `corrupt`: the values are not whole numbers, not in the file, none, or too many.
        """
        if tag not in self.fields:
            return default
        kind, count, at = self.fields[tag]
        if kind not in _WHOLE or not 0 < count <= most:
            raise corrupt(f"the TIFF tag {tag} has {count} values of type {kind}")
        return unpacked(f"{self.order}{count}{_WHOLE[kind]}", self.data, at)

    def number(self, tag: int, default: int | None = None) -> int:
        """Return the first number of a tag.

        Raises:
            ThumbnailError: `corrupt`: it is missing and has no default, or it is not a whole number.
        """
        if tag not in self.fields:
            if default is None:
                raise corrupt(f"the TIFF tag {tag} is missing")
            return default
        kind, count, at = self.fields[tag]
        return Directory(self.data, self.order, {tag: Field(kind, min(count, 1), at)}, 0).numbers(tag, 1)[0]

    def content(self, tag: int, most: int) -> bytes | None:
        """Return the bytes of all values of a tag; None if it is missing, truncated or longer than `most`."""
        field = self.fields.get(tag)
        if field is None or field.length > most or field.at + field.length > len(self.data):
            return None
        return self.data[field.at : field.at + field.length]


@dataclass(frozen=True, slots=True)
class File:
    """The header of a TIFF.

    Attributes:
        data: The file.
        order: The byte order, in the format of `struct`.
        big: Whether it is a BigTIFF, with offsets and counts of 64 bits.
        start: The offset of the first directory.
    """

    data: bytes
    order: str
    big: bool
    start: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Read the header.

        Raises:
            ThumbnailError: `corrupt`: it is not the header of a TIFF.
        """
        order = _ORDERS.get(data[:2])
        if order is None:
            raise corrupt("its byte order is missing")
        version, offset = unpacked(order + "HH", data, 2)
        big = version == _BIG
        if version not in {_CLASSIC, _BIG} or (big and offset != _BIG_OFFSET):
            raise corrupt(f"its version number {version} is not that of a TIFF")
        return cls(data, order, big, unpacked(order + ("Q" if big else "I"), data, 8 if big else 4)[0])

    def directory(self, at: int) -> Directory:
        """Read the directory at an offset.

        Raises:
            ThumbnailError: `corrupt`: the file ends within it. `too-large`: it has too many entries, or its
                values have more bytes than the file, so that some overlap.
        """
        (entries,) = unpacked(self.order + ("Q" if self.big else "H"), self.data, at)
        if entries > MAX_ENTRIES:
            raise too_large(f"it has a TIFF directory with {entries} entries")
        layout = struct.Struct(self.order + ("HHQQ" if self.big else "HHII"))
        first, inside = at + (8 if self.big else 2), 8 if self.big else 4
        stop = first + entries * layout.size
        (following,) = unpacked(self.order + ("Q" if self.big else "I"), self.data, stop)
        fields: dict[int, Field] = {}
        places = range(first + layout.size - inside, stop, layout.size)
        for place, (tag, kind, count, value) in zip(
            places, layout.iter_unpack(self.data[first:stop]), strict=True
        ):
            if kind in _WIDTHS:
                here = count * _WIDTHS[kind] <= inside
                fields.setdefault(tag, Field(kind, count, place if here else value))
        if sum(field.length for field in fields.values()) > len(self.data):
            raise too_large("its TIFF tags claim more bytes than the file has")
        return Directory(self.data, self.order, fields, following)

    def directories(self) -> Iterator[Directory]:
        """Yield the first directory, the following ones and all nested ones, up to `MAX_DIRECTORIES`."""
        return islice(self._walked(), MAX_DIRECTORIES)

    def _walked(self) -> Iterator[Directory]:
        waiting = [self.start]
        while waiting:
            directory = self.directory(waiting.pop(0))
            yield directory
            waiting += directory.numbers(_SUB_DIRECTORIES, MAX_DIRECTORIES)
            waiting += [directory.following] if directory.following else []


def written(order: str, body: bytes | bytearray | memoryview, tags: Mapping[int, tuple[int, bytes]]) -> bytes:
    """Return a TIFF with one directory.

    Args:
        order: The byte order, in the format of `struct`.
        body: The content after the header, from offset `HEADER`.
        tags: The type and the values (as bytes in this order), by tag.
    """
    gap = bytes(len(body) % 2)
    start = HEADER + len(body) + len(gap)
    ahead = start + 2 + 12 * len(tags) + 4
    entries, values = [struct.pack(order + "H", len(tags))], []
    for tag, (kind, content) in sorted(tags.items()):
        place = content.ljust(_INSIDE, b"\0")
        if len(content) > _INSIDE:
            place = struct.pack(order + "I", ahead)
            values.append(content + bytes(len(content) % 2))
            ahead += len(values[-1])
        entries.append(struct.pack(order + "HHI", tag, kind, len(content) // _WIDTHS[kind]) + place)
    head = _MARKS[order] + struct.pack(order + "HI", _CLASSIC, start)
    return b"".join([head, body, gap, *entries, bytes(4), *values])
