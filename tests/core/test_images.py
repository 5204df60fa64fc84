"""`core.images`: the frozen values and how they are written as text."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.formats import ImageFormat
from advthumb.core.images import RGB, Box, Size, SourceInfo
from advthumb.core.orientation import Orientation


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#ffffff", (255, 255, 255)),
        ("#0a0B0c", (10, 11, 12)),
        ("#fff", (255, 255, 255)),
        ("#1aF", (0x11, 0xAA, 0xFF)),
    ],
)
def test_a_colour_is_read_from_hex(text: str, colour: tuple[int, int, int]) -> None:
    assert RGB.parse(text) == colour


@pytest.mark.parametrize(
    "text", ["", "#", "fff", "#ffff", "#fffffff", "#ggg", "red", "#fff ", " #fff", "#fff\n", "#١٢٣"]
)
def test_a_colour_in_another_notation_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(ValueError, match="a colour is written '#rrggbb' or '#rgb'"):
        RGB.parse(text)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_colour_survives_a_round_trip_through_text(channels: tuple[int, int, int]) -> None:
    assert RGB.parse(str(RGB(*channels))) == channels


def test_a_size_counts_its_pixels_and_is_written_as_in_names() -> None:
    assert Size(300, 200).pixels == 60_000
    assert f"{Size(300, 200)}" == "300x200"


def test_the_right_and_bottom_of_a_box_are_exclusive() -> None:
    assert Box(2, 3, 12, 4).size == Size(10, 1)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_display_size_is_rotated_with_the_picture(orientation: Orientation) -> None:
    info = SourceInfo(ImageFormat.JPEG, Size(40, 30), orientation)
    assert info.display_size == ((30, 40) if orientation >= 5 else (40, 30))


def test_values_are_frozen() -> None:
    info = SourceInfo(ImageFormat.JPEG, Size(40, 30))
    with pytest.raises(FrozenInstanceError):
        info.has_alpha = True  # type: ignore[misc]
