"""`core.gravity`: which part of a picture a crop keeps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.formats import ImageFormat
from advthumb.core.gravity import CENTRE, COMPASS, WHOLE, Point, crop_box
from advthumb.core.images import Size, SourceInfo
from advthumb.core.planning import plan
from advthumb.core.spec import ResizeMethod, ThumbnailSpec

sides = st.integers(1, 20_000)
points = st.builds(Point, st.integers(0, WHOLE), st.integers(0, WHOLE))


@pytest.mark.parametrize(
    ("gravity", "corner"),
    [
        ("center", (30, 20)),
        ("north", (30, 0)),
        ("northeast", (60, 0)),
        ("east", (60, 20)),
        ("southeast", (60, 40)),
        ("south", (30, 40)),
        ("southwest", (0, 40)),
        ("west", (0, 20)),
        ("northwest", (0, 0)),
    ],
)
def test_the_points_of_the_compass(gravity: str, corner: tuple[int, int]) -> None:
    box = crop_box(Size(100, 80), Size(40, 40), COMPASS[gravity])
    assert box == (*corner, corner[0] + 40, corner[1] + 40)


@pytest.mark.parametrize(
    ("x", "left"), [(0, 0), (200, 0), (210, 1), (214, 1), (215, 1), (220, 2), (500, 30), (799, 59), (800, 60)]
)
def test_a_part_begins_at_a_whole_pixel_and_stays_inside(x: int, left: int) -> None:
    assert crop_box(Size(100, 10), Size(40, 10), Point(x, 999)).left == left


@given(sides, sides, points, st.data())
def test_the_middle_of_the_part_is_as_near_to_the_point_as_the_rim_allows(
    width: int, height: int, point: Point, data: st.DataObject
) -> None:
    kept = Size(data.draw(st.integers(1, width)), data.draw(st.integers(1, height)))
    box = crop_box(Size(width, height), kept, point)
    assert box.size == kept
    for begin, side, length, thousandths in (
        (box.left, width, kept.width, point.x),
        (box.top, height, kept.height, point.y),
    ):
        assert 0 <= begin <= side - length
        wanted = Fraction(side * thousandths, WHOLE) - Fraction(length, 2)
        nearest = min(max(wanted, Fraction(0)), Fraction(side - length))
        assert 0 <= nearest - begin < 1


@given(sides, sides, st.data())
def test_the_centre_cuts_off_the_same_on_both_sides(width: int, height: int, data: st.DataObject) -> None:
    kept = Size(data.draw(st.integers(1, width)), data.draw(st.integers(1, height)))
    box = crop_box(Size(width, height), kept, CENTRE)
    assert 0 <= width - box.right - box.left <= 1
    assert 0 <= height - box.bottom - box.top <= 1


def test_only_fill_follows_the_gravity() -> None:
    info = SourceInfo(ImageFormat.PNG, Size(400, 100))
    corners = {}
    for method in ResizeMethod:
        spec = ThumbnailSpec(width=50, height=50, method=method, gravity=COMPASS["east"])
        corners[method] = plan(spec, info).crop
    assert corners == {
        ResizeMethod.FIT: (0, 0, 50, 13),
        ResizeMethod.FILL: (150, 0, 200, 50),
        ResizeMethod.PAD: (0, 0, 50, 13),
    }


def test_a_point_is_written_as_fractions() -> None:
    assert str(Point(260, 787)) == "0.260,0.787"
    assert str(COMPASS["southeast"]) == "1.000,1.000"
