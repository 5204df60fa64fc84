"""Reads X bitmaps (X11): a C header with the bits of a picture, as hexadecimal bytes."""

import re

from advthumb.core.containers.reading import corrupt, too_large, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo

MAX_WORDS = 2**22
"""The maximum number of characters for the bits: each byte is a word and takes 0.1 microseconds."""

_SIZE = re.compile(rb"#define\s+\w{1,200}?_(width|height)\s+(\d{1,6})\s")
_BITS = re.compile(
    rb"static\s+(?:const\s+)?(?:(unsigned|signed)\s+)?(char|short|long)\s+\w{1,200}\s*\[\s*\d{0,9}\s*\]\s*=\s*\{"
)
_BYTE = re.compile(rb"0x[0-9a-f]{1,2}")
_HEADER = 4096
"""The maximum number of bytes before the bits."""


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for very many bits.
    """
    sizes = {name: int(value) for name, value in _SIZE.findall(data[:_HEADER])}
    if len(sizes) < 2:
        raise corrupt("its width or height is missing")
    found = _start(data)
    if found[2] != b"char":
        raise unsupported("an X bitmap in the X10 format")
    if len(data) - found.end() > MAX_WORDS:
        raise too_large(f"its pixel data has more than {MAX_WORDS} characters")
    return SourceInfo(
        ImageFormat.XBM, Size(sizes[b"width"], sizes[b"height"]), colours=Colours.GREY, samples=1, bits=1
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a newly written bitmap.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated, or contains something other than bytes.
    """
    words = data[_start(data).end() :].partition(b"}")[0].lower().translate(None, b" \t\r\n").split(b",")
    count = (info.size.width + 7) // 8 * info.size.height
    if len(words) < count or not all(map(_BYTE.fullmatch, words[:count])):
        raise corrupt("its pixel data ends early, or has values that are not bytes")
    names = b"#define picture_width %d\n#define picture_height %d\n" % info.size
    return names + b"static char picture_bits[] = {\n" + b",\n".join(words[:count]) + b"};\n"


def _start(data: bytes) -> re.Match[bytes]:
    """Find the start of the bits.

    Raises:
        ThumbnailError: `corrupt`: there is none.
    """
    found = _BITS.search(data, 0, _HEADER)
    if not found:
        raise corrupt("it has no pixel data")
    return found
