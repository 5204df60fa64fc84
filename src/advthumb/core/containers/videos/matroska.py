"""What a decoder is to see of Matroska and WebM (RFC 9559): no tags, and no blocks that claim endless frames.

FFmpeg searches a damaged file for what may be its next part, whatever it stands in. So these are found by
their bytes, wherever they are, and not by the structure of the file.
"""

import re
from typing import Final

from advthumb.core.containers.reading import too_large

MAX_LACED: Final = 300_000
"""How many frames may come several to a block, beside one for each `_BYTES`: a few bytes claim 256 frames."""
_BYTES = 100

_UNSEEN = re.compile(rb"\x12\x54\xc3\x67|\x10\x43\xa7\x70|\x19\x41\xa4\x69")
"""The identifiers of tags, chapters and attachments. FFmpeg compares each tag with all before it."""
_UNKNOWN = 0xFF
"""The last byte of an identifier that FFmpeg does not know, and skips."""
_NUMBER = (
    rb"(?:[\x80-\xff]|[\x40-\x7f].|[\x20-\x3f]..|[\x10-\x1f].{3}"
    rb"|[\x08-\x0f].{4}|[\x04-\x07].{5}|[\x02\x03].{6}|\x01.{7})"
)
"""A number of one to eight bytes, whose first bits tell how many."""
_LACING = bytes(each for each in range(256) if each & 6)
"""The flags of blocks that hold several frames."""
_LACED = re.compile(
    rb"[\xa1\xa3](?=" + _NUMBER + _NUMBER + rb"..[" + re.escape(_LACING) + rb"](.))", re.DOTALL
)
"""A block of several frames: its length, track, time and flags; then how many there are, less one."""


def clean(data: bytes) -> bytes:
    """Return a file of which a decoder sees no tags, chapters and attachments.

    Raises:
        ThumbnailError: `too-large`: it claims very many frames.
    """
    budget = MAX_LACED + len(data) // _BYTES
    for found in _LACED.finditer(data):
        budget -= found[1][0]
        if budget < 0:
            raise too_large("its blocks claim more frames than a video has")
    return _UNSEEN.sub(lambda found: found[0][:-1] + bytes([_UNKNOWN]), data)
