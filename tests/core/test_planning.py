"""`core.planning`: geometry by examples (promise 3); `test_planning_properties.py` covers all sizes."""

from dataclasses import replace

import pytest

from advthumb.core.cascade import cascade
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.gravity import Point
from advthumb.core.images import RGB, Box, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.planning import (
    MAX_THUMBNAIL_PIXELS,
    RENDER_REVISION,
    extended_side,
    largest_floor,
    plan,
    plan_of_preview,
    scaled_side,
)
from advthumb.core.spec import ResizeMethod, ThumbnailSpec, qualities

FIT, FILL, PAD = ResizeMethod.FIT, ResizeMethod.FILL, ResizeMethod.PAD
ALPHA = True


def planned(
    source: tuple[int, int],
    box: tuple[int | None, int | None],
    method: ResizeMethod = FIT,
    *,
    upscale: bool = False,
) -> RenderPlan:
    spec = ThumbnailSpec(width=box[0], height=box[1], method=method, upscale=upscale)
    return plan(spec, SourceInfo(ImageFormat.PNG, Size(*source)))


@pytest.mark.parametrize(
    ("source", "box", "scaled"),
    [
        ((4000, 3000), (300, 300), (300, 225)),
        ((3000, 4000), (300, 300), (225, 300)),
        ((300, 300), (300, 300), (300, 300)),
        ((301, 301), (300, 300), (300, 300)),
        ((200, 100), (300, 300), (200, 100)),
        ((300, 400), (300, 300), (225, 300)),
        ((4000, 3000), (300, None), (300, 225)),
        ((4000, 3000), (None, 300), (400, 300)),
        ((200, 5000), (300, None), (200, 5000)),
        ((5000, 200), (None, 300), (5000, 200)),
        ((940, 2), (100, 100), (100, 1)),
        ((1, 5000), (300, 300), (1, 300)),
        ((5000, 1), (300, 300), (300, 1)),
        ((3, 2), (1, 1), (1, 1)),
    ],
)
def test_fit(source: tuple[int, int], box: tuple[int | None, int | None], scaled: tuple[int, int]) -> None:
    found = planned(source, box)
    assert (found.scaled, found.canvas, found.crop, found.offset) == (scaled, scaled, (0, 0, *scaled), (0, 0))


@pytest.mark.parametrize(
    ("source", "box", "scaled"),
    [
        ((200, 100), (300, 300), (300, 150)),
        ((100, 200), (300, 300), (150, 300)),
        ((200, 100), (300, None), (300, 150)),
        ((200, 100), (None, 300), (600, 300)),
        ((400, 100), (300, 300), (300, 75)),
    ],
)
def test_fit_with_upscale(
    source: tuple[int, int], box: tuple[int | None, int | None], scaled: tuple[int, int]
) -> None:
    assert planned(source, box, upscale=True).canvas == scaled


@pytest.mark.parametrize(
    ("source", "box", "scaled", "crop"),
    [
        ((4000, 3000), (300, 300), (400, 300), (50, 0, 350, 300)),
        ((3000, 4000), (300, 300), (300, 400), (0, 50, 300, 350)),
        ((401, 300), (300, 300), (401, 300), (50, 0, 350, 300)),
        ((20, 10), (300, 300), (600, 300), (150, 0, 450, 300)),
        ((300, 200), (300, 200), (300, 200), (0, 0, 300, 200)),
        ((4000, 3000), (300, None), (300, 225), (0, 0, 300, 225)),
        ((20, 10), (None, 300), (600, 300), (0, 0, 600, 300)),
        ((1, 5000), (300, 300), (300, 1_500_000), (0, 749_850, 300, 750_150)),
    ],
)
def test_fill(
    source: tuple[int, int],
    box: tuple[int | None, int | None],
    scaled: tuple[int, int],
    crop: tuple[int, int, int, int],
) -> None:
    found = planned(source, box, FILL)
    assert (found.scaled, found.crop, found.canvas) == (scaled, crop, Box(*crop).size)
    assert found.offset == (0, 0)


@pytest.mark.parametrize(
    ("source", "box", "scaled", "canvas", "offset"),
    [
        ((4000, 3000), (300, 300), (300, 225), (300, 300), (0, 37)),
        ((3000, 4000), (300, 300), (225, 300), (300, 300), (37, 0)),
        ((20, 10), (300, 300), (20, 10), (300, 300), (140, 145)),
        ((20, 10), (300, None), (20, 10), (300, 10), (140, 0)),
        ((20, 10), (None, 300), (20, 10), (20, 300), (0, 145)),
        ((300, 300), (300, 300), (300, 300), (300, 300), (0, 0)),
    ],
)
def test_pad(
    source: tuple[int, int],
    box: tuple[int | None, int | None],
    scaled: tuple[int, int],
    canvas: tuple[int, int],
    offset: tuple[int, int],
) -> None:
    found = planned(source, box, PAD)
    assert (found.scaled, found.canvas, found.offset) == (scaled, canvas, offset)
    assert found.crop == (0, 0, *scaled)


@pytest.mark.parametrize(("margin", "floor"), [(1, (300, 225)), (1.5, (450, 338)), (2, (600, 450))])
def test_the_decode_floor_follows_the_margin(margin: float, floor: tuple[int, int]) -> None:
    spec = ThumbnailSpec(width=300, height=300)
    found = plan(spec, SourceInfo(ImageFormat.JPEG, Size(4000, 3000)), margin)
    assert (found.scaled, found.decode_floor) == ((300, 225), floor)


def test_a_cascade_runs_from_the_largest_thumbnail_to_the_smallest() -> None:
    plans = [planned((4000, 3000), (side, side), FIT) for side in (100, 800, 300)]
    assert cascade(dict(enumerate(plans)), Size(4000, 3000)) == [(1, None), (2, 1), (0, 2)]


@pytest.mark.parametrize(
    ("source", "larger", "method", "smaller"),
    [((4000, 3000), 800, FILL, 100), ((4000, 3000), 800, FIT, 401), ((200, 150), 800, FIT, 50)],
    ids=["cropped", "too close", "enlarged"],
)
def test_a_thumbnail_that_lacks_pixels_is_not_the_source_of_a_smaller_one(
    source: tuple[int, int], larger: int, method: ResizeMethod, smaller: int
) -> None:
    plans = [planned(source, (larger, larger), method, upscale=True), planned(source, (smaller, smaller))]
    assert cascade(dict(enumerate(plans)), Size(*source)) == [(0, None), (1, None)]


def test_pad_with_upscale_fills_one_side_of_the_box() -> None:
    found = planned((20, 10), (300, 300), PAD, upscale=True)
    assert (found.scaled, found.offset) == ((300, 150), (0, 75))


@pytest.mark.parametrize("method", ResizeMethod)
@pytest.mark.parametrize("orientation", list(Orientation))
def test_a_rotated_picture_is_planned_like_the_upright_one(
    orientation: Orientation, method: ResizeMethod
) -> None:
    spec = ThumbnailSpec(width=300, height=200, method=method)
    stored = SourceInfo(ImageFormat.JPEG, Size(*orientation.display_size(4000, 3000)), orientation)
    assert plan(spec, stored) == plan(spec, SourceInfo(ImageFormat.JPEG, Size(4000, 3000)))


@pytest.mark.parametrize(
    ("side", "numerator", "denominator", "rounded"),
    [(5, 1, 2, 3), (3, 1, 2, 2), (1, 1, 2, 1), (1, 1, 1000, 1), (7, 1, 3, 2), (8, 1, 3, 3), (449, 1, 100, 4)],
)
def test_halves_are_rounded_up_and_no_side_becomes_zero(
    side: int, numerator: int, denominator: int, rounded: int
) -> None:
    assert scaled_side(side, numerator, denominator) == rounded


@pytest.mark.parametrize(
    ("source", "wanted", "has_alpha", "output", "flatten"),
    [
        ("JPEG", None, False, "JPEG", True),
        ("PNG", None, ALPHA, "PNG", False),
        ("PNG", None, False, "PNG", True),
        ("PNG", "JPEG", ALPHA, "JPEG", True),
        ("PNG", "WEBP", ALPHA, "WEBP", False),
        ("TIFF", None, False, "JPEG", True),
        ("TIFF", None, ALPHA, "PNG", False),
        ("HEIC", None, False, "JPEG", True),
        ("JPEG", "PNG", False, "PNG", True),
    ],
)
def test_the_output_format_and_the_treatment_of_alpha(
    source: str, wanted: str | None, output: str, *, has_alpha: bool, flatten: bool
) -> None:
    spec = ThumbnailSpec(width=9, height=9, format=ImageFormat(wanted) if wanted else None)
    found = plan(spec, SourceInfo(ImageFormat(source), Size(90, 90), has_alpha=has_alpha))
    assert (found.encoding.format.value, found.flatten) == (output, flatten)


def test_a_plan_says_how_its_output_is_written() -> None:
    spec = ThumbnailSpec(width=9, height=9, effort=Effort.FAST, progressive=True, max_bytes=500)
    found = plan(spec, SourceInfo(ImageFormat.JPEG, Size(90, 90)))
    assert found.encoding == spec.encoding(ImageFormat.JPEG)


@pytest.mark.parametrize("processors", ["", "Blur(4)"])
def test_a_plan_is_raw_if_there_are_processors(processors: str) -> None:
    source = SourceInfo(ImageFormat.PNG, Size(40, 30))
    spec = ThumbnailSpec(width=9, height=9, processors=processors)
    assert plan(spec, source).raw == bool(processors)


def test_quality_and_background_are_carried_into_the_plan() -> None:
    spec = ThumbnailSpec(
        width=9, height=9, qualities=qualities({ImageFormat.JPEG: 33}), background=RGB(1, 2, 3)
    )
    jpeg = plan(spec, SourceInfo(ImageFormat.JPEG, Size(90, 90)))
    png = plan(spec, SourceInfo(ImageFormat.PNG, Size(90, 90)))
    assert (jpeg.encoding.quality, png.encoding.quality) == (33, None)
    assert jpeg.background == png.background == (1, 2, 3)


@pytest.mark.parametrize(
    ("output", "animated", "frames"),
    [
        ("GIF", True, 9),
        ("WEBP", True, 9),
        ("PNG", True, 9),
        ("JPEG", True, 1),
        ("AVIF", True, 1),
        ("GIF", False, 1),
    ],
)
def test_frames_are_kept_if_wanted_and_possible(output: str, *, animated: bool, frames: int) -> None:
    spec = ThumbnailSpec(width=9, height=9, format=ImageFormat(output), animated=animated)
    assert plan(spec, SourceInfo(ImageFormat.GIF, Size(90, 90), frames=9)).frames == frames


@pytest.mark.parametrize(
    ("output", "longest"),
    [("JPEG", 65_500), ("PNG", 65_535), ("WEBP", 16_383), ("AVIF", 65_536), ("GIF", 65_535)],
)
def test_a_side_too_long_for_the_format_is_refused(output: str, longest: int) -> None:
    spec = ThumbnailSpec(width=100, height=None, format=ImageFormat(output), method=FILL)
    assert plan(spec, SourceInfo(ImageFormat.PNG, Size(100, longest))).canvas.height == longest
    with pytest.raises(ThumbnailError, match=rf"100x{longest + 1} px; {output} allows {longest}") as caught:
        plan(spec, SourceInfo(ImageFormat.PNG, Size(100, longest + 1)))
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_an_unbounded_side_cannot_fill_the_memory() -> None:
    spec = ThumbnailSpec(width=10_000, height=None, upscale=True)
    assert plan(spec, SourceInfo(ImageFormat.PNG, Size(10, 10))).canvas.pixels == MAX_THUMBNAIL_PIXELS
    with pytest.raises(ThumbnailError, match="give the field a width and a height") as caught:
        plan(spec, SourceInfo(ImageFormat.PNG, Size(10_000, 10_001)))
    assert caught.value.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize("method", ResizeMethod)
def test_a_box_without_sides_raises_value_error(method: ResizeMethod) -> None:
    with pytest.raises(ValueError, match="a width or a height"):
        planned((10, 10), (None, None), method, upscale=True)


def test_the_revision_is_raised_only_on_purpose() -> None:
    """A new revision remakes every thumbnail of every user: change this number with the changelog."""
    assert RENDER_REVISION == 1


@pytest.mark.parametrize(
    ("side", "covered", "target"),
    [(401, 400.25, 200), (201, 200.75, 100), (1001, 1000.125, 300), (2, 1.5, 1), (1008, 1008, 300)],
)
def test_a_side_is_extended_until_it_scales_to_whole_pixels(side: int, covered: float, target: int) -> None:
    """Without it, the last pixel of the thumbnail would be up to half a pixel off."""
    extended, scaled = extended_side(side, target / covered)
    assert side <= extended <= side * 1.5
    assert scaled >= target
    off = abs(extended * target / covered - scaled)
    assert off <= abs(side * target / covered - round(side * target / covered))
    assert off < 0.15


def test_the_largest_floor_serves_the_widest_and_the_tallest() -> None:
    info = SourceInfo(ImageFormat.JPEG, Size(4000, 3000))
    wide, high = (
        plan(spec, info)
        for spec in (ThumbnailSpec(width=300, height=None), ThumbnailSpec(width=None, height=100))
    )
    assert largest_floor([wide, high]) == wide.decode_floor
    assert largest_floor([high]) == high.decode_floor


@pytest.mark.parametrize(("focus", "left"), [(Point(0, 0), 0), (Point(500, 0), 150), (None, 300)])
def test_a_focal_point_comes_before_the_gravity_of_the_field(focus: Point | None, left: int) -> None:
    spec = ThumbnailSpec(width=100, height=100, method=FILL, gravity=Point(1000, 500), focus=focus)
    assert plan(spec, SourceInfo(ImageFormat.PNG, Size(400, 100))).crop == (left, 0, left + 100, 100)


@pytest.mark.parametrize(
    ("box", "method", "preview"),
    [
        ((300, 300), FIT, (32, 24)),
        ((100, 300), FILL, (11, 32)),
        ((300, 300), PAD, (32, 32)),
        ((32, None), FIT, (32, 24)),
        ((20, 20), FIT, (20, 15)),
        ((2000, 10), FILL, (32, 1)),
    ],
)
@pytest.mark.parametrize("option", ["colour", "thumbhash"])
def test_a_preview_is_a_small_copy_of_the_canvas(
    box: tuple[int | None, int | None], method: ResizeMethod, preview: tuple[int, int], option: str
) -> None:
    spec = ThumbnailSpec(width=box[0], height=box[1], method=method)
    info = SourceInfo(ImageFormat.PNG, Size(4000, 3000))
    assert plan(spec, info).preview is None
    found = plan(replace(spec, **{option: True}), info)
    assert found.preview == preview
    small = plan_of_preview(found, found.preview)
    assert small.scaled == small.canvas == small.crop.size == preview
    assert (small.offset, small.preview) == ((0, 0), None)
