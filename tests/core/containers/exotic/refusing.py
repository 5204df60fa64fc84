"""How a file is refused."""

import struct

from advthumb.core import containers
from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import ImageFormat


def refusal(data: bytes, image_format: ImageFormat) -> str:
    """Return the code with which a file is refused; empty if it is not."""
    try:
        containers.clean(data, containers.read(data, image_format))
    except ThumbnailError as error:
        return error.code.value
    return ""


def changed(data: bytes, at: int, layout: str, *values: int | bytes) -> bytes:
    """Return a file with other numbers at a place."""
    copy = bytearray(data)
    struct.pack_into(layout, copy, at, *values)
    return bytes(copy)
