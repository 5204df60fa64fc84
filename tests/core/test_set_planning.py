"""`core.set_planning`: the files of a set, by examples and for all sizes (promise 3)."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from advthumb.core.errors import ThumbnailError
from advthumb.core.fingerprints import Fingerprint
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import RenderPlan, Size, SourceInfo
from advthumb.core.names import ThumbnailName, files_of, members
from advthumb.core.planning import plan
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.set_planning import plan_set, set_code
from advthumb.core.sets import SetCode
from advthumb.core.spec import ResizeMethod, ThumbnailSpec

from .test_planning_properties import boxes, sizes

JPEG, WEBP, AVIF, PNG = ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF, ImageFormat.PNG
FIT, FILL, PAD = ResizeMethod.FIT, ResizeMethod.FILL, ResizeMethod.PAD
LARGE = SourceInfo(JPEG, Size(4000, 3000))
HERO = ThumbnailSpec(width=800, height=None, format=JPEG, widths=(400, 1600), further_formats=(AVIF, WEBP))


def canvases(spec: ThumbnailSpec, source: tuple[int, int]) -> list[tuple[int, int]]:
    return [tuple(each.canvas) for each in plan_set(spec, SourceInfo(JPEG, Size(*source)))]


def rendered(plans: list[RenderPlan]) -> RenderedThumbnail:
    """Return what an engine makes of the plans of a set."""
    main, *siblings = [RenderedThumbnail(b"four", each.canvas, each.encoding.format) for each in plans]
    return replace(main, siblings=tuple(siblings))


def test_a_set_has_every_width_in_every_format_and_the_main_file_first() -> None:
    found = [(each.encoding.format, each.canvas.width) for each in plan_set(HERO, LARGE)]
    assert found == [
        (JPEG, 800),
        *((AVIF, width) for width in (800, 400, 1600)),
        *((WEBP, width) for width in (800, 400, 1600)),
        (JPEG, 400),
        (JPEG, 1600),
    ]


def test_without_further_widths_and_formats_there_is_one_plan() -> None:
    alone = replace(HERO, widths=(), further_formats=())
    assert plan_set(alone, LARGE, 1.5) == [plan(alone, LARGE, 1.5)]


def test_the_code_and_the_bytes_of_a_set_come_from_its_files() -> None:
    thumbnail = rendered(plan_set(HERO, LARGE))
    assert set_code(thumbnail) == SetCode((AVIF, WEBP), (400, 1600))
    assert thumbnail.bytes == 9 * 4
    assert set_code(replace(thumbnail, siblings=())) == SetCode()


@pytest.mark.parametrize(
    ("method", "box", "source", "widths", "expected"),
    [
        # Not above the source, and no width twice
        (FIT, (800, None), (1000, 500), (400, 1600), [(800, 400), (400, 200), (1000, 500)]),
        (FIT, (800, None), (600, 300), (400, 1600), [(600, 300), (400, 200)]),
        (FIT, (800, None), (1000, 500), (900, 1200, 1600), [(800, 400), (900, 450), (1000, 500)]),
        # The box of a sibling has the aspect of the main box; its real width counts.
        (FIT, (800, 800), (3000, 4000), (400, 700), [(600, 800), (300, 400), (525, 700)]),
        (FIT, (800, 800), (600, 800), (700, 1600), [(600, 800), (525, 700)]),
        (FIT, (None, 300), (4000, 3000), (200, 400, 800), [(400, 300), (200, 150), (800, 600)]),
        (FILL, (150, 150), (400, 300), (300,), [(150, 150), (300, 300)]),
        (FILL, (150, 150), (400, 200), (300,), [(150, 150), (200, 200)]),
        (FILL, (150, 100), (400, 1000), (75, 600), [(150, 100), (75, 50), (400, 267)]),
        (FILL, (150, None), (400, 200), (300, 600), [(150, 75), (300, 150), (400, 200)]),
        # The main file is enlarged, as always with `fill`. A wider sibling would not be wider.
        (FILL, (150, 150), (100, 100), (300,), [(150, 150)]),
        (FILL, (150, 150), (100, 100), (120,), [(150, 150), (100, 100)]),
        # No box of this aspect is inside the source.
        (FILL, (2, 5000), (10, 1), (1,), [(2, 5000)]),
        # A larger box would only add background.
        (PAD, (300, 300), (500, 400), (150, 900), [(300, 300), (150, 150), (500, 500)]),
        (PAD, (300, 150), (500, 400), (900,), [(300, 150), (799, 400)]),
        (PAD, (300, None), (500, 400), (900,), [(300, 240), (500, 400)]),
    ],
)
def test_widths(
    method: ResizeMethod,
    box: tuple[int | None, int | None],
    source: tuple[int, int],
    widths: tuple[int, ...],
    expected: list[tuple[int, int]],
) -> None:
    spec = ThumbnailSpec(width=box[0], height=box[1], method=method, widths=widths)
    assert canvases(spec, source) == expected


@pytest.mark.parametrize("method", ResizeMethod)
def test_a_set_that_may_be_enlarged_has_all_of_its_widths(method: ResizeMethod) -> None:
    spec = ThumbnailSpec(width=100, height=100, method=method, widths=(50, 400), upscale=True)
    assert canvases(spec, (100, 100)) == [(100, 100), (50, 50), (400, 400)]


def test_a_further_format_that_the_source_already_has_is_left_out() -> None:
    spec = replace(HERO, format=None, further_formats=(WEBP, JPEG), widths=())
    assert [each.encoding.format for each in plan_set(spec, LARGE)] == [JPEG, WEBP]


def test_each_format_keeps_its_transparency_its_frames_and_its_encoding() -> None:
    info = replace(LARGE, format=PNG, has_alpha=True, frames=3)
    spec = replace(HERO, animated=True, widths=())
    main, *siblings = plan_set(spec, info)
    assert (main.flatten, main.frames) == (True, 1)
    assert [(each.flatten, each.frames) for each in siblings] == [(False, 1), (False, 3)]
    assert [each.encoding for each in siblings] == [spec.encoding(AVIF), spec.encoding(WEBP)]


def test_plans_that_are_scaled_or_drawn_alike_say_so() -> None:
    """Engines scale and compose the picture once for these; see `engines.pipeline`."""
    main, *siblings = plan_set(replace(HERO, widths=()), LARGE)
    assert {each.drawing for each in siblings} == {main.drawing}
    flat, *kept = plan_set(replace(HERO, widths=()), replace(LARGE, has_alpha=True))
    assert {each.scaling for each in kept} == {flat.scaling}
    assert flat.drawing not in {each.drawing for each in kept}


specs = st.builds(
    lambda box, **options: ThumbnailSpec(width=box[0], height=box[1], **options),
    boxes,
    method=st.sampled_from(ResizeMethod),
    format=st.none() | st.sampled_from(list(OUTPUTS)),
    widths=st.lists(st.integers(1, 3_000), max_size=4, unique=True).map(sorted).map(tuple),
    further_formats=st.lists(st.sampled_from(list(OUTPUTS)), max_size=3, unique=True).map(tuple),
    upscale=st.booleans(),
)


@given(specs, sizes)
def test_the_name_of_the_main_file_lists_exactly_the_files_that_are_made(
    spec: ThumbnailSpec, size: Size
) -> None:
    plans = planned(spec, size)
    made = rendered(plans)
    fingerprint = Fingerprint("0" * 5, "0" * 7, "0" * 5, "0" * 5)
    name = str(ThumbnailName("a", made.size, fingerprint, made.format, "0" * 7, set_code(made)))
    listed = [(each.width, each.format) for each in members(name)]
    assert listed == [(each.canvas.width, each.encoding.format) for each in plans]
    assert len(set(files_of(name))) == len(plans)


@given(specs, sizes)
def test_no_sibling_is_enlarged_and_all_show_the_aspect_of_the_main_file(
    spec: ThumbnailSpec, size: Size
) -> None:
    main, *siblings = planned(spec, size)
    assume(not spec.upscale)
    for each in siblings:
        if each.canvas.width == main.canvas.width:
            assert each.canvas == main.canvas
            continue
        assert all(side <= most for side, most in zip(each.scaled, size, strict=True))
        assert each.canvas.width <= max(spec.widths)
        if spec.method is not ResizeMethod.FIT and spec.width is not None and spec.height is not None:
            exact = Fraction(spec.height * each.canvas.width, spec.width)
            assert abs(each.canvas.height - max(exact, Fraction(1, 2))) <= Fraction(1, 2)


def planned(spec: ThumbnailSpec, size: Size) -> list[RenderPlan]:
    """Return the plans; refused sizes have a separate test."""
    try:
        return plan_set(spec, SourceInfo(PNG, size))
    except ThumbnailError:
        reject()


def test_only_the_main_file_of_a_set_has_a_preview() -> None:
    spec = ThumbnailSpec(width=400, height=None, widths=(100, 800), further_formats=(ImageFormat.AVIF,))
    info = SourceInfo(ImageFormat.JPEG, Size(1600, 1200))
    main, *siblings = plan_set(replace(spec, thumbhash=True), info)
    assert main.preview == (32, 24)
    plain, *others = plan_set(spec, info)
    assert main == replace(plain, preview=Size(32, 24))
    assert siblings == others
