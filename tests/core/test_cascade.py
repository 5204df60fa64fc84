"""`core.cascade`: in which order thumbnails of one source are scaled, and from which picture."""

from dataclasses import replace

import pytest

from advthumb.core.cascade import Step, cascade, reads_often, steps
from advthumb.core.formats import ImageFormat
from advthumb.core.gravity import SMART
from advthumb.core.images import RenderPlan, Size, SourceInfo
from advthumb.core.planning import plan
from advthumb.core.spec import ResizeMethod, ThumbnailSpec

FIT, FILL = ResizeMethod.FIT, ResizeMethod.FILL
SOURCE = Size(4000, 3000)


def planned(
    side: int,
    method: ResizeMethod = FIT,
    *,
    source: Size = SOURCE,
    output: ImageFormat = ImageFormat.PNG,
    upscale: bool = False,
) -> RenderPlan:
    spec = ThumbnailSpec(width=side, height=side, method=method, format=output, upscale=upscale)
    return plan(spec, SourceInfo(ImageFormat.PNG, source))


def numbered(*plans: RenderPlan) -> dict[int, RenderPlan]:
    return dict(enumerate(plans))


def test_a_cascade_runs_from_the_largest_thumbnail_to_the_smallest() -> None:
    plans = numbered(planned(100), planned(800), planned(300))
    assert cascade(plans, SOURCE) == [(1, None), (2, 1), (0, 2)]


@pytest.mark.parametrize(
    ("source", "larger", "method", "smaller"),
    [(SOURCE, 800, FILL, 100), (SOURCE, 800, FIT, 401), (Size(200, 150), 800, FIT, 50)],
    ids=["cropped", "too close", "enlarged"],
)
def test_a_thumbnail_that_lacks_pixels_is_not_the_source_of_a_smaller_one(
    source: Size, larger: int, method: ResizeMethod, smaller: int
) -> None:
    plans = numbered(planned(larger, method, source=source, upscale=True), planned(smaller, source=source))
    assert cascade(plans, source) == [(0, None), (1, None)]


def test_thumbnails_with_the_same_scaling_are_one_step() -> None:
    """The formats of a set: the picture is scaled once for all of them."""
    png, webp, small, cropped = plans = [
        planned(800),
        planned(800, output=ImageFormat.WEBP),
        planned(100),
        planned(800, FILL),
    ]
    assert steps(numbered(*plans), SOURCE) == [
        Step({3: cropped}, None),
        Step({0: png, 1: webp}, None),
        Step({2: small}, 0),
    ]


def test_no_plan_needs_no_step() -> None:
    assert steps({}, SOURCE) == []
    assert not reads_often({}, SOURCE)


@pytest.mark.parametrize(
    ("plans", "often"),
    [
        ([planned(800)], False),
        ([planned(800), planned(800, output=ImageFormat.WEBP)], False),
        ([planned(800), planned(100)], False),
        ([planned(800), planned(500)], True),
        ([planned(800, FILL)], False),
        ([planned(800, FILL), planned(100)], True),
    ],
    ids=["one", "two formats", "one from the other", "too close", "one crop", "not from a crop"],
)
def test_the_source_is_read_often_if_several_pictures_are_scaled_from_it(
    plans: list[RenderPlan], often: bool
) -> None:
    assert reads_often(numbered(*plans), SOURCE) is often


def test_a_smart_crop_reads_the_source_for_its_preview_and_for_itself() -> None:
    smart = ThumbnailSpec(width=80, height=80, method=FILL, gravity=SMART)
    [found] = plans = [plan(smart, SourceInfo(ImageFormat.PNG, SOURCE))]
    assert found.smart
    assert reads_often(numbered(*plans), SOURCE)
    assert not reads_often(numbered(replace(found, smart=False)), SOURCE)
