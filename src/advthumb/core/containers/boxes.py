"""Walks the boxes of an ISO base media file (ISO/IEC 14496-12, 4.2), with checks of bounds and number."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from .reading import MAX_SEGMENTS, corrupt, too_large, unpacked


class Box(NamedTuple):
    """A box: its type, and the start and end of its content in the file."""

    name: bytes
    start: int
    stop: int


class Boxes:
    """The boxes of one file, at most `MAX_SEGMENTS`.

    Args:
        data: The whole file.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = MAX_SEGMENTS

    def between(self, start: int, stop: int) -> Iterator[Box]:
        """Yield the consecutive boxes between two offsets.

        Raises:
            ThumbnailError: `corrupt`: a box extends beyond `stop`; `too-large`: the file has too many boxes.
        """
        while start < stop:
            self._left -= 1
            if self._left < 0:
                raise too_large(f"it has more than {MAX_SEGMENTS} boxes")
            size, name = unpacked(">I4s", self.data, start)
            content = start + 8
            if size == 1:
                (size,) = unpacked(">Q", self.data, content)
                content += 8
            end = start + size if size else stop
            if not content <= end <= stop:
                raise corrupt(f"a box of type {name!r} extends past the end of its container")
            yield Box(name, content, end)
            start = end

    def versioned(self, box: Box) -> tuple[int, int, int]:
        """Return the version and flags of a full box, and the offset of the content after them."""
        (word,) = unpacked(">I", self.data, box.start)
        return word >> 24, word & 0xFFFFFF, box.start + 4


def box(name: bytes, *contents: bytes) -> bytes:
    """Return a box with this content."""
    content = b"".join(contents)
    return struct.pack(">I4s", len(content) + 8, name) + content


def versioned_box(name: bytes, version: int, flags: int, *contents: bytes) -> bytes:
    """Return a full box: one with a version and flags before its content."""
    return box(name, struct.pack(">I", version << 24 | flags), *contents)
