"""How a file is refused, by its reader or before a decoder sees it."""

import struct

import pytest

from advthumb.core import containers
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat

CORRUPT, UNSUPPORTED, TOO_LARGE = ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED, ErrorCode.TOO_LARGE


def refused(data: bytes, image_format: ImageFormat) -> tuple[ErrorCode, str]:
    """Return the code and the words of the refusal; fail if there is none."""
    with pytest.raises(ThumbnailError) as caught:
        containers.clean(data, containers.read(data, image_format))
    return caught.value.code, caught.value.message


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


def words_only(value: object) -> str:
    """Return what names a case: not the bytes of its file."""
    return value if isinstance(value, str) else ""
