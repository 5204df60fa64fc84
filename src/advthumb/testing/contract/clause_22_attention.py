"""Clause 22. A smart crop keeps the part that `core.attention` chooses, whatever the engine."""

from typing import Any

import numpy as np
import pytest

from advthumb.core.attention import focus
from advthumb.core.gravity import SMART, Gravity, Point
from advthumb.core.images import Size
from advthumb.core.planning import plan
from advthumb.core.samples import Samples
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.pipeline import PipelineEngine
from advthumb.testing import pictures
from advthumb.testing.pictures import Part

from .clause_17_animation import (
    ANIMATIONS,
    BLUE,
    LEFT,
    RED,
    RIGHT,
    WRITERS,
    frames_of,
    moving,
    pixel_of,
)
from .clause_17_animation import render as render_frames
from .rendering import assert_close, difference, probe, render_all, rgba, wanted

SHAPES = ((60, 90), (90, 30), (20, 20))


def photo(channels: int = 3) -> pictures.Pixels:
    """Return a dull photo of 640 x 480 pixels with a bright object at the right and below."""
    pixels = pictures.photo_pixels(640, 480) // 4 + 60
    pixels[350:450, 520:620] = (250, 190, 150)
    if channels == 4:
        opaque = np.full((480, 640, 1), 255, np.uint8)
        opaque[:, :150] = 0
        return np.dstack([pixels, opaque])
    return pixels if channels == 3 else pixels[..., :1]


def chosen(pixels: pictures.Pixels, width: int, height: int) -> Point:
    """Return the point that `core.attention` chooses on the means of 16 by 16 pixels."""
    means = pixels.reshape(30, 16, 40, 16, pixels.shape[2]).mean(axis=(1, 3))
    if pixels.shape[2] == 4:  # every square is opaque or transparent as a whole, apart from one column
        means[:, 9, 3] = np.round(means[:, 9, 3])
    preview = Samples(Size(40, 30), pixels.shape[2], (means + 0.5).astype(np.uint8).tobytes())
    scaled = Size(max(width, height * 4 // 3), max(height, width * 3 // 4))
    return focus(preview, Size(width, height), scaled)


def spec(width: int, height: int, gravity: Gravity = SMART, output: str = "PNG") -> ThumbnailSpec:
    """Return a spec that crops."""
    return wanted(width, height, output, method="fill", gravity=gravity)


class AttentionClause:
    """Clause 22. A smart crop keeps the part that `core.attention` chooses, whatever the engine."""

    @pytest.mark.parametrize("bands", [1, 2, 3, 4])
    @pytest.mark.parametrize(("size", "reduced"), [((37, 24), (4, 3)), ((40, 3), (5, 1)), ((5, 33), (1, 4))])
    def test_a_preview_has_the_exact_means(
        self, pipeline: PipelineEngine[Any], size: tuple[int, int], reduced: tuple[int, int], bands: int
    ) -> None:
        """Clause 22: so that it is the same from every engine. Columns that fill no square are left out."""
        pixels = np.random.default_rng(5).integers(0, 256, (size[1], size[0], bands), np.uint8)
        if bands % 2 == 0:
            pixels[..., -1] |= 128  # of nearly transparent pixels, eight bits cannot hold an exact mean
        image = pipeline._from_samples(Samples(Size(*size), bands, pixels.tobytes()))
        found = pipeline._to_samples(pipeline._averaged(image, 8))
        assert found.size == reduced
        wide, high = reduced
        across, down = min(8, size[0]), min(8, size[1])
        parts = pixels[: high * down, : wide * across].reshape(high, down, wide, across, bands).astype(float)
        weights = np.ones_like(parts[..., :1]) if bands % 2 else parts[..., -1:]
        means = (parts * weights).mean(axis=(1, 3)) / weights.mean(axis=(1, 3))
        if bands % 2 == 0:
            means[..., -1] = parts[..., -1].mean(axis=(1, 3))
        levels = np.frombuffer(found.data, np.uint8).reshape(means.shape)
        assert np.abs(levels - means).max() <= (0.51 if bands % 2 else 2)

    @pytest.mark.smoke
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("channels", [1, 3, 4])
    def test_a_smart_crop_keeps_what_attention_chooses(
        self, engine: ThumbnailEngine, channels: int, shape: tuple[int, int]
    ) -> None:
        """Clause 22: exactly the thumbnail that the same point gives if it is named."""
        pixels = photo(channels)
        point = chosen(pixels, *shape)
        smart, named, centre = render_all(
            engine, pictures.encode(pixels), spec(*shape), spec(*shape, point), wanted(*shape, method="fill")
        )
        assert smart.data == named.data
        assert smart.data != centre.data

    @pytest.mark.parametrize("orientation", [3, 6, 7])
    @pytest.mark.parametrize("source_format", ["JPEG", "PNG"])
    @pytest.mark.reads("source_format")
    def test_the_picture_is_judged_upright(
        self, engine: ThumbnailEngine, source_format: str, orientation: int
    ) -> None:
        """Clauses 2 and 20: and if the decoder shrinks it."""
        shape = SHAPES[0]
        point = chosen(photo(), *shape)
        turned = pictures.oriented(orientation, source_format, photo())
        smart, named = render_all(engine, turned, spec(*shape), spec(*shape, point))
        assert smart.data == named.data

    @pytest.mark.parametrize("source_format", ["JPEG", "PNG"])
    @pytest.mark.reads("source_format")
    def test_a_smart_crop_does_not_depend_on_other_thumbnails(
        self, engine: ThumbnailEngine, source_format: str
    ) -> None:
        """Clauses 13 and 20: they may need a larger decode; alone, it needs the pixels twice."""
        source = pictures.encode(photo(), source_format)
        together = render_all(engine, source, wanted(600, 600), spec(60, 90), wanted(20, 20))
        [alone] = render_all(engine, source, spec(60, 90))
        assert difference(rgba(together[1]), rgba(alone)).mean() <= 1

    def test_a_source_that_needs_no_crop_is_the_same_with_any_gravity(self, engine: ThumbnailEngine) -> None:
        """Clause 22: the plan says so, and no preview is made."""
        source = pictures.encode(photo())
        info = probe(engine, source)
        smart, plain = (plan(each, info) for each in (spec(80, 60), wanted(80, 60, method="fill")))
        assert smart == plain

    @pytest.mark.parametrize("output", ANIMATIONS)
    @pytest.mark.reads("output")
    @pytest.mark.animates("output")
    def test_all_frames_are_cropped_as_the_first_one(self, engine: ThumbnailEngine, output: str) -> None:
        """Clauses 17 and 20: otherwise the picture would jump."""
        film = WRITERS[output]((80, 40), [Part(RED, *LEFT, disposal=1), Part(BLUE, *RIGHT)])
        [thumbnail] = render_frames(engine, film, moving(spec(40, 40, output=output)))
        first, second = (pixel_of(frame, (20, 20)) for frame in frames_of(thumbnail))
        assert_close(first, RED)
        assert second[3] == 0
