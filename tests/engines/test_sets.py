"""Responsive sets: every engine makes the same files, and scales and composes each picture only once."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from advthumb.core.formats import ImageFormat
from advthumb.core.images import SourceInfo
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.set_planning import plan_set
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.rendering import Recipe, render
from advthumb.testing import pictures
from advthumb.testing.contract.rendering import difference, rgb

from .fake import OPAQUE, FakeEngine

JPEG, PNG, WEBP, GIF = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.GIF
TILE = ThumbnailSpec(width=120, height=80, format=JPEG, widths=(60, 240, 900), further_formats=(PNG, WEBP))


def rendered(engine: ThumbnailEngine, data: bytes, spec: ThumbnailSpec) -> RenderedThumbnail:
    """Return the set that an engine makes, as a save does."""
    info = engine.probe(data, PNG, max_frames=9)
    outcome = render(data, {0: Recipe(spec, (engine.name,))}, engine, info)[0].outcome
    assert isinstance(outcome, RenderedThumbnail), outcome
    return outcome


@pytest.mark.parametrize("method", ["fit", "fill", "pad"])
def test_every_engine_makes_the_planned_files(engine: ThumbnailEngine, method: Any) -> None:
    """Each file shows the whole of what the main file shows, in its own format and size."""
    data = pictures.encode(pictures.photo_pixels(600, 400))
    spec = replace(TILE, method=method)
    main = rendered(engine, data, spec)
    files = (main, *main.siblings)
    plans = plan_set(spec, engine.probe(data, PNG), engine.shrink_margin)
    assert [(each.size, each.format) for each in files] == [
        (plan.canvas, plan.encoding.format) for plan in plans
    ]
    assert sorted({each.size.width for each in files}) == [60, 120, 240, 600]
    alike = [each for each in files if each.size == main.size]
    for each in alike:
        assert difference(rgb(each), rgb(main)).mean() <= 6


def steps(info: SourceInfo, spec: ThumbnailSpec) -> dict[str, int]:
    """Return how often an engine takes each step for a set."""
    engine = FakeEngine(info=info)
    engine.render(b"", info, plan_set(spec, info))
    return {name: engine.steps.count(name) for name in ("decode", "scale", "compose", "encode")}


def test_a_picture_is_scaled_and_composed_once_for_all_formats() -> None:
    spec = ThumbnailSpec(width=100, height=None, format=JPEG, widths=(50, 200), further_formats=(PNG, GIF))
    assert steps(OPAQUE, spec) == {"decode": 1, "scale": 3, "compose": 3, "encode": 9}


def test_a_picture_with_alpha_is_composed_for_formats_without_it_separately() -> None:
    spec = ThumbnailSpec(width=100, height=None, format=JPEG, widths=(50, 200), further_formats=(PNG, GIF))
    info = replace(OPAQUE, has_alpha=True)
    assert steps(info, spec) == {"decode": 1, "scale": 3, "compose": 6, "encode": 9}


@pytest.mark.parametrize("reference", ["pillow", "vips"], indirect=True)
def test_the_frames_of_an_animation_are_in_each_file_that_can_hold_them(engine: ThumbnailEngine) -> None:
    frames = [Image.new("RGB", (90, 60), colour) for colour in ("blue", "red", "lime")]
    data = saved(frames)
    spec = ThumbnailSpec(
        width=60, height=None, format=WEBP, widths=(30,), further_formats=(PNG, JPEG), animated=True
    )
    main = rendered(engine, data, spec)
    found = [(each.size.width, each.format, frames_in(each)) for each in (main, *main.siblings)]
    moving = {image_format: 3 if image_format in engine.animates else 1 for image_format in (WEBP, PNG, JPEG)}
    assert found == [
        (60, WEBP, moving[WEBP]),
        *((width, image_format, moving[image_format]) for image_format in (PNG, JPEG) for width in (60, 30)),
        (30, WEBP, moving[WEBP]),
    ]


def saved(frames: list[Image.Image]) -> bytes:
    """Return an animated PNG."""
    out = BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def frames_in(thumbnail: RenderedThumbnail) -> int:
    """Return how many frames a thumbnail has."""
    with Image.open(BytesIO(thumbnail.data)) as image:
        return getattr(image, "n_frames", 1)
