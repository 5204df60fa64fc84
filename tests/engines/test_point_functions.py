"""Functions that find the point of a crop: all engines give them the same picture, and keep their point."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.gravity import CENTRE, SMART, Point
from advthumb.core.images import RGB
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.samples import Samples
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.isolation import IsolatedEngine
from advthumb.rendering import Recipe, Rendering, render
from advthumb.testing import pictures
from advthumb.testing.contract.rendering import assert_close, difference, probe, wanted
from tests.testapp import points

BRIGHTEST, LEFTMOST, NOTHING = (
    f"tests.testapp.points.{name}" for name in ("brightest", "leftmost", "nothing")
)
FAILING, ANSWER = "tests.testapp.points.failing", "tests.testapp.points.answer"
SPOT = Point(850, 800)
"""The middle of the bright spot of `photo`."""

SEALED = Path("/proc/sys/kernel/seccomp").exists()


@pytest.fixture(autouse=True)
def _no_function_was_called() -> None:
    points.seen.clear()


def small(upright: pictures.Pixels) -> pictures.Pixels:
    """Return a picture as functions get it."""
    return np.asarray(Image.fromarray(upright).resize((512, 384), Image.Resampling.LANCZOS))


@pytest.fixture(
    scope="module",
    params=[
        False,
        pytest.param(True, marks=pytest.mark.skipif(not SEALED, reason="this system has no seccomp filters")),
    ],
)
def boxed(request: pytest.FixtureRequest) -> Iterator[IsolatedEngine]:
    """An engine with a process of its own, which is sealed or not."""
    box = IsolatedEngine(engine="pillow", workers=1, timeout=60, sealed=request.param)
    yield box
    for process in box._pool._idle:
        process.end()


def photo(width: int = 1600, height: int = 1200) -> pictures.Pixels:
    """Return a dull photo with a bright spot at the right and below."""
    pixels = pictures.photo_pixels(width, height) // 4 + 40
    left, top = SPOT.x * width // 1000, SPOT.y * height // 1000
    across, down = width // 20, height // 20
    pixels[top - down : top + down, left - across : left + across] = 255
    return pixels


def cropped(gravity: Point | str, side: int = 60, output: str = "PNG") -> ThumbnailSpec:
    return wanted(side, side * 2, output, method="fill", gravity=gravity)


def rendered(engine: ThumbnailEngine, data: bytes, *specs: ThumbnailSpec) -> list[Rendering]:
    """Return the renderings of one source, as a save makes them."""
    recipes = {number: Recipe(spec, (engine.name,)) for number, spec in enumerate(specs)}
    found = render(data, recipes, engine, probe(engine, data))
    return [found[number] for number in recipes]


def files(engine: ThumbnailEngine, data: bytes, *specs: ThumbnailSpec) -> list[RenderedThumbnail]:
    outcomes = [each.outcome for each in rendered(engine, data, *specs)]
    made = [each for each in outcomes if isinstance(each, RenderedThumbnail)]
    assert len(made) == len(outcomes), outcomes
    return made


def error(engine: ThumbnailEngine, data: bytes, spec: ThumbnailSpec) -> ThumbnailError:
    [found] = rendered(engine, data, spec)
    assert isinstance(found.outcome, ThumbnailError)
    return found.outcome


def pixels_of(preview: Samples) -> pictures.Pixels:
    """Return the pixels of a picture that a function got, which has no alpha."""
    assert preview.bands == 3
    return np.frombuffer(preview.data, np.uint8).reshape(preview.size.height, preview.size.width, 3)


# What functions get


@pytest.mark.parametrize("source_format", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 6, 7])
@pytest.mark.reads("source_format")
def test_every_engine_gives_functions_the_same_upright_picture(
    engine: ThumbnailEngine, source_format: str, orientation: int
) -> None:
    upright = photo()
    files(engine, pictures.oriented(orientation, source_format, upright), cropped(BRIGHTEST))
    [preview] = points.seen
    assert preview.size == (512, 384)
    assert difference(pixels_of(preview), small(upright)).mean() <= 2


@pytest.mark.parametrize("source_format", ["JPEG", "PNG"])
@pytest.mark.reads("source_format")
def test_a_grey_source_is_rgb_for_functions(engine: ThumbnailEngine, source_format: str) -> None:
    grey = photo()[..., :1]
    files(engine, pictures.encode(grey, source_format), cropped(BRIGHTEST))
    [preview] = points.seen
    assert np.ptp(pixels_of(preview).astype(int), axis=2).max() <= 1


def test_a_transparent_source_is_on_white_for_functions(engine: ThumbnailEngine) -> None:
    """Whatever the background of the field."""
    opaque = np.full((1200, 1600, 1), 255, np.uint8)
    opaque[:, :400] = 0
    data = pictures.encode(np.dstack([photo() // 2, opaque]))
    files(engine, data, replace(cropped(BRIGHTEST, output="JPEG"), background=RGB(200, 0, 0)))
    found = pixels_of(points.seen[0])
    assert_close(found[200, 30], (255, 255, 255))
    assert found[100:200, 300:400].max() < 140


def test_a_small_source_is_not_enlarged_for_functions(engine: ThumbnailEngine) -> None:
    files(engine, pictures.encode(photo(300, 200)), cropped(BRIGHTEST))
    assert [each.size for each in points.seen] == [(300, 200)]


@pytest.mark.reads(formats=["GIF"])
def test_functions_get_the_first_frame_of_an_animation(engine: ThumbnailEngine) -> None:
    files(engine, pictures.animated("GIF"), replace(cropped(LEFTMOST, 10, "GIF"), animated=True))
    [preview] = points.seen
    assert_close(pixels_of(preview)[5, 5], (200, 30, 30))


# What is kept


@pytest.mark.parametrize("source_format", ["JPEG", "PNG"])
@pytest.mark.reads("source_format")
def test_a_crop_keeps_the_point_that_a_function_finds(engine: ThumbnailEngine, source_format: str) -> None:
    """Every engine keeps the same part as if the point were named: to the byte."""
    data = pictures.encode(photo(), source_format)
    found, named, centre = files(engine, data, cropped(BRIGHTEST), cropped(SPOT), cropped(CENTRE))
    assert found.data == named.data
    assert found.data != centre.data
    corner, named = files(engine, data, cropped(LEFTMOST), cropped(Point(0, 0)))
    assert corner.data == named.data


def test_a_function_that_finds_nothing_leaves_the_crop_to_smart(engine: ThumbnailEngine) -> None:
    data = pictures.encode(photo())
    found, smart, centre = files(engine, data, cropped(NOTHING), cropped(SMART), cropped(CENTRE))
    assert found.data == smart.data
    assert found.data != centre.data
    assert len(points.seen) == 1


def test_every_file_of_a_set_keeps_the_same_point(engine: ThumbnailEngine) -> None:
    more = {"widths": (30, 120), "further_formats": (ImageFormat.WEBP,)}
    data = pictures.encode(photo())
    found, named = files(engine, data, *(replace(cropped(each), **more) for each in (BRIGHTEST, SPOT)))
    assert len(found.siblings) == 5
    assert [each.data for each in found.siblings] == [each.data for each in named.siblings]
    assert len(points.seen) == 1


def test_an_isolated_engine_gives_functions_of_this_process_the_same_picture(boxed: IsolatedEngine) -> None:
    data = pictures.encode(photo(), "JPEG")
    found, named = files(boxed, data, cropped(BRIGHTEST), cropped(SPOT))
    assert found.data == named.data
    [preview] = points.seen
    assert difference(pixels_of(preview), small(photo())).mean() <= 2


# How often functions are called


def test_a_function_is_called_once_for_all_thumbnails_of_a_source(engine: ThumbnailEngine) -> None:
    specs = [cropped(BRIGHTEST), cropped(BRIGHTEST, 90), cropped(LEFTMOST), cropped(CENTRE)]
    files(engine, pictures.encode(photo(400, 300)), *specs)
    assert len(points.seen) == 2
    assert points.seen[0] is points.seen[1], "one picture serves all functions"


def test_a_function_is_not_called_if_nothing_is_cut_off(engine: ThumbnailEngine) -> None:
    whole = wanted(100, 75, method="fill", gravity=BRIGHTEST)
    one_side = wanted(100, None, method="fill", gravity=BRIGHTEST)
    plain = wanted(100, 75)
    found = files(engine, pictures.encode(photo(400, 300)), whole, one_side, plain)
    assert found[0].data == found[1].data == found[2].data
    assert not points.seen


def test_a_function_is_not_called_if_the_row_has_a_point(engine: ThumbnailEngine) -> None:
    data = pictures.encode(photo(400, 300))
    found, named = files(engine, data, replace(cropped(BRIGHTEST), focus=Point(0, 0)), cropped(Point(0, 0)))
    assert found.data == named.data
    assert not points.seen


def test_a_function_is_not_called_for_a_file_that_cannot_be_written(engine: ThumbnailEngine) -> None:
    too_wide = wanted(20_000, 10, "WEBP", method="fill", gravity=BRIGHTEST)
    assert error(engine, pictures.encode(photo(400, 300)), too_wide).code is ErrorCode.TOO_LARGE
    assert not points.seen


# Failures


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (FAILING, f"the function in gravity='{FAILING}' failed: the model file is missing"),
        ("tests.testapp.points.gone", 'cannot be imported: Module "tests.testapp.points" does not define'),
        ("no_such_package.find", "cannot be imported: No module named 'no_such_package'"),
        ("tests.testapp.points.not_a_function", "cannot be called: it is (0.5, 0.5)"),
    ],
)
@pytest.mark.parametrize("reference", ["pillow"], indirect=True)
def test_a_function_that_fails_is_an_error_of_the_engine_for_its_thumbnails_alone(
    engine: ThumbnailEngine, path: str, told: str
) -> None:
    found = [
        each.outcome
        for each in rendered(
            engine, pictures.encode(photo(400, 300)), cropped(path), cropped(path, 90), cropped(SPOT)
        )
    ]
    for each in found[:2]:
        assert isinstance(each, ThumbnailError)
        assert told in each.message
        assert (each.code, each.for_now) == (ErrorCode.ENGINE, False)
    assert isinstance(found[2], RenderedThumbnail)
    assert len(points.seen) == (path == FAILING), "it is not called again for another thumbnail"


@pytest.mark.parametrize(
    "answer",
    [
        (1.2, 0.5),
        (-0.1, 0.5),
        (float("nan"), 0.5),
        (0.5, float("inf")),
        (0.5,),
        (0.1, 0.2, 0.3),
        ("a", "b"),
        0.5,
        True,
        (True, False),
        "centre",
        {"x": 0.5},
    ],
)
@pytest.mark.parametrize("reference", ["pillow"], indirect=True)
def test_anything_but_a_point_is_refused(engine: ThumbnailEngine, answer: object) -> None:
    points.ANSWERS["answer"] = answer
    found = error(engine, pictures.encode(photo(400, 300)), cropped(ANSWER))
    assert found.code is ErrorCode.ENGINE
    assert f"the function in gravity='{ANSWER}' returned {answer!r}; it must return a point" in found.message


@pytest.mark.parametrize("answer", [(0, 1), [0.0, 1.0], (np.float32(0), np.int64(1)), (False + 0, 1)])
@pytest.mark.parametrize("reference", ["pillow"], indirect=True)
def test_numbers_of_any_kind_are_a_point(engine: ThumbnailEngine, answer: object) -> None:
    points.ANSWERS["answer"] = answer
    found, named = files(engine, pictures.encode(photo(400, 300)), cropped(ANSWER), cropped(Point(0, 1000)))
    assert found.data == named.data


@pytest.mark.parametrize("reference", ["pillow"], indirect=True)
def test_a_damaged_source_is_corrupt_before_any_function_is_called(engine: ThumbnailEngine) -> None:
    found = error(engine, pictures.corrupt_png(), cropped(LEFTMOST))
    assert found.code is ErrorCode.CORRUPT
    assert not points.seen


@pytest.mark.parametrize("reference", ["pillow"], indirect=True)
def test_the_picture_for_functions_keeps_to_the_limit_of_memory(
    engine: ThumbnailEngine, settings: Any
) -> None:
    """Its decode is larger than that of a small thumbnail, which is still made."""
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY = 300_000
    data = pictures.encode(photo(2400, 1800), "JPEG")
    found, plain = (each.outcome for each in rendered(engine, data, cropped(BRIGHTEST, 20), wanted(40, 40)))
    assert isinstance(found, ThumbnailError)
    assert found.code is ErrorCode.TOO_LARGE
    assert isinstance(plain, RenderedThumbnail)
    assert not points.seen
