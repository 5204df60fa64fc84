"""Clause 16. While it renders, an engine starts no program, and opens no file or socket.

`watch.Watched` also checks this for every other file (the bombs of clause 10, the whole corpus). The tests
here are for ordinary files, and for files that ask for a program or another file.
"""

from pathlib import Path

import pytest

from advthumb.testing import pictures

from .watch import Watched


class IsolationClause:
    """Clause 16. While it renders, an engine starts no program, and opens no file or socket."""

    @pytest.mark.parametrize("source_format", pictures.RASTER_FORMATS)
    @pytest.mark.reads("source_format")
    def test_a_picture_is_made_from_its_bytes_alone(
        self, watched: Watched, tmp_path: Path, source_format: str
    ) -> None:
        """Clause 16: reported by Python's audit hooks."""
        path = tmp_path / "picture"
        path.write_bytes(pictures.gradient(image_format=source_format))
        outcome = watched(path)
        assert outcome.size == [100, 100], outcome.message

    @pytest.mark.parametrize("name", pictures.UNSUPPORTED)
    def test_what_asks_for_a_program_or_a_file_gets_none(
        self, watched: Watched, tmp_path: Path, name: str
    ) -> None:
        """Clause 16: PostScript under the name of a JPEG, SVG and MVG with links in them."""
        path = tmp_path / "holiday.jpg"
        path.write_bytes(pictures.UNSUPPORTED[name])
        assert watched(path).code == "unsupported"
