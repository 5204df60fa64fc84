"""Cleans Matroska and WebM files (RFC 9559): no tags, and no blocks that claim endless numbers of frames.

In a damaged file, FFmpeg searches for anything that may be the next element, at any place. So these elements
are also found here by their bytes at any place, and not by the structure of the file.
"""

import re
from typing import Final

from advthumb.core.containers.reading import too_large

MAX_LACED: Final = 300_000
"""The maximum number of frames in blocks of several frames, plus one for each `_BYTES` bytes of the file.
There is a limit because a few bytes can claim 256 frames."""
_BYTES = 100

_UNSEEN = re.compile(rb"\x12\x54\xc3\x67|\x10\x43\xa7\x70|\x19\x41\xa4\x69")
"""The identifiers of tags, chapters and attachments. FFmpeg compares each tag with all previous ones."""
_UNKNOWN = 0xFF
"""The last byte of an identifier that FFmpeg does not know and therefore skips."""
_NUMBER = (
    rb"(?:[\x80-\xff]|[\x40-\x7f].|[\x20-\x3f]..|[\x10-\x1f].{3}"
    rb"|[\x08-\x0f].{4}|[\x04-\x07].{5}|[\x02\x03].{6}|\x01.{7})"
)
"""A number of one to eight bytes, whose first bits say how many bytes it has."""
_LACING = bytes(each for each in range(256) if each & 6)
"""The flags of blocks that hold several frames."""
_LACED = re.compile(
    rb"[\xa1\xa3](?=" + _NUMBER + _NUMBER + rb"..[" + re.escape(_LACING) + rb"](.))", re.DOTALL
)
"""A block with several frames: its length, track, time and flags, then the number of frames minus one."""


def clean(data: bytes) -> bytes:
    """Return a file in which the decoder sees no tags, chapters and attachments.

    Raises:
        ThumbnailError: `too-large`: it claims very many frames.
    """
    budget = MAX_LACED + len(data) // _BYTES
    for found in _LACED.finditer(data):
        budget -= found[1][0]
        if budget < 0:
            raise too_large("its blocks claim more frames than any real video has")
    return _UNSEEN.sub(lambda found: found[0][:-1] + bytes([_UNKNOWN]), data)
