"""Clause 13. Several plans for one source cost one decode."""

from typing import Any

import pytest

from advthumb.core.images import Size
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.pipeline import PipelineEngine
from advthumb.testing import pictures

from .rendering import difference, middle, render, render_all, rgb, rgba, wanted

SPECS = (
    wanted(300, 300, "JPEG", method="fill"),
    wanted(800, 800, "PNG"),
    wanted(100, 50, "PNG", method="pad"),
    wanted(20, None, "PNG"),
)

SMALL_SPECS = (
    wanted(150, 150, "JPEG", method="fill"),
    wanted(400, 400, "PNG"),
    wanted(50, 25, "PNG", method="pad"),
    wanted(10, None, "PNG"),
)


SMALL_FILLS = (wanted(60, 60, "PNG", method="fill"), wanted(70, 40, "PNG", method="fill"))


class OneDecodeClause:
    """Clause 13. Several plans for one source cost one decode."""

    @pytest.fixture
    def floors(self, pipeline: PipelineEngine[Any], monkeypatch: pytest.MonkeyPatch) -> list[Size]:
        """Return a list to which every later decode adds its floor."""
        noted: list[Size] = []
        decode = pipeline._decode

        def noting(data: bytes, info: Any, floor: Size) -> Any:
            noted.append(floor)
            return decode(data, info, floor)

        monkeypatch.setattr(pipeline, "_decode", noting)
        return noted

    def test_many_thumbnails_cost_one_decode(self, pipeline: PipelineEngine[Any], floors: list[Size]) -> None:
        """Clause 13: the floor is large enough for each thumbnail, and in stored orientation."""
        source = pictures.oriented(6, "JPEG", pictures.gradient_pixels(1200, 1600))
        thumbnails = render_all(pipeline, source, *SPECS)
        assert [thumbnail.size for thumbnail in thumbnails] == [(300, 300), (600, 800), (100, 50), (20, 27)]
        assert floors == [(1600, 1200)]

    @pytest.mark.parametrize(
        ("pixels", "specs", "mean"),
        [
            (pictures.photo_pixels(1600, 1200), SPECS, 1),
            (pictures.noise_pixels(800, 600, 4), SMALL_SPECS, 3),
            (pictures.photo_pixels(1601, 1203), SMALL_FILLS, 1),
            (pictures.noise_pixels(803, 601, 4), SMALL_FILLS, 3),
        ],
        ids=["photo", "noise", "photo, all of the source", "noise, all of the source"],
    )
    def test_each_thumbnail_is_what_it_would_be_alone(
        self, engine: ThumbnailEngine, pixels: pictures.Pixels, specs: tuple[ThumbnailSpec, ...], mean: float
    ) -> None:
        """Clauses 2, 5, 6 and 13: also if it is turned, scaled from a larger one, cropped or flattened."""
        source = pictures.encode(pixels)
        together = render_all(engine, pictures.oriented(6, "PNG", pixels), *specs)
        for thumbnail, spec in zip(together, specs, strict=True):
            alone = render(engine, source, spec)
            assert (thumbnail.size, thumbnail.format) == (alone.size, alone.format)
            assert difference(rgba(thumbnail), rgba(alone)).mean() <= mean

    @pytest.mark.smoke
    def test_a_larger_thumbnail_is_left_as_it_is_for_the_smaller_ones(self, engine: ThumbnailEngine) -> None:
        """Clauses 5 and 13: the background of one thumbnail does not get into another."""
        source = pictures.encode(pictures.plain_pixels(400, 400, (200, 60, 40, 128)))
        flat = wanted(200, 200, "JPEG", background=(0, 0, 0))
        clear = wanted(50, 50, "PNG")
        assert middle(rgba(render_all(engine, source, flat, clear)[1])) == middle(
            rgba(render(engine, source, clear))
        )

    def test_a_larger_decode_makes_no_visible_difference(self, engine: ThumbnailEngine) -> None:
        """Clauses 6 and 13: the smallest of several comes from a JPEG that is shrunk less than possible."""
        source = pictures.encode(pictures.photo_pixels(1600, 1200), "JPEG")
        together = render_all(engine, source, *SPECS)[3]
        assert difference(rgb(together), rgb(render(engine, source, SPECS[3]))).mean() <= 1
