"""Reads QOI files (The Quite OK Image Format, 1.0)."""

from advthumb.core.containers.reading import corrupt, unpacked
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

_HEADER = 14
_END = bytes(7) + b"\1"
_LONGEST_RUN = 62


def read(data: bytes) -> SourceInfo:
    """Read the header. Its flag for linear light is ignored, because Pillow always sets it.

    Raises:
        ThumbnailError: `corrupt`.
    """
    width, height, channels, colours = unpacked(">IIBB", data, 4)
    if channels not in {3, 4} or colours > 1:
        raise corrupt(f"its header gives {channels} channels and colour space {colours}")
    if not data.endswith(_END) or (len(data) - _HEADER - len(_END)) * _LONGEST_RUN < width * height:
        raise corrupt("its pixel data ends early")
    return SourceInfo(ImageFormat.QOI, Size(width, height), has_alpha=channels == 4, samples=channels)


def clean(data: bytes, _info: SourceInfo) -> bytes:
    """Return the file unchanged, because it contains nothing but pixels."""
    return data
