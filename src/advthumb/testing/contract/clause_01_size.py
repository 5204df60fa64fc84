"""Clause 1. The thumbnail has exactly the planned size; no side is ever 0."""

import numpy as np
import pytest

from advthumb.core.formats import OUTPUTS
from advthumb.core.gravity import COMPASS, Point
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import WHITE, assert_close, opened, quarters, render, rgb, rgba, wanted

SIZES = [
    # source, box, method, upscale, thumbnail
    ((400, 300), (50, 50), "fit", False, (50, 38)),  # 37.5
    ((200, 101), (100, 100), "fit", False, (100, 51)),  # 50.5
    ((301, 200), (150, 150), "fit", False, (150, 100)),  # 99.67
    ((20, 10), (50, 50), "fit", False, (20, 10)),
    ((20, 10), (50, 50), "fit", True, (50, 25)),
    ((400, 300), (50, None), "fit", False, (50, 38)),
    ((400, 300), (None, 30), "fit", False, (40, 30)),
    ((940, 2), (100, 100), "fit", False, (100, 1)),
    ((1, 5000), (300, 300), "fit", False, (1, 300)),
    ((5000, 1), (30, 30), "fit", False, (30, 1)),
    ((1, 1), (30, 30), "fit", True, (30, 30)),
    ((3, 2), (1, 1), "fit", False, (1, 1)),
    ((400, 300), (50, 50), "fill", False, (50, 50)),
    ((301, 200), (33, 77), "fill", False, (33, 77)),
    ((20, 10), (50, 50), "fill", False, (50, 50)),
    ((940, 2), (30, 20), "fill", False, (30, 20)),
    ((1, 5000), (30, 30), "fill", False, (30, 30)),
    ((400, 300), (50, None), "fill", False, (50, 38)),
    ((400, 300), (50, 50), "pad", False, (50, 50)),
    ((20, 10), (50, 41), "pad", False, (50, 41)),
    ((940, 2), (30, 20), "pad", False, (30, 20)),
    ((1, 1), (7, 9), "pad", True, (7, 9)),
]


class SizeClause:
    """Clause 1. The thumbnail has exactly the planned size; no side is ever 0."""

    @pytest.mark.smoke
    @pytest.mark.parametrize(("source", "box", "method", "upscale", "size"), SIZES)
    def test_the_thumbnail_has_the_planned_size(
        self,
        engine: ThumbnailEngine,
        source: tuple[int, int],
        box: tuple[int | None, int | None],
        size: tuple[int, int],
        *,
        method: str,
        upscale: bool,
    ) -> None:
        """Clause 1: fit, fill and pad, one side free, extreme aspect ratios, halves rounded up."""
        spec = wanted(*box, method=method, upscale=upscale)
        for source_format in ("PNG", "JPEG"):
            thumbnail = render(engine, pictures.gradient(*source, source_format), spec)
            assert thumbnail.size == opened(thumbnail).size == size

    @pytest.mark.smoke
    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.parametrize("source", [(940, 2), (1, 5000), (1, 1), (301, 200)])
    @pytest.mark.writes("output")
    def test_the_size_does_not_depend_on_the_output(
        self, engine: ThumbnailEngine, output: str, source: tuple[int, int]
    ) -> None:
        """Clause 1: every encoder accepts every size, including 1 px."""
        png = render(engine, pictures.gradient(*source))
        thumbnail = render(engine, pictures.gradient(*source), wanted(output=output))
        assert opened(thumbnail).size == png.size

    @pytest.mark.parametrize("source", [(1999, 1501), (1601, 1199), (803, 799)])
    def test_shrinking_while_decoding_leaves_the_size_exact(
        self, engine: ThumbnailEngine, source: tuple[int, int]
    ) -> None:
        """Clauses 1 and 6: whatever size a JPEG decoder shrinks to, the thumbnail has the planned size."""
        by_jpeg = render(engine, pictures.gradient(*source, "JPEG"), wanted(100, 100))
        by_png = render(engine, pictures.gradient(*source, "PNG"), wanted(100, 100))
        assert by_jpeg.size == by_png.size
        assert_close(rgb(by_jpeg), rgb(by_png), 4)

    @pytest.mark.parametrize("method", ["fit", "fill"])
    def test_a_source_of_the_wanted_size_keeps_its_pixels(self, engine: ThumbnailEngine, method: str) -> None:
        """Clause 1: pixels are not resampled without need."""
        source = pictures.noise_pixels(50, 50)
        assert np.array_equal(rgb(render(engine, pictures.encode(source), wanted(method=method))), source)

    def test_fit_keeps_a_small_source_as_it_is(self, engine: ThumbnailEngine) -> None:
        """Clause 1: a picture is enlarged only with `upscale`."""
        source = pictures.noise_pixels(20, 30)
        assert np.array_equal(rgb(render(engine, pictures.encode(source))), source)

    @pytest.mark.parametrize(
        ("source", "box"), [((160, 40), (40, 40)), ((40, 160), (40, 40)), ((80, 60), (20, 60))]
    )
    def test_fill_crops_the_same_from_both_sides(
        self, engine: ThumbnailEngine, source: tuple[int, int], box: tuple[int, int]
    ) -> None:
        """Clause 1: the seam between the colours stays in the middle."""
        thumbnail = render(
            engine, pictures.encode(pictures.corner_pixels(*source)), wanted(*box, method="fill")
        )
        assert_close(quarters(rgb(thumbnail)), pictures.CORNERS)
        seam = rgb(thumbnail)[:, box[0] // 2 - 1 : box[0] // 2 + 1].astype(int)
        assert np.abs(seam[:, 0] - seam[:, 1]).max() > 60  # the seam of the corners is right in the middle

    def test_fill_keeps_what_is_in_the_middle(self, engine: ThumbnailEngine) -> None:
        """Clause 1: exactly the planned pixels are kept."""
        source = np.repeat(pictures.gradient_pixels(100, 1), 40, axis=0)
        thumbnail = render(engine, pictures.encode(source), wanted(40, 40, method="fill"))
        assert np.array_equal(rgb(thumbnail), source[:, 30:70])

    @pytest.mark.parametrize(("x", "left"), [(0, 0), (300, 10), (500, 30), (1000, 60)])
    def test_fill_keeps_the_part_around_a_point(self, engine: ThumbnailEngine, x: int, left: int) -> None:
        """Clause 1: the point is as near to the middle as the rim allows."""
        spec = wanted(40, 40, method="fill", gravity=Point(x, 0))
        across = np.repeat(pictures.gradient_pixels(100, 1), 40, axis=0)
        found = rgb(render(engine, pictures.encode(across), spec))
        assert np.array_equal(found, across[:, left : left + 40])

    def test_fill_reaches_every_rim_of_a_scaled_picture(self, engine: ThumbnailEngine) -> None:
        """Clause 1: each corner of a larger or smaller source is the corner of its thumbnail."""
        corners = ("northwest", "northeast", "southwest", "southeast")
        for side in (20, 160):
            source = pictures.encode(pictures.corner_pixels(side, side))
            for box in ((40, 20), (20, 40)):
                for corner, colour in zip(corners, pictures.CORNERS, strict=True):
                    spec = wanted(*box, method="fill", gravity=COMPASS[corner])
                    found = rgb(render(engine, source, spec))
                    row, column = -("south" in corner), -("east" in corner)
                    assert_close(found[row, column], colour)

    @pytest.mark.parametrize("box", [(50, 50), (51, 50), (120, 33)])
    def test_pad_lies_in_the_middle_of_its_canvas(
        self, engine: ThumbnailEngine, box: tuple[int, int]
    ) -> None:
        """Clause 1: an odd pixel is added at the end."""
        source = pictures.noise_pixels(21, 30)
        ground = (10, 20, 30)
        canvas = rgb(render(engine, pictures.encode(source), wanted(*box, method="pad", background=ground)))
        left, top = (box[0] - 21) // 2, (box[1] - 30) // 2
        assert np.array_equal(canvas[top : top + 30, left : left + 21], source)
        canvas = canvas.copy()
        canvas[top : top + 30, left : left + 21] = ground
        assert (canvas == ground).all()

    @pytest.mark.parametrize("channels", [1, 3])
    def test_pad_is_white_unless_said_otherwise(self, engine: ThumbnailEngine, channels: int) -> None:
        """Clause 1: a grey source can also get a coloured background."""
        source = pictures.encode(pictures.plain_pixels(40, 20, (0,) * channels))
        assert tuple(rgb(render(engine, source, wanted(method="pad")))[0, 0]) == WHITE
        coloured = wanted(method="pad", background=(250, 0, 0))
        assert tuple(rgb(render(engine, source, coloured))[0, 0]) == (250, 0, 0)

    def test_pad_around_a_picture_without_alpha_is_opaque(self, engine: ThumbnailEngine) -> None:
        """Clause 1: the padding is opaque, even in a PNG."""
        thumbnail = render(engine, pictures.plain(40, 20, (0, 0, 0), "PNG"), wanted(method="pad"))
        assert (rgba(thumbnail)[..., 3] == 255).all()
