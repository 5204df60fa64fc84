"""What a decoder is to see of videos, one file for each container: parts whose claims are true.

The counts in a header decide what FFmpeg does before it shows a frame, and they may say anything.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from advthumb.core.formats import ImageFormat

from . import avi, matroska, mp4

_CLEANING: Mapping[ImageFormat, Callable[[bytes], bytes]] = MappingProxyType(
    {
        ImageFormat.AVI: avi.clean,
        ImageFormat.MATROSKA: matroska.clean,
        ImageFormat.MP4: mp4.clean,
    }
)


def clean(data: bytes, image_format: ImageFormat) -> bytes:
    """Return the stream that a decoder is to see of a video.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` where it asks for more work than is in it.
    """
    return _CLEANING[image_format](data)
