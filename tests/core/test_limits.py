"""`core.limits`: what a source may cost, judged by its header and its plans (promise 5)."""

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.limits import check_bytes, check_memory, check_pixels, decoded_size
from advthumb.core.orientation import Orientation


def source(
    width: int, height: int, image_format: ImageFormat = ImageFormat.PNG, **details: int
) -> SourceInfo:
    return SourceInfo(image_format, Size(width, height), **details)


def test_the_byte_limit_is_inclusive() -> None:
    check_bytes(100, 100)
    with pytest.raises(
        ThumbnailError, match=r"101 bytes; ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES is 100"
    ) as caught:
        check_bytes(101, 100)
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_the_pixel_limit_is_inclusive_and_counts_the_area() -> None:
    check_pixels(source(10, 10), 100)
    check_pixels(source(100, 1), 100)
    with pytest.raises(
        ThumbnailError, match=r"11x10 px, 110 decoded pixels in all; ADVANCE_THUMBNAIL_MAX_SOURCE"
    ) as caught:
        check_pixels(source(11, 10), 100)
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_the_pixels_of_every_decoded_frame_are_counted() -> None:
    check_pixels(source(10, 5, frames=2), 100)
    with pytest.raises(ThumbnailError, match="10x5 px in 3 frames, 150 decoded pixels in all"):
        check_pixels(source(10, 5, frames=3), 100)


def test_coded_pixels_are_counted_and_not_only_announced_ones() -> None:
    """An AVIF may announce 10 x 5 px and hold more."""
    check_pixels(source(10, 5, coded=100), 100)
    with pytest.raises(ThumbnailError, match="10x5 px, 101 decoded pixels in all"):
        check_pixels(source(10, 5, coded=101), 100)


@pytest.mark.parametrize(
    ("details", "needed"),
    [
        ({}, 300),
        ({"samples": 4}, 400),
        ({"samples": 1, "bits": 1}, 100),
        ({"samples": 3, "bits": 16}, 600),
        ({"samples": 1, "bits": 32}, 400),
        ({"samples": 300}, 30_000),
        ({"held": 7}, 307),
        ({"coded": 200}, 600),
        ({"samples": 4, "frames": 9}, 1200),
    ],
)
def test_the_memory_of_all_samples_is_counted(details: dict[str, int], needed: int) -> None:
    """Regardless of the file's size, samples and the decoder's working memory are counted."""
    info = source(10, 10, **details)
    check_memory(info, Size(1, 1), needed)
    with pytest.raises(
        ThumbnailError, match=f"takes {needed} bytes; ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY"
    ) as caught:
        check_memory(info, Size(1, 1), needed - 1)
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_a_decoder_may_hold_more_than_the_samples() -> None:
    check_memory(source(10, 10), Size(1, 1), 1600, 16)
    check_memory(source(10, 10), Size(1, 1), 300, 2)
    with pytest.raises(ThumbnailError, match="takes 1600 bytes"):
        check_memory(source(10, 10), Size(1, 1), 1599, 16)


@pytest.mark.parametrize(
    ("floor", "shrunk"),
    [
        ((1, 1), (13, 25)),
        ((12, 25), (13, 25)),
        ((13, 25), (25, 50)),
        ((26, 50), (50, 100)),
        ((1, 101), (100, 200)),
    ],
)
def test_a_jpeg_shrinks_while_it_is_decoded(floor: tuple[int, int], shrunk: tuple[int, int]) -> None:
    """By 8, 4 or 2, as long as neither side gets smaller than the floor."""
    assert decoded_size(source(100, 200, ImageFormat.JPEG), Size(*floor)) == shrunk
    assert decoded_size(source(100, 200), Size(*floor)) == (100, 200)


def test_the_floor_applies_to_the_upright_picture() -> None:
    turned = SourceInfo(ImageFormat.JPEG, Size(800, 80), Orientation.ROTATE_90)
    assert decoded_size(turned, Size(40, 100)) == (40, 400)
