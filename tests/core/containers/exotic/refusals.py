"""How a file is refused by its reader, before a decoder sees it."""

import struct

import pytest

from advthumb.core import containers
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat

CORRUPT, UNSUPPORTED, TOO_LARGE = ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED, ErrorCode.TOO_LARGE


def streams(data: bytes, image_format: ImageFormat) -> list[bytes]:
    """Return everything that decoders see of a file."""
    info = containers.read(data, image_format)
    if info.layers:
        return [layer.stream for layer in containers.layers(data, info)]
    return [containers.clean(data, info)]


def refused(data: bytes, image_format: ImageFormat) -> tuple[ErrorCode, str]:
    """Return the code and the message of the refusal; fail if there is none."""
    with pytest.raises(ThumbnailError) as caught:
        streams(data, image_format)
    return caught.value.code, caught.value.message


def refusal(data: bytes, image_format: ImageFormat) -> str:
    """Return the error code with which a file is refused; empty if it is accepted."""
    try:
        streams(data, image_format)
    except ThumbnailError as error:
        return error.code.value
    return ""


def changed(data: bytes, at: int, layout: str, *values: int | bytes) -> bytes:
    """Return a file with other numbers at an offset."""
    copy = bytearray(data)
    struct.pack_into(layout, copy, at, *values)
    return bytes(copy)


def words_only(value: object) -> str:
    """Return the id of a test case, which leaves out the bytes of its file."""
    return value if isinstance(value, str) else ""
