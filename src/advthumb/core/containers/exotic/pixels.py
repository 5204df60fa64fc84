"""A helper for the readers of simple rasters: checks that all pixels are there."""

from advthumb.core.containers.reading import corrupt


def whole(data: bytes, start: int, length: int) -> bytes:
    """Return the bytes of the pixels that begin at an offset.

    Raises:
        ThumbnailError: `corrupt`: the file ends before the pixels do.
    """
    if start + length > len(data):
        raise corrupt("its pixel data ends early")
    return data[start : start + length]
