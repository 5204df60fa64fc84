"""What readers of simple rasters share: their pixels must be there."""

from advthumb.core.containers.reading import corrupt


def whole(data: bytes, start: int, length: int) -> bytes:
    """Return the bytes of pixels from a place in the file on.

    Raises:
        ThumbnailError: `corrupt`: the file ends before they do.
    """
    if start + length > len(data):
        raise corrupt("it ends before its pixels do")
    return data[start : start + length]
