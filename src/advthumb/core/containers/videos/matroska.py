"""Cleans Matroska and WebM files (RFC 9559): no tags, and no blocks that claim endless numbers of frames.

In a damaged file, FFmpeg searches for the next cluster or list of tags at any place. So these are also found
here by their bytes, and not by the structure of the file. Within a cluster, FFmpeg steps from one element to
the next by their lengths, and so does this module: the pixels of a video contain every short pattern.
"""

import re
from collections.abc import Iterator
from typing import Final

from advthumb.core.containers.reading import too_large

MAX_CLAIMED: Final = 300_000
"""The maximum number of elements in clusters and of frames in blocks of several frames, plus one for each
`_BYTES` bytes of the file. There is a limit because a few bytes can claim 256 frames."""
_BYTES = 100

_UNSEEN = re.compile(rb"\x12\x54\xc3\x67|\x10\x43\xa7\x70|\x19\x41\xa4\x69")
"""The identifiers of tags, chapters and attachments. FFmpeg compares each tag with all previous ones."""
_UNKNOWN = 0xFF
"""The last byte of an identifier that FFmpeg does not know and therefore skips."""
_CLUSTER = b"\x1f\x43\xb6\x75"
_GROUP = b"\xa0"
_BLOCKS = (b"\xa1", b"\xa3")
_NAME = rb"([\x80-\xff]|[\x40-\x7f].|[\x20-\x3f]..|[\x10-\x1f]...)"
_NUMBER = (
    rb"([\x80-\xff]|[\x40-\x7f].|[\x20-\x3f]..|[\x10-\x1f].{3}"
    rb"|[\x08-\x0f].{4}|[\x04-\x07].{5}|[\x02\x03].{6}|\x01.{7})"
)
"""A number of one to eight bytes, whose first bits say how many bytes it has."""
_ELEMENT = re.compile(_NAME + _NUMBER, re.DOTALL)
"""The identifier and the length of an element."""
_LACING = bytes(each for each in range(256) if each & 6)
"""The flags of blocks that hold several frames."""
_LACED = re.compile(_NUMBER + rb"..[" + re.escape(_LACING) + rb"](?P<more>.)", re.DOTALL)
"""The start of a block of several frames: its track, time and flags, then the number of frames minus one."""


def clean(data: bytes) -> bytes:
    """Return a file in which the decoder sees no tags, chapters and attachments.

    Raises:
        ThumbnailError: `too-large`: it claims very many frames.
    """
    budget = MAX_CLAIMED + len(data) // _BYTES
    start = data.find(_CLUSTER)
    while start >= 0:
        following = data.find(_CLUSTER, start + len(_CLUSTER))
        for claimed in _claims(data, start, following if following >= 0 else len(data)):
            budget -= claimed
            if budget < 0:
                raise too_large("its blocks claim more frames than any real video has")
        start = following
    return _UNSEEN.sub(lambda found: found[0][:-1] + bytes([_UNKNOWN]), data)


def _claims(data: bytes, start: int, stop: int) -> Iterator[int]:
    """Yield how much a cluster and each of its elements claim: 1 for itself, and its further frames.

    Args:
        data: The file.
        start: Where the cluster begins.
        stop: Where the next cluster begins, whatever the length of this one is.
    """
    yield 1  # even if nothing follows
    while found := _ELEMENT.match(data, start, stop):
        name, start = found[1], found.end()
        laced = _LACED.match(data, start, stop) if name in _BLOCKS else None
        yield 1 + (laced["more"][0] if laced else 0)
        if name not in (_CLUSTER, _GROUP):  # their elements are next
            start += _length(found[2])


def _length(coded: bytes) -> int:
    """Return the value of a number without the bits that say how many bytes it has."""
    return int.from_bytes(coded) & ((1 << 7 * len(coded)) - 1)
