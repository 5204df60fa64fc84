"""`core.drawings`: the pixel size of vector drawings."""

import math

import pytest

from advthumb.core.drawings import LONGEST_SIDE, drawn_size, natural_size, smallest_drawn, view_box_size
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.images import Size


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ((595.3, 841.9), (1448, 2048)),
        ((16, 16), (2048, 2048)),
        ((0.001, 0.0005), (2048, 1024)),
        ((1e9, 1), (2048, 1)),
        ((1e-300, 1e300), (1, 2048)),
        ((1.7e308, 1.7e308), (2048, 2048)),
    ],
)
def test_the_longer_side_is_always_the_same_and_no_side_is_zero(sides, size) -> None:
    assert drawn_size(*sides) == size
    assert max(size) == LONGEST_SIDE


@pytest.mark.parametrize("side", [0, -1, math.nan, math.inf])
def test_an_impossible_size_is_corrupt(side: float) -> None:
    for sides in ((side, 5), (5, side)):
        with pytest.raises(ThumbnailError, match="it gives a size of") as caught:
            drawn_size(*sides)
        assert caught.value.code is ErrorCode.CORRUPT


@pytest.mark.parametrize(
    ("floor", "drawn"),
    [((200, 100), (200, 100)), ((2048, 1024), (2048, 1024)), ((2050, 1025), (2048, 1024)), ((9, 1025), None)],
)
def test_a_drawing_is_rendered_as_small_as_possible_and_never_enlarged(floor, drawn) -> None:
    size = Size(2048, 1024)
    assert smallest_drawn(size, Size(*floor)) == (drawn or size)


@pytest.mark.parametrize(
    ("width", "height", "view_box", "size"),
    [
        ("40", "20", None, (40, 20)),
        (" 40px ", "2e1", "0 0 7 7", (40, 20)),
        ("1in", "96", None, (96, 96)),
        ("2.54CM", "25.4mm", None, (96, 96)),
        ("101.6Q", "72pt", None, (96, 96)),
        ("6pc", "6em", None, (96, 96)),
        ("6rem", "12ex", None, (96, 96)),
        ("12ch", ".5", None, (96, 0.5)),
        (None, None, "0 0 24 12", (24, 12)),
        ("100%", "100%", "-5,-5, 24 12", (24, 12)),
        ("48", None, "0 0 24 12", (48, 24)),
        ("auto", "6", "0 0 24 12", (12, 6)),
        (None, "0", "0 0 24 12", (0, 0)),
        (None, None, None, (300, 150)),
        ("100%", "50%", "", (300, 150)),
        ("100", None, None, (100, 150)),
        (None, "100", None, (300, 100)),
        ("-5", "nan", None, (300, 150)),
        ("1e999", "inf", None, (300, 150)),
        ("5 px 5", "5furlong", None, (300, 150)),
        ("0", "0", None, (0, 0)),
        (None, None, "0 0 0 12", (300, 150)),
        (None, None, "0 0 -1 12", (300, 150)),
        (None, None, "0 0 1e999 12", (300, 150)),
        (None, None, "0 0 5", (300, 150)),
        (None, None, "0 0 5 5 5", (300, 150)),
        (None, None, "0 0 5% 5", (300, 150)),
    ],
)
def test_an_svg_has_the_size_that_browsers_give_it(width, height, view_box, size) -> None:
    assert natural_size(width, height, view_box) == pytest.approx(size)


def test_an_invalid_view_box_has_no_size() -> None:
    assert view_box_size("0 0 24 12.5") == (24, 12.5)
    assert view_box_size(None) is view_box_size("0 0 0 0") is None


def test_parsing_a_length_takes_linear_time() -> None:
    assert natural_size("1" * 200_000 + "!", "5" + " " * 200_000 + "!", "1 " * 200_000) == (300, 150)
