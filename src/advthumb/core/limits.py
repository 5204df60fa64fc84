"""The limits that a source must pass before a decoder sees it.

The order is: `check_bytes`, `sniffing.admit`, the header (read by `containers` when an engine probes),
`check_pixels`, the plans, `check_memory`, and only then the decoder for the format that `admit` returned.
"""

from math import ceil

from .errors import ErrorCode, ThumbnailError
from .formats import ImageFormat
from .images import Size, SourceInfo

_SHRINKS = (8, 4, 2)
"""The factors by which libjpeg can shrink while decoding."""
_CANVASES = 3
"""The full-size pictures that an animation needs: the previous canvas, the frame, and the two composed."""


def check_bytes(count: int, limit: int) -> None:
    """Refuse a source of more than `limit` bytes.

    Raises:
        ThumbnailError: `too-large`.
    """
    if count > limit:
        msg = f"the source has {count} bytes; ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES is {limit}"
        raise ThumbnailError(msg, ErrorCode.TOO_LARGE)


def check_pixels(info: SourceInfo, limit: int) -> None:
    """Refuse a source whose header announces more than `limit` pixels in the decoded frames.

    Raises:
        ThumbnailError: `too-large`.
    """
    pixels = decoded_pixels(info)
    if pixels > limit:
        times = f" in {info.frames} frames" if info.frames > 1 else ""
        msg = (
            f"the source is {info.display_size} px{times}, {pixels} decoded pixels in all; "
            f"ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS is {limit}"
        )
        raise ThumbnailError(msg, ErrorCode.TOO_LARGE)


def decoded_pixels(info: SourceInfo) -> int:
    """Return how many pixels of a source are decoded, in all frames together."""
    return max(info.size.pixels, info.coded) * info.frames


def check_memory(info: SourceInfo, floor: Size, limit: int, pixel_bytes: int = 0) -> None:
    """Refuse a source if decoding it takes more than `limit` bytes of memory at once.

    Args:
        info: What its header says.
        floor: The smallest size, in display orientation, that a decoder which shrinks may deliver.
        limit: Bytes.
        pixel_bytes: The minimum number of bytes for a pixel: more than its samples if a decoder holds copies.

    Raises:
        ThumbnailError: `too-large`.
    """
    each = info.samples * ceil(info.bits / 8) * (_CANVASES if info.frames > 1 else 1)
    each = max(each, pixel_bytes)
    needed = max(decoded_size(info, floor).pixels, info.coded) * each + info.held
    if needed > limit:
        msg = (
            f"decoding the source, {info.display_size} px with {info.samples} samples of {info.bits} bits, "
            f"takes {needed} bytes; ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY is {limit}"
        )
        raise ThumbnailError(msg, ErrorCode.TOO_LARGE)


def decoded_size(info: SourceInfo, floor: Size) -> Size:
    """Return the size in display orientation that a decoder delivers; JPEG decoders shrink while decoding."""
    size = info.display_size
    if info.format is not ImageFormat.JPEG:
        return size
    most = min(size.width // floor.width, size.height // floor.height)
    shrink = next((shrink for shrink in _SHRINKS if shrink <= most), 1)
    return Size(ceil(size.width / shrink), ceil(size.height / shrink))
