"""What a file is refused with, by its reader or before a decoder sees it."""

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


def words_only(value: object) -> str:
    """Return what names a case: not the bytes of its file."""
    return value if isinstance(value, str) else ""
