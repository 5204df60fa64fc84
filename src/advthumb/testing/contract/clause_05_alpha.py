"""Clause 5. Alpha is kept if the output can hold it, otherwise composed; no colour bleeds."""

import numpy as np
import pytest

from advthumb.core.formats import OUTPUTS
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import assert_close, middle, opened, probe, render, rgb, rgba, wanted

RED, GREEN = (255, 0, 0, 255), (0, 255, 0, 0)
HALO = pictures.halves_pixels(202, 198, RED, GREEN)
"""Opaque red next to invisible green. The seam lies in the middle of a pixel of the thumbnail."""
WITH_ALPHA = [name.value for name, facts in OUTPUTS.items() if facts.alpha]


def over(colour: tuple[int, ...], alpha: int, ground: tuple[int, ...]) -> list[int]:
    """Return a colour with this alpha, composed on a background."""
    return [
        round((each * alpha + below * (255 - alpha)) / 255)
        for each, below in zip(colour, ground, strict=True)
    ]


class AlphaClause:
    """Clause 5. Alpha is kept if the output can hold it, otherwise composed; no colour bleeds."""

    @pytest.mark.smoke
    @pytest.mark.parametrize("output", WITH_ALPHA)
    @pytest.mark.parametrize("grey", [False, True], ids=["colour", "grey"])
    @pytest.mark.writes("output")
    def test_alpha_is_kept_where_the_output_can_hold_it(
        self, engine: ThumbnailEngine, output: str, *, grey: bool
    ) -> None:
        """Clause 5: opaque stays opaque and invisible stays invisible, in every format with alpha."""
        visible, invisible = ((90, 255), (200, 0)) if grey else ((90, 30, 200, 255), (0, 255, 0, 0))
        source = pictures.encode(pictures.halves_pixels(80, 80, visible, invisible))
        found = rgba(render(engine, source, wanted(40, 40, output)))
        assert_close(found[20, 10], (90, 90, 90, 255) if grey else visible, 6)
        assert found[20, 30, 3] <= 2

    @pytest.mark.parametrize("output", ["PNG", "WEBP", "AVIF"])
    @pytest.mark.parametrize("alpha", [1, 64, 128, 254])
    @pytest.mark.writes("output")
    def test_half_transparent_stays_half_transparent(
        self, engine: ThumbnailEngine, output: str, alpha: int
    ) -> None:
        """Clause 5: with the same colour and the same alpha."""
        source = pictures.plain_pixels(80, 80, (200, 100, 50, alpha))
        found = middle(rgba(render(engine, pictures.encode(source), wanted(output=output, quality=None))))
        assert_close(found[3], alpha, 2)
        if alpha >= 64:
            assert_close(found[:3], (200, 100, 50), 8)

    @pytest.mark.parametrize(("alpha", "kept"), [(127, 0), (128, 255)])
    @pytest.mark.writes("GIF")
    def test_gif_knows_visible_and_invisible_only(
        self, engine: ThumbnailEngine, alpha: int, kept: int
    ) -> None:
        """Clause 5: an alpha of at least one half becomes opaque."""
        source = pictures.plain_pixels(80, 80, (200, 100, 50, alpha))
        assert middle(rgba(render(engine, pictures.encode(source), wanted(output="GIF"))))[3] == kept

    @pytest.mark.smoke
    @pytest.mark.parametrize("ground", [(255, 255, 255), (0, 0, 0), (20, 120, 220)])
    @pytest.mark.parametrize("alpha", [0, 100, 255])
    @pytest.mark.parametrize("grey", [False, True], ids=["colour", "grey"])
    def test_alpha_is_composed_on_the_background_where_there_is_none(
        self, engine: ThumbnailEngine, ground: tuple[int, int, int], alpha: int, *, grey: bool
    ) -> None:
        """Clause 5: in a JPEG, on exactly the planned background, and never on black by accident."""
        colour = (90, 90, 90) if grey else (200, 100, 50)
        source = pictures.plain_pixels(80, 80, (90, alpha) if grey else (*colour, alpha))
        spec = wanted(output="JPEG", quality=100, background=ground)
        assert_close(
            middle(rgb(render(engine, pictures.encode(source), spec))), over(colour, alpha, ground), 3
        )

    def test_no_colour_bleeds_from_invisible_pixels(self, engine: ThumbnailEngine) -> None:
        """Clause 5: every visible pixel is red, even where half of it was green."""
        found = rgba(render(engine, pictures.encode(HALO), wanted(51, 50)))
        visible = found[found[..., 3] >= 16]
        assert_close(visible[:, :3], (255, 0, 0), 8)
        assert ((found[..., 3] > 16) & (found[..., 3] < 239)).any()  # there is a seam to check

    @pytest.mark.parametrize("ground", [(255, 255, 255), (0, 0, 0)])
    def test_a_flattened_seam_has_no_halo(
        self, engine: ThumbnailEngine, ground: tuple[int, int, int]
    ) -> None:
        """Clause 5: from red to the background, without green or dark pixels between them."""
        spec = wanted(51, 50, "JPEG", quality=100, background=ground)
        found = rgb(render(engine, pictures.encode(HALO), spec)).astype(int)
        excess = found[..., 1] - found[..., 2]  # red, white and black all have as much green as blue
        assert excess.max() <= 12
        assert_close(found[25, 0], (255, 0, 0))
        assert_close(found[25, -1], ground)
        luma = found[25].sum(axis=1)
        assert luma.min() >= min(255, sum(ground)) - 24

    def test_premultiplied_scaling_keeps_the_colour_of_faint_pixels(self, engine: ThumbnailEngine) -> None:
        """Clause 5: the weight of a pixel is its alpha."""
        source = pictures.plain_pixels(200, 200, (250, 250, 250, 4))
        source[::2] = (10, 20, 30, 255)
        assert_close(
            middle(rgba(render(engine, pictures.encode(source), wanted(40, 40))))[:3], (14, 24, 33), 4
        )

    @pytest.mark.parametrize("output", ["PNG", "WEBP", "JPEG"])
    def test_pad_is_transparent_where_alpha_is_kept(self, engine: ThumbnailEngine, output: str) -> None:
        """Clauses 1 and 5: padding is transparent around a transparent picture, otherwise the background."""
        source = pictures.plain_pixels(80, 40, (200, 100, 50, 255))
        source[:10, :10, 3] = 0
        spec = wanted(40, 40, output, method="pad", background=(0, 0, 255))
        found = rgba(render(engine, pictures.encode(source), spec))
        expected = (0, 0, 255, 255) if output == "JPEG" else (0, 0, 0, 0)
        assert found[2, 20, 3] == expected[3]
        if output == "JPEG":
            assert_close(found[2, 20], expected)
        assert_close(found[22, 20], (200, 100, 50, 255))

    @pytest.mark.parametrize("output", WITH_ALPHA)
    @pytest.mark.writes("output")
    def test_an_opaque_source_gives_an_opaque_thumbnail(self, engine: ThumbnailEngine, output: str) -> None:
        """Clause 5: no alpha channel is added."""
        image = opened(render(engine, pictures.gradient(90, 90), wanted(output=output)))
        assert not image.has_transparency_data

    @pytest.mark.parametrize("source_format", ["PNG", "WEBP", "AVIF", "TIFF", "GIF"])
    @pytest.mark.reads("source_format")
    def test_alpha_is_found_in_every_format_that_has_it(
        self, engine: ThumbnailEngine, source_format: str
    ) -> None:
        """Clause 5: the header announces it, and the thumbnail has it."""
        source = pictures.halves_pixels(80, 80, (200, 100, 50, 255), (0, 0, 0, 0))
        data = pictures.encode(source, source_format)
        assert probe(engine, data).has_alpha
        found = rgba(render(engine, data, wanted(40, 40)))
        assert_close(found[20, 10], (200, 100, 50, 255))
        assert found[20, 30, 3] <= 2

    def test_a_palette_with_transparent_entries(self, engine: ThumbnailEngine) -> None:
        """Clauses 4 and 5: each entry of the palette has its own alpha."""
        data = pictures.palette_png([(200, 0, 0), (0, 200, 0), (0, 0, 200), (9, 9, 9)], [255, 0, 128, 255])
        found = rgba(render(engine, data, wanted(64, 64)))[32, [8, 24, 40, 56]]
        assert found[:, 3].tolist() == [255, 0, 128, 255]
        assert_close(found[[0, 2, 3], :3], [(200, 0, 0), (0, 0, 200), (9, 9, 9)], 2)

    @pytest.mark.parametrize("depth", [1, 2, 4, 8])
    def test_a_transparent_grey(self, engine: ThumbnailEngine, depth: int) -> None:
        """Clauses 4 and 5: the transparent value has the depth of the file."""
        top = 2**depth - 1
        data = pictures.low_bit_grey_png(depth, top // 2, top, transparent=top // 2)
        found = rgba(render(engine, data, wanted(32, 32)))
        assert found[16, [8, 24], 3].tolist() == [0, 255]
        assert_close(found[16, 24, :3], 255, 1)

    @pytest.mark.parametrize("channels", [1, 3])
    def test_a_transparent_colour_of_16_bits(self, engine: ThumbnailEngine, channels: int) -> None:
        """Clauses 4 and 5: the transparent colour has 16 bits too."""
        key, other = (0x1234, 0x5678, 0x9ABC)[:channels], (0x8000,) * channels
        samples = np.empty((64, 64, channels), np.uint16)
        samples[:, :32], samples[:, 32:] = key, other
        found = rgba(render(engine, pictures.png16(samples, transparent=key), wanted(32, 32)))
        assert found[16, [8, 24], 3].tolist() == [0, 255]
        assert_close(found[16, 24, :3], 0x80, 1)

    @pytest.mark.parametrize(
        "near", [(0x1234, 0x5678, 0x9ABD), (0x1334, 0x5678, 0x9ABC), (0x1234, 0x5677, 0x9ABC)]
    )
    def test_a_colour_near_the_transparent_one_is_opaque(
        self, engine: ThumbnailEngine, near: tuple[int, ...]
    ) -> None:
        """Clauses 4 and 5: all 16 bits are compared, not only the 8 bits that are kept."""
        key = (0x1234, 0x5678, 0x9ABC)
        samples = np.empty((64, 64, 3), np.uint16)
        samples[:, :32], samples[:, 32:] = key, near
        found = rgba(render(engine, pictures.png16(samples, transparent=key), wanted(32, 32)))
        assert found[16, [8, 24], 3].tolist() == [0, 255]
