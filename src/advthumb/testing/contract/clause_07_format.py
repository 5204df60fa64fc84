"""Clause 7. The bytes have the planned format."""

import pytest

from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.sniffing import sniff
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import assert_close, middle, opened, render, rgb, wanted


class FormatClause:
    """Clause 7. The bytes have the planned format."""

    @pytest.mark.smoke
    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.parametrize("source_format", pictures.RASTER_FORMATS)
    @pytest.mark.reads("source_format")
    @pytest.mark.writes("output")
    def test_every_source_becomes_every_output(
        self, engine: ThumbnailEngine, source_format: str, output: str
    ) -> None:
        """Clause 7: checks the reported format, the format of the bytes, and the picture."""
        thumbnail = render(
            engine, pictures.plain(80, 60, (200, 30, 30), source_format), wanted(output=output)
        )
        assert thumbnail.format is sniff(thumbnail.data) is ImageFormat(output)
        assert opened(thumbnail).format == output
        assert_close(middle(rgb(thumbnail)), (200, 30, 30))

    @pytest.mark.parametrize(
        ("source_format", "alpha", "output"),
        [
            ("JPEG", False, "JPEG"),
            ("PNG", False, "PNG"),
            ("PNG", True, "PNG"),
            ("WEBP", False, "WEBP"),
            ("AVIF", True, "AVIF"),
            ("GIF", False, "GIF"),
            ("TIFF", False, "JPEG"),
            ("TIFF", True, "PNG"),
            ("BMP", False, "JPEG"),
        ],
    )
    @pytest.mark.reads("source_format")
    def test_a_source_keeps_its_format_where_none_is_asked_for(
        self, engine: ThumbnailEngine, source_format: str, output: str, *, alpha: bool
    ) -> None:
        """Clause 7: if the format cannot be kept, the reported format is that of the bytes."""
        colour = (200, 30, 30, 90) if alpha else (200, 30, 30)
        data = pictures.plain(80, 60, colour, source_format)
        thumbnail = render(engine, data, wanted(output=None))
        assert thumbnail.format is sniff(thumbnail.data) is ImageFormat(output)

    @pytest.mark.parametrize("output", [name for name, facts in OUTPUTS.items() if facts.quality])
    @pytest.mark.writes("output")
    def test_quality_is_honoured(self, engine: ThumbnailEngine, output: str) -> None:
        """Clause 7: a lower quality gives fewer bytes."""
        data = pictures.encode(pictures.noise_pixels(), "PNG")
        sizes = [
            len(render(engine, data, wanted(200, 200, output, quality=quality)).data)
            for quality in (10, 50, 95)
        ]
        assert sizes[0] < sizes[1] < sizes[2]

    @pytest.mark.parametrize("output", ["PNG", "GIF"])
    @pytest.mark.writes("output")
    def test_a_lossless_output_shows_the_same_colours(self, engine: ThumbnailEngine, output: str) -> None:
        """Clause 7: a picture of four colours keeps exactly these four."""
        thumbnail = render(engine, pictures.encode(pictures.corner_pixels(40, 40)), wanted(output=output))
        found = {tuple(colour) for colour in rgb(thumbnail).reshape(-1, 3).tolist()}
        assert found == set(pictures.CORNERS)

    @pytest.mark.smoke
    def test_the_same_picture_gives_the_same_bytes(self, engine: ThumbnailEngine) -> None:
        """Clause 7: the bytes contain no time stamp and nothing random."""
        for output in sorted(engine.writes):
            first, second = (
                render(engine, pictures.gradient(), wanted(output=output)).data for _ in range(2)
            )
            assert first == second
