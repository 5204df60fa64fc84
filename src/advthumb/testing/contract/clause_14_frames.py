"""Clause 14. The first frame of an animation, or the first page of a document, is rendered."""

import pytest

from advthumb.core.formats import OUTPUTS
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import assert_close, middle, opened, render, rgb, wanted


class FramesClause:
    """Clause 14. The first frame of an animation, or the first page of a document, is rendered."""

    @pytest.mark.smoke
    @pytest.mark.parametrize("source_format", ["GIF", "WEBP", "PNG", "AVIF"])
    @pytest.mark.reads("source_format")
    def test_the_first_frame_of_an_animation(self, engine: ThumbnailEngine, source_format: str) -> None:
        """Clause 14: red comes first, blue second."""
        assert_close(middle(rgb(render(engine, pictures.animated(source_format)))), (200, 30, 30))

    @pytest.mark.reads("TIFF")
    def test_the_first_page_of_a_document(self, engine: ThumbnailEngine) -> None:
        """Clause 14: a TIFF can have many pages."""
        assert_close(middle(rgb(render(engine, pictures.multipage_tiff()))), (200, 30, 30))

    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.writes("output")
    def test_a_thumbnail_does_not_move(self, engine: ThumbnailEngine, output: str) -> None:
        """Clause 14: one frame, even in formats that could hold more."""
        image = opened(render(engine, pictures.animated("GIF"), wanted(output=output)))
        assert getattr(image, "n_frames", 1) == 1
