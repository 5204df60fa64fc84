"""`core.planning`: properties of every source, box and method, against exact fractions (promise 3)."""

import math
from fractions import Fraction

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from advthumb.core.cascade import cascade
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import Box, RenderPlan, Size, SourceInfo
from advthumb.core.planning import MAX_THUMBNAIL_PIXELS, plan, scaled_side
from advthumb.core.spec import ResizeMethod, ThumbnailSpec

source_sides = st.integers(1, 12) | st.integers(1, 40_000)
box_sides = st.integers(1, 12) | st.integers(1, 3_000)
sizes = st.builds(Size, source_sides, source_sides)
boxes = st.one_of(
    st.tuples(box_sides, box_sides),
    st.tuples(box_sides, st.none()),
    st.tuples(st.none(), box_sides),
)
Sides = tuple[int | None, int | None]


def planned(source: Size, box: Sides, method: ResizeMethod, *, upscale: bool = False) -> RenderPlan:
    """Return the plan; refused sizes have a separate test."""
    spec = ThumbnailSpec(width=box[0], height=box[1], method=method, upscale=upscale)
    try:
        return plan(spec, SourceInfo(ImageFormat.PNG, source))
    except ThumbnailError:
        reject()


def rounded_half_up(value: Fraction) -> int:
    return max(1, math.floor(value + Fraction(1, 2)))


def exact_scale(source: Size, box: Sides, choose: str) -> Fraction:
    """Return the factor that brings the source to the given sides of the box."""
    factors = [Fraction(side, of) for side, of in zip(box, source, strict=True) if side is not None]
    return min(factors) if choose == "inside" else max(factors)


@given(sizes, boxes, st.booleans())
@example(Size(940, 2), (100, 100), False)
@example(Size(1, 5_000), (300, 300), False)
def test_fit_is_the_exact_size_rounded_half_up(source: Size, box: Sides, upscale: bool) -> None:
    scale = exact_scale(source, box, "inside")
    if not upscale:
        scale = min(scale, Fraction(1))
    found = planned(source, box, ResizeMethod.FIT, upscale=upscale)
    assert found.canvas == tuple(rounded_half_up(side * scale) for side in source)


@given(sizes, boxes, st.booleans())
def test_fit_stays_in_the_box_touches_it_or_is_the_source(source: Size, box: Sides, upscale: bool) -> None:
    canvas = planned(source, box, ResizeMethod.FIT, upscale=upscale).canvas
    assert all(side is None or made <= side for made, side in zip(canvas, box, strict=True))
    touches = any(made == side for made, side in zip(canvas, box, strict=True))
    assert touches or (canvas == source and not upscale)


@given(sizes, boxes, st.sampled_from([ResizeMethod.FIT, ResizeMethod.PAD]))
def test_nothing_is_enlarged_unless_asked(source: Size, box: Sides, method: ResizeMethod) -> None:
    scaled = planned(source, box, method).scaled
    assert scaled.width <= source.width
    assert scaled.height <= source.height


@given(sizes, boxes)
def test_fill_is_exactly_the_box_and_crops_no_more_than_needed(source: Size, box: Sides) -> None:
    found = planned(source, box, ResizeMethod.FILL)
    assert all(side is None or made == side for made, side in zip(found.canvas, box, strict=True))
    assert found.crop.size == found.canvas
    scale = exact_scale(source, box, "cover")
    assert found.scaled == tuple(rounded_half_up(side * scale) for side in source)
    assert any(made == side for made, side in zip(found.scaled, box, strict=True))


@given(sizes, boxes, st.booleans())
def test_pad_is_exactly_the_box_around_the_fitted_picture(source: Size, box: Sides, upscale: bool) -> None:
    padded = planned(source, box, ResizeMethod.PAD, upscale=upscale)
    fitted = planned(source, box, ResizeMethod.FIT, upscale=upscale)
    assert padded.scaled == fitted.scaled
    assert padded.crop == (0, 0, *padded.scaled)
    wanted = zip(box, fitted.canvas, strict=True)
    assert padded.canvas == tuple(made if side is None else side for side, made in wanted)


@given(sizes, boxes, st.sampled_from(ResizeMethod), st.booleans())
def test_no_side_is_zero_and_the_decoder_keeps_twice_the_size(
    source: Size, box: Sides, method: ResizeMethod, upscale: bool
) -> None:
    found = planned(source, box, method, upscale=upscale)
    assert min(*found.scaled, *found.canvas, *found.crop.size) >= 1
    assert found.decode_floor == (2 * found.scaled.width, 2 * found.scaled.height)


@given(sizes, st.lists(st.tuples(boxes, st.sampled_from(ResizeMethod), st.booleans()), min_size=1))
def test_a_thumbnail_is_scaled_from_the_source_or_an_uncropped_one_twice_its_size(
    source: Size, wanted: list[tuple[Sides, ResizeMethod, bool]]
) -> None:
    plans = dict(enumerate(planned(source, box, method, upscale=upscale) for box, method, upscale in wanted))
    done: set[int] = set()
    for number, larger in cascade(plans, source):
        if larger is not None:
            assert larger in done
            whole = plans[larger]
            assert whole.crop.size == whole.scaled
            assert all(2 * low <= side for low, side in zip(plans[number].scaled, whole.scaled, strict=True))
            assert all(side <= most for side, most in zip(whole.scaled, source, strict=True))
        done.add(number)
    assert done == plans.keys()


@given(sizes, boxes, st.sampled_from(ResizeMethod), st.booleans())
def test_the_aspect_ratio_is_kept_to_less_than_a_pixel(
    source: Size, box: Sides, method: ResizeMethod, upscale: bool
) -> None:
    scaled = planned(source, box, method, upscale=upscale).scaled
    by_width = Fraction(source.height * scaled.width, source.width) - scaled.height
    by_height = Fraction(source.width * scaled.height, source.height) - scaled.width
    assert min(abs(by_width), abs(by_height)) < 1


@given(sizes, boxes, st.sampled_from(ResizeMethod), st.booleans())
def test_cropping_and_padding_are_the_same_on_both_sides(
    source: Size, box: Sides, method: ResizeMethod, upscale: bool
) -> None:
    found = planned(source, box, method, upscale=upscale)
    kept, on_canvas = (
        found.crop,
        Box(*found.offset, *map(sum, zip(found.offset, found.crop.size, strict=True))),
    )
    for inner, outer in ((kept, found.scaled), (on_canvas, found.canvas)):
        assert 0 <= outer.width - inner.right - inner.left <= 1
        assert 0 <= outer.height - inner.bottom - inner.top <= 1
        assert min(inner.left, inner.top) >= 0


@given(st.integers(1, 10**6), st.integers(1, 10**5), st.integers(1, 10**5))
def test_a_side_is_rounded_half_up(side: int, numerator: int, denominator: int) -> None:
    assert scaled_side(side, numerator, denominator) == rounded_half_up(
        Fraction(side * numerator, denominator)
    )


@given(sizes, st.integers(1, 20_000), st.sampled_from(list(OUTPUTS)))
def test_a_plan_is_refused_only_if_it_cannot_be_written(
    source: Size, width: int, output: ImageFormat
) -> None:
    spec = ThumbnailSpec(width=width, height=None, format=output, upscale=True)
    info = SourceInfo(ImageFormat.PNG, source)
    canvas = Size(width, rounded_half_up(source.height * Fraction(width, source.width)))
    if max(canvas) <= OUTPUTS[output].max_side and canvas.pixels <= MAX_THUMBNAIL_PIXELS:
        assert plan(spec, info).canvas == canvas
    else:
        with pytest.raises(ThumbnailError) as caught:
            plan(spec, info)
        assert caught.value.code is ErrorCode.TOO_LARGE
