"""`core.focal_point`: the point that a person chose, as text, as CSS and as thousandths."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.focal_point import TEXT_LENGTH, FocalPoint
from advthumb.core.gravity import Point

fractions = st.floats(0, 1)
thousandths = st.integers(0, 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.260,0.787", FocalPoint(0.26, 0.787)),
        ("0,1", FocalPoint(0, 1)),
        (" 0.5 , .25 ", FocalPoint(0.5, 0.25)),
        ("1.,1.0000", FocalPoint(1, 1)),
        ("0.26049,0.26051", FocalPoint(0.26, 0.261)),
    ],
)
def test_a_text_may_have_any_number_of_decimals(text: str, expected: FocalPoint) -> None:
    assert FocalPoint.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "0.5",
        "0.5,",
        ",0.5",
        "0.5,0.5,0.5",
        "0.5;0.5",
        "-0.1,0",
        "nan,0",
        "1e-3,0",
        "\u0660.\u0665,0",
        "0_1,0",
        ".",
    ],
)
def test_any_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is no focal point\. Give two fractions .* such as 0\.260,0\.787\."
    ):
        FocalPoint.parse(text)


@pytest.mark.parametrize("side", [1.001, -0.001, float("nan"), float("inf"), True, "0.5", None])
def test_a_side_that_is_no_fraction_is_refused_by_name(side: object) -> None:
    with pytest.raises(ValueError, match="A focal point cannot have y="):
        FocalPoint(0.5, side)  # type: ignore[arg-type]


def test_a_number_above_one_in_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cannot have x=1\.5"):
        FocalPoint.parse("1.5,0")


@given(fractions, fractions)
def test_a_point_survives_its_text_and_is_as_long_as_every_other(x: float, y: float) -> None:
    point = FocalPoint(x, y)
    assert FocalPoint.parse(str(point)) == point
    assert len(str(point)) == TEXT_LENGTH
    assert max(abs(point.x - x), abs(point.y - y)) <= 0.0005 + 1e-12


@given(thousandths, thousandths)
def test_thousandths_are_exact(x: int, y: int) -> None:
    assert FocalPoint(x / 1000, y / 1000).point == Point(x, y)
    assert str(FocalPoint(x / 1000, y / 1000)) == str(Point(x, y))


@pytest.mark.parametrize("side", [Fraction(1, 4), np.float32(0.25), np.float64(0.25)])
def test_any_kind_of_real_number_is_a_side(side: Any) -> None:
    """Libraries that find faces return NumPy's numbers."""
    assert FocalPoint(side, np.int64(1)) == FocalPoint(0.25, 1)  # type: ignore[arg-type]
    assert str(FocalPoint(side, 1)) == "0.250,1.000"


def test_the_smallest_number_below_zero_is_zero() -> None:
    assert str(FocalPoint(-0.0, 0)) == "0.000,0.000"


@pytest.mark.parametrize(
    ("point", "css"),
    [
        (FocalPoint(0.26, 0.787), "26% 78.7%"),
        (FocalPoint(0, 1), "0% 100%"),
        (FocalPoint(0.001, 0.999), "0.1% 99.9%"),
    ],
)
def test_css_is_the_value_of_object_position(point: FocalPoint, css: str) -> None:
    assert point.css == css


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_empty_value_is_no_point(value: object) -> None:
    assert FocalPoint.of(value) is None


@pytest.mark.parametrize("value", [FocalPoint(0.26, 0.787), "0.26,0.787", (0.26, 0.787), [0.26, 0.787]])
def test_a_point_may_be_given_in_several_ways(value: object) -> None:
    assert FocalPoint.of(value) == FocalPoint(0.26, 0.787)


@pytest.mark.parametrize("value", [(0.5,), (0.1, 0.2, 0.3), 5, {0.1, 0.2}, b"0.5,0.5"])
def test_any_other_value_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is no focal point"):
        FocalPoint.of(value)


def test_a_point_can_be_pickled_and_is_a_key() -> None:
    point = FocalPoint(0.26, 0.787)
    assert pickle.loads(pickle.dumps(point)) == point
    assert {point: 1}[FocalPoint(0.26, 0.787)] == 1
