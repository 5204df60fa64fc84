"""Clause 8. No EXIF, GPS, XMP, IPTC, ICC, comment or trailer survives."""

import pytest

from advthumb.core.formats import OUTPUTS
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import opened, render, wanted


class MetadataClause:
    """Clause 8. No EXIF, GPS, XMP, IPTC, ICC, comment or trailer survives."""

    @pytest.mark.smoke
    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.parametrize("source_format", pictures.METADATA_FORMATS)
    @pytest.mark.parametrize("box", [(50, 50), (120, 90)], ids=["scaled", "as it is"])
    @pytest.mark.reads("source_format")
    @pytest.mark.writes("output")
    def test_nothing_is_told(
        self, engine: ThumbnailEngine, source_format: str, output: str, box: tuple[int, int]
    ) -> None:
        """Clause 8: searched for in the bytes, so that no reader can overlook it."""
        source = pictures.with_metadata(source_format)
        assert sum(secret in source for secret in pictures.SECRETS) >= 2
        thumbnail = render(engine, source, wanted(*box, output))
        for told in (*pictures.SECRETS, *pictures.TRACES):
            assert told not in thumbnail.data
        assert not opened(thumbnail).getexif()

    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.writes("output")
    def test_one_thumbnail_tells_nothing_to_the_next(self, engine: ThumbnailEngine, output: str) -> None:
        """Clause 8: several outputs from one decode, and a picture with metadata before one without."""
        talkative, silent = pictures.with_metadata("JPEG"), pictures.gradient(120, 90)
        before = render(engine, silent, wanted(output=output)).data
        render(engine, talkative, wanted(output=output))
        assert render(engine, silent, wanted(output=output)).data == before
