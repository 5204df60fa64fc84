"""Clause 15. `reads` and `writes` are correct for this build; other formats are refused."""

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import EXOTIC_FORMATS, OUTPUTS, SAFE_FORMATS, ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.planning import plan
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import wanted

WEB = {ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.GIF, ImageFormat.WEBP}


class CapabilitiesClause:
    """Clause 15. `reads` and `writes` are correct for this build; other formats are refused."""

    @pytest.mark.smoke
    def test_every_engine_reads_and_writes_what_the_web_is_made_of(self, engine: ThumbnailEngine) -> None:
        """Clause 15: so the tests for these formats are never skipped."""
        assert engine.reads >= WEB
        assert WEB <= engine.writes <= set(OUTPUTS)

    @pytest.mark.smoke
    def test_what_is_listed_has_a_test_picture(self, engine: ThumbnailEngine) -> None:
        """Clause 15: clause 7 renders every listed source to every listed output, so it needs all of them.

        HEIC is in the corpus, because no library is required that writes it; `test_exotic` makes the exotic
        formats.
        """
        listed = {image_format.value for image_format in engine.reads - EXOTIC_FORMATS}
        assert listed <= {*pictures.RASTER_FORMATS, "HEIC"}

    @pytest.mark.smoke
    @pytest.mark.parametrize("image_format", sorted(ImageFormat))
    def test_what_is_not_read_is_unsupported(
        self, engine: ThumbnailEngine, image_format: ImageFormat
    ) -> None:
        """Clause 15: refused before the data is read."""
        if image_format in engine.reads:
            assert image_format in SAFE_FORMATS | EXOTIC_FORMATS
            return
        with pytest.raises(
            ThumbnailError, match=f"the {engine.name} engine cannot read {image_format}"
        ) as caught:
            engine.probe(b"", image_format)
        assert caught.value.code is ErrorCode.UNSUPPORTED

    @pytest.mark.smoke
    def test_what_is_not_written_is_refused_before_decoding(
        self, engine: ThumbnailEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Clause 15: if this build cannot write a planned format, the setup is to blame, not the picture."""
        info = SourceInfo(ImageFormat.PNG, Size(90, 90))
        monkeypatch.setattr(engine, "writes", engine.writes - {ImageFormat.WEBP})
        with pytest.raises(ThumbnailError, match=f"the {engine.name} engine cannot write WEBP") as caught:
            engine.render(b"never decoded", info, [plan(wanted(output="WEBP"), info)])
        assert caught.value.code is ErrorCode.ENGINE
