"""Cleans videos for the decoder, one module for each container, so that it sees only verified claims.

The counts in a header decide how much FFmpeg does before the first frame, and a file can claim any number.
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
    """Return the stream of a video that the decoder sees.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` if it claims more work than it contains.
    """
    return _CLEANING[image_format](data)
