"""Clause 21. If a preview is planned, the engine also gives the scaled samples of the picture."""

from dataclasses import replace

import numpy as np
import pytest

from advthumb.core.images import RenderPlan, Size
from advthumb.core.planning import plan
from advthumb.core.samples import Samples
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import probe, rgba, wanted

BLUE = (0, 0, 255)


def planned(engine: ThumbnailEngine, data: bytes, spec: ThumbnailSpec) -> RenderPlan:
    """Return the plan of a thumbnail with a preview."""
    return plan(replace(spec, thumbhash=True), probe(engine, data))


def previewed(engine: ThumbnailEngine, data: bytes, spec: ThumbnailSpec) -> Samples:
    """Make a thumbnail and return its preview."""
    [thumbnail] = engine.render(data, probe(engine, data), [planned(engine, data, spec)])
    assert thumbnail.preview
    return thumbnail.preview


def shown(samples: Samples) -> pictures.Pixels:
    """Return samples as RGBA pixels."""
    rows = np.frombuffer(samples.data, np.uint8).reshape(samples.size.height, samples.size.width, -1)
    alpha = rows[..., -1:] if samples.has_alpha else np.full_like(rows[..., :1], 255)
    colours = rows[..., :-1] if samples.has_alpha else rows
    return np.concatenate([np.broadcast_to(colours, (*rows.shape[:2], 3)), alpha], axis=-1)


class PreviewClause:
    """Clause 21. If a preview is planned, the engine also gives the scaled samples of the picture."""

    @pytest.mark.smoke
    @pytest.mark.parametrize(
        ("spec", "size"),
        [
            (wanted(300, 300, "JPEG"), Size(24, 32)),
            (wanted(100, 300, "PNG", method="fill"), Size(11, 32)),
            (wanted(200, 200, "PNG", method="pad", background=BLUE), Size(32, 32)),
            (wanted(20, 20, "PNG"), Size(15, 20)),
        ],
    )
    def test_the_preview_shows_the_finished_picture(
        self, engine: ThumbnailEngine, spec: ThumbnailSpec, size: Size
    ) -> None:
        """Clause 21: cropped or padded, and scaled so that its longer side has 32 pixels at most."""
        source = pictures.oriented(6, "JPEG", pictures.gradient_pixels(600, 800))
        plans = [planned(engine, source, spec), plan(spec, probe(engine, source))]
        with_preview, without = engine.render(source, probe(engine, source), plans)
        assert without.preview is None
        assert with_preview.preview
        assert with_preview.preview.size == size
        finished = rgba(with_preview)
        across = np.linspace(0, finished.shape[1], size.width + 1)
        down = np.linspace(0, finished.shape[0], size.height + 1)
        middle = finished[
            ((down[:-1] + down[1:]) / 2).astype(int)[:, None], ((across[:-1] + across[1:]) / 2).astype(int)
        ].astype(int)
        assert np.abs(shown(with_preview.preview).astype(int) - middle).mean() < 6

    @pytest.mark.parametrize("bands", [3, 4])
    def test_the_preview_has_the_transparency_of_the_picture(
        self, engine: ThumbnailEngine, bands: int
    ) -> None:
        """Clause 21: alpha is kept, or composed on the background."""
        pixels = np.zeros((80, 120, 4), np.uint8)
        pixels[:, :60] = (250, 10, 20, 255)
        source = pictures.encode(pixels, "PNG")
        spec = wanted(60, 60, "JPEG" if bands == 3 else "PNG", background=BLUE)
        found = shown(previewed(engine, source, spec))
        assert np.abs(found[10, 4].astype(int) - (250, 10, 20, 255)).max() <= 2
        right = (*BLUE, 255) if bands == 3 else (0, 0, 0, 0)
        assert found[10, 28][3] == right[3]
        assert bands == 4 or np.abs(found[10, 28].astype(int) - right).max() <= 2
