"""`core.orientation`: what the eight values mean, and a parser that survives any input (promises 3 and 5)."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.orientation import Orientation
from tests import pictures

TAG, SHORT, LONG = 0x0112, 3, 4
PREFIX = b"Exif\x00\x00"
MAKE = (0x010F, SHORT, 7)

orders = pytest.mark.parametrize("order", ["<", ">"], ids=["little-endian", "big-endian"])


@pytest.mark.parametrize("orientation", list(Orientation))
def test_mirroring_then_turning_clockwise_makes_the_stored_picture_upright(orientation: Orientation) -> None:
    upright = pictures.corner_pixels(6, 4)
    picture = pictures.stored_pixels(upright, orientation.value)
    if orientation.mirrored:
        picture = picture[:, ::-1]
    picture = np.rot90(picture, -orientation.clockwise // 90)
    assert np.array_equal(picture, upright)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_display_size_is_the_size_of_the_upright_picture(orientation: Orientation) -> None:
    stored = pictures.stored_pixels(pictures.corner_pixels(6, 4), orientation.value)
    height, width = stored.shape[:2]
    assert orientation.display_size(width, height) == (6, 4)
    assert orientation.display_size(6, 4) == (width, height)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_a_part_of_the_stored_picture_is_rotated_with_it(orientation: Orientation) -> None:
    """The part is the non-black area, in pixels of the stored and of the upright picture."""
    upright = np.zeros((4, 6, 3), np.uint8)
    upright[1:3, 2:6] = 255
    stored = pictures.stored_pixels(upright, orientation.value)
    rows, columns, _ = stored.nonzero()
    extent = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    height, width = stored.shape[:2]
    assert orientation.turned(extent, width, height) == (2, 1, 6, 3)


@pytest.mark.parametrize("value", range(1, 9))
def test_a_tag_value_from_1_to_8_is_read(value: int) -> None:
    assert Orientation.from_tag(value).value == value


@pytest.mark.parametrize("value", [0, 9, -1, 2**40, None, "6", b"\x06", 6.0, (6,)])
def test_any_other_tag_value_means_upright(value: object) -> None:
    assert Orientation.from_tag(value) is Orientation.NORMAL


@orders
@pytest.mark.parametrize("prefix", [b"", PREFIX], ids=["bare", "prefixed"])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_tag_is_found_in_either_byte_order(value: int, prefix: bytes, order: str) -> None:
    exif = prefix + pictures.orientation_exif(value, order)
    assert Orientation.from_exif(exif).value == value


@orders
def test_the_tag_is_found_before_and_after_others(order: str) -> None:
    exif = pictures.exif_directory([MAKE, MAKE, (TAG, SHORT, 6), MAKE], order)
    assert Orientation.from_exif(exif) is Orientation.ROTATE_90


@orders
def test_the_directory_may_begin_anywhere(order: str) -> None:
    exif = pictures.orientation_exif(8, order)
    moved = exif[:4] + struct.pack(order + "I", 108) + bytes(100) + exif[8:]
    assert Orientation.from_exif(moved) is Orientation.ROTATE_270


@orders
def test_the_first_of_two_tags_is_used(order: str) -> None:
    exif = pictures.exif_directory([(TAG, SHORT, 3), (TAG, SHORT, 6)], order)
    assert Orientation.from_exif(exif) is Orientation.ROTATE_180


def test_a_tag_in_the_directory_of_the_embedded_preview_is_ignored() -> None:
    first = pictures.exif_directory([MAKE])
    second = struct.pack("<HHHIHHI", 1, TAG, SHORT, 1, 6, 0, 0)
    exif = first[:-4] + struct.pack("<I", len(first)) + second
    assert Orientation.from_exif(exif) is Orientation.NORMAL


@orders
def test_a_tag_of_another_type_is_ignored(order: str) -> None:
    exif = pictures.exif_directory([(TAG, LONG, 6 << 16 if order == ">" else 6)], order)
    assert Orientation.from_exif(exif) is Orientation.NORMAL


@orders
@pytest.mark.parametrize("value", [0, 9, 65535])
def test_a_value_out_of_range_means_upright(value: int, order: str) -> None:
    assert Orientation.from_exif(pictures.orientation_exif(value, order)) is Orientation.NORMAL


@orders
@pytest.mark.parametrize("start", [0, 9, 2**31, 2**32 - 1])
def test_a_directory_outside_the_data_means_upright(start: int, order: str) -> None:
    exif = pictures.orientation_exif(6, order)
    assert Orientation.from_exif(exif[:4] + struct.pack(order + "I", start) + exif[8:]) is Orientation.NORMAL


@orders
def test_entries_are_read_although_the_count_exceeds_the_data(order: str) -> None:
    exif = pictures.orientation_exif(6, order)
    assert Orientation.from_exif(exif[:8] + b"\xff\xff" + exif[10:]) is Orientation.ROTATE_90
    empty = pictures.exif_directory([MAKE], order)
    assert Orientation.from_exif(empty[:8] + b"\xff\xff" + empty[10:]) is Orientation.NORMAL


@orders
def test_data_truncated_before_the_value_means_upright(order: str) -> None:
    exif = PREFIX + pictures.orientation_exif(6, order)
    found = [Orientation.from_exif(exif[:length]).value for length in range(len(exif) + 1)]
    value_is_in = len(exif) - 6  # what follows: two bytes of padding, the offset of a further directory
    assert found == [1] * value_is_in + [6] * 7


@given(st.binary(max_size=80))
def test_garbage_never_raises_an_error(garbage: bytes) -> None:
    for exif in (garbage, PREFIX + garbage, b"II*\x00" + garbage, b"MM\x00*" + garbage):
        assert Orientation.from_exif(exif) in Orientation
