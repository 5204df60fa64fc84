"""Clause 10. A source whose header announces too much is refused before any pixel is decoded."""

from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import render
from .watch import Watched

BOMBS = [(name.partition(" ")[0].upper(), name) for name in pictures.BOMBS]
MEGABYTES_EACH = 40
TOO_MANY_PIXELS = {"png", "gif", "jpeg"}
HARMLESS = {"png text", "png profile"}
"""No decoder gets the text, and the first bytes of a profile show whether it is used."""


class LimitsClause:
    """Clause 10. A source whose header announces too much is refused before any pixel is decoded."""

    @pytest.mark.reads("source_format")
    @pytest.mark.parametrize(("source_format", "name"), BOMBS)
    def test_a_bomb_is_refused_at_once(
        self, watched: Watched, tmp_path: Path, source_format: str, name: str
    ) -> None:
        """Clause 10: in a fraction of a second, with a fraction of the memory that it announces."""
        path = tmp_path / "bomb"
        path.write_bytes(pictures.BOMBS[name]())
        outcome = watched(path)
        if name in HARMLESS:
            assert outcome.size == [8, 8]
        else:
            assert outcome.code in {ErrorCode.TOO_LARGE, ErrorCode.CORRUPT}
        assert outcome.seconds < 1
        assert outcome.growth < MEGABYTES_EACH << 20
        if name in TOO_MANY_PIXELS:
            assert outcome.code == ErrorCode.TOO_LARGE
            assert "ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS" in outcome.message

    def test_a_jpeg_of_endless_scans_is_too_large(self, engine: ThumbnailEngine) -> None:
        """Clause 10: its bytes and pixels are few, but the work is too much."""
        with pytest.raises(ThumbnailError, match="more than 100 scans") as caught:
            render(engine, pictures.BOMBS["jpeg scans"]())
        assert caught.value.code is ErrorCode.TOO_LARGE

    def test_a_large_jpeg_costs_what_its_thumbnail_costs(self, watched: Watched, tmp_path: Path) -> None:
        """Clauses 6 and 10: 48 megapixels, shrunk while decoding."""
        path = tmp_path / "large.jpg"
        path.write_bytes(pictures.plain(8000, 6000))
        outcome = watched(path)
        assert outcome.size == [100, 75]
        assert outcome.growth < MEGABYTES_EACH << 20

    def test_the_child_would_notice(self, watched: Watched, tmp_path: Path) -> None:
        """Clause 10: the tests above rely on this: a large GIF costs memory and time, every time.

        A GIF is used because its decoders hold all of it, while some other formats are scaled row by row.
        """
        path = tmp_path / "large.gif"
        path.write_bytes(pictures.encode(pictures.plain_pixels(3900, 3900, (1, 2, 3)), "GIF"))
        (tmp_path / "no picture").write_bytes(bytes(31 * 2**20))
        watched(tmp_path / "no picture")  # from then on, the C library keeps freed memory by default
        for _ in range(3):
            outcome = watched(path)
            assert outcome.size == [100, 100]
            assert outcome.growth > MEGABYTES_EACH << 20
            assert outcome.seconds > 0
