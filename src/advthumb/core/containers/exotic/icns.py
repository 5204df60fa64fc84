"""Reads the largest PNG or JPEG 2000 picture of a macOS icon."""

from collections.abc import Iterator
from dataclasses import replace

from advthumb.core.containers import png
from advthumb.core.containers.reading import MAX_SEGMENTS, Reader, corrupt, too_large, unpacked, unsupported
from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import SourceInfo
from advthumb.core.sniffing import sniff

from . import jp2

_READERS: dict[ImageFormat | None, Reader] = {ImageFormat.PNG: png, ImageFormat.JP2: jp2}
MAX_PICTURES = 100
"""The maximum number of pictures in an icon; real ones have ten."""


def read(data: bytes) -> SourceInfo:
    """Read the header of each picture, and return that of the largest valid one.

    Raises:
        ThumbnailError: The error of the first picture, if none is valid; `unsupported` if all pictures are of
            the older kinds.
    """
    _, info = _largest(data)
    return replace(info, format=ImageFormat.ICNS, frames=1, coded_as=info.format)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the PNG or JPEG 2000 inside.

    Raises:
        ThumbnailError: `corrupt`: the pixel data is damaged.
    """
    content, own = _largest(data)
    return _READERS[info.coded_as].clean(content, own)


def _largest(data: bytes) -> tuple[bytes, SourceInfo]:
    found, refusal = list[tuple[bytes, SourceInfo]](), None
    for number, content in enumerate(_pictures(data)):
        if number == MAX_PICTURES:
            raise too_large(f"it has more than {MAX_PICTURES} pictures")
        image_format = sniff(content)
        try:
            info = _READERS[image_format].read(content)
        except ThumbnailError as error:
            refusal = refusal or error
        else:
            found.append((content, info))
    if found:
        return max(found, key=lambda each: each[1].size.pixels)
    raise refusal or unsupported("an ICNS file without a PNG or JPEG 2000 picture")


def _pictures(data: bytes) -> Iterator[bytes]:
    """Yield the elements that are complete PNG or JPEG 2000 files."""
    (end,) = unpacked(">I", data, 4)
    if end > len(data):
        raise corrupt("it is shorter than its header says")
    at = 8
    for _ in range(MAX_SEGMENTS):
        if at >= end:
            return
        (length,) = unpacked(">I", data, at + 4)
        if length < 8 or at + length > end:
            raise corrupt("an element extends past the end of the file")
        content = data[at + 8 : at + length]
        if sniff(content) in _READERS:
            yield content
        at += length
    raise too_large(f"it has more than {MAX_SEGMENTS} elements")
