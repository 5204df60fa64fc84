"""Clause 6. The filter is Lanczos-3, applied to at least twice the target size."""

from typing import Any

import numpy as np
import pytest

from advthumb.core.images import Size
from advthumb.core.planning import plan
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.pipeline import PipelineEngine
from advthumb.testing import pictures

from .rendering import decoded, difference, lanczos, probe, psnr, render, rgb, wanted


class FilterClause:
    """Clause 6. The filter is Lanczos-3, applied to at least twice the target size."""

    @pytest.mark.smoke
    @pytest.mark.parametrize(
        ("pixels", "mean"),
        [(pictures.gradient_pixels(), 1.0), (pictures.noise_pixels(), 3.0)],
        ids=["smooth", "noise"],
    )
    @pytest.mark.parametrize("side", [50, 100, 200])
    def test_the_filter_is_lanczos(
        self, engine: ThumbnailEngine, pixels: pictures.Pixels, mean: float, side: int
    ) -> None:
        """Clause 6: all engines are closer than this; on noise, bicubic is 6 levels off, bilinear 13."""
        found = rgb(render(engine, pictures.encode(pixels), wanted(side, side)))
        assert difference(found, lanczos(pixels, (side, side))).mean() <= mean

    @pytest.mark.parametrize(
        ("source_format", "options"),
        [
            ("JPEG", {"quality": 90}),
            ("JPEG", {"quality": 90, "progressive": True}),
            ("WEBP", {"lossless": False, "quality": 90}),
            ("WEBP", {}),
        ],
        ids=["JPEG", "progressive JPEG", "WebP", "lossless WebP"],
    )
    @pytest.mark.reads("source_format")
    def test_shrinking_while_decoding_costs_no_visible_quality(
        self, engine: ThumbnailEngine, source_format: str, options: dict[str, Any]
    ) -> None:
        """Clause 6: at least 50 dB compared with a full decode and a single Lanczos resize."""
        data = pictures.encode(pictures.photo_pixels(), source_format, **options)
        found = rgb(render(engine, data, wanted(300, 300)))
        assert psnr(found, lanczos(decoded(data), (300, 225))) >= 50

    @pytest.mark.parametrize("orientation", [1, 2, 3, 6, 8])
    def test_a_source_whose_sides_do_not_divide_is_not_shifted(
        self, engine: ThumbnailEngine, orientation: int
    ) -> None:
        """Clauses 2 and 6: a shrinking decoder rounds the sides, which must not shift the thumbnail.

        A shifted thumbnail has 40 dB. One without any shift has 50 dB, which `test_pillow` requires; libvips
        cannot scale to fractions of a pixel.
        """
        upright = pictures.photo_pixels(1601, 1203)
        data = pictures.oriented(orientation, "JPEG", upright)
        found = rgb(render(engine, data, wanted(200, 200)))
        assert psnr(found, lanczos(decoded(data), (200, 150))) >= 46

    @pytest.mark.parametrize("source_format", ["JPEG", "WEBP", "PNG"])
    @pytest.mark.parametrize("box", [(10, 10), (99, 50), (200, 200), (333, 250), (799, 599)])
    @pytest.mark.reads("source_format")
    def test_a_decoder_never_delivers_less_than_the_floor(
        self, pipeline: PipelineEngine[Any], source_format: str, box: tuple[int, int]
    ) -> None:
        """Clause 6: at least twice the target, or the whole picture."""
        data = pictures.gradient(1600, 1200, source_format)
        info = probe(pipeline, data)
        floor = plan(wanted(*box), info).decode_floor
        delivered = pipeline._size(pipeline._decode(data, info, floor))
        assert delivered.width >= min(floor.width, 1600)
        assert delivered.height >= min(floor.height, 1200)

    @pytest.mark.parametrize("floor", [Size(400, 300), Size(401, 300), Size(200, 150), Size(800, 600)])
    def test_a_jpeg_is_shrunk_while_decoding(self, pipeline: PipelineEngine[Any], floor: Size) -> None:
        """Clause 6: this saves most of the time."""
        data = pictures.gradient(1600, 1200, "JPEG")
        delivered = pipeline._size(pipeline._decode(data, probe(pipeline, data), floor))
        assert floor.width <= delivered.width <= 2 * floor.width

    def test_the_edge_of_a_crop_is_no_edge_of_the_picture(self, engine: ThumbnailEngine) -> None:
        """Clauses 1 and 6: the filter uses the pixels beyond the crop, as if the whole had been scaled."""
        pixels = pictures.noise_pixels(400, 100)
        found = rgb(render(engine, pictures.encode(pixels), wanted(50, 50, method="fill")))
        whole = lanczos(pixels, (200, 50))
        assert difference(found, whole[:, 75:125]).mean() <= 3
        assert difference(found[:, [0, -1]], whole[:, [75, 124]]).mean() <= 3

    @pytest.mark.parametrize("side", [49, 50, 77, 200])
    def test_enlarging_moves_nothing(self, engine: ThumbnailEngine, side: int) -> None:
        """Clauses 1 and 6: with waves of eight pixels, a shift of half a pixel changes 30 levels."""
        wave = np.sin(np.arange(48) * np.pi / 4) * 100 + 128
        pixels = np.stack([wave[None, :] + 0 * wave[:, None], wave[:, None] + 0 * wave[None, :]], axis=2)
        pixels = pixels[..., [0, 1, 0]].round().astype(np.uint8)
        found = rgb(render(engine, pictures.encode(pixels), wanted(side, side, upscale=True)))
        assert difference(found, lanczos(pixels, (side, side))).mean() <= 3
