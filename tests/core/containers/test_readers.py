"""`core.containers`: tests for the reader of every format."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from advthumb.core import containers
from advthumb.core.containers import READERS
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.orientation import Orientation
from tests import pictures

formats = pytest.mark.parametrize("image_format", sorted(SAFE_FORMATS))


def test_every_safe_format_has_a_reader() -> None:
    assert set(READERS) >= SAFE_FORMATS


@formats
@pytest.mark.parametrize("size", [(16, 16), (640, 480), (19, 1000)])
def test_the_size_is_found(image_format: ImageFormat, size: tuple[int, int]) -> None:
    info = containers.read(pictures.gradient(*size, image_format.value), image_format)
    assert (info.size, info.format, info.frames) == (size, image_format, 1)


@formats
def test_every_truncated_file_raises_a_thumbnail_error(image_format: ImageFormat) -> None:
    """Cut at each of the first 400 bytes; no other exception escapes."""
    data = pictures.gradient(64, 48, image_format.value)
    for length in range(400):
        try:
            found = containers.read(data[:length], image_format)
            containers.clean(data[:length], found)
        except ThumbnailError as error:
            assert error.code in {ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED}  # noqa: PT017 - both are right.
            continue
        assert found.size == (64, 48)


@formats
@given(changes=st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_raises_a_thumbnail_error(
    image_format: ImageFormat, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(pictures.gradient(64, 48, image_format.value))
    for at, value in changes:
        data[at % len(data)] = value
    try:
        info = containers.read(bytes(data), image_format, max_frames=3)
        containers.clean(bytes(data), info)
    except ThumbnailError:
        return
    assert min(info.size) > 0


@formats
def test_a_file_of_another_format_is_corrupt(image_format: ImageFormat) -> None:
    other = "PNG" if image_format is ImageFormat.JPEG else "JPEG"
    with pytest.raises(ThumbnailError, match=f"it has no {image_format} signature") as caught:
        containers.read(pictures.plain(8, 8, (9, 9, 9), other), image_format)
    assert caught.value.code is ErrorCode.CORRUPT


def test_a_format_without_a_reader_is_unsupported() -> None:
    with pytest.raises(ThumbnailError, match="PDF") as caught:
        containers.read(b"%PDF-", ImageFormat.PDF)
    assert caught.value.code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize("image_format", sorted(SAFE_FORMATS - {ImageFormat.HEIC}))
@pytest.mark.parametrize("alpha", [False, True])
def test_alpha_is_found_where_pillow_finds_it(image_format: ImageFormat, *, alpha: bool) -> None:
    colour = (200, 30, 30, 90) if alpha and image_format is not ImageFormat.JPEG else (200, 30, 30)
    data = pictures.plain(16, 16, colour, image_format.value)
    with Image.open(BytesIO(data)) as image:
        assert containers.read(data, image_format).has_alpha == image.has_transparency_data


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", Orientation)
def test_the_orientation_is_found(image_format: str, orientation: Orientation) -> None:
    data = pictures.oriented(orientation, image_format)
    assert containers.read(data, ImageFormat(image_format)).orientation is orientation
