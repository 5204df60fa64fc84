"""Clause 2. All eight orientations, in every format that carries them, come out upright."""

import pytest

from advthumb.core.gravity import COMPASS
from advthumb.core.images import Size
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import assert_close, opened, probe, quarters, render, rgb, wanted

TAG = 0x0112

orientations = pytest.mark.parametrize("orientation", range(1, 9))
formats = pytest.mark.parametrize("source_format", pictures.ORIENTED_FORMATS)


class OrientationClause:
    """Clause 2. All eight orientations, in every format that carries them, come out upright."""

    @pytest.mark.smoke
    @formats
    @orientations
    @pytest.mark.reads("source_format")
    def test_the_picture_is_upright(
        self, engine: ThumbnailEngine, source_format: str, orientation: int
    ) -> None:
        """Clause 2: size and corners are those of the upright picture."""
        data = pictures.oriented(orientation, source_format)
        thumbnail = render(engine, data, wanted(32, 32))
        assert thumbnail.size == (32, 24)
        assert_close(quarters(rgb(thumbnail)), pictures.CORNERS)
        assert probe(engine, data).display_size == (64, 48)

    @orientations
    def test_a_picture_that_is_shrunk_while_decoding_is_upright(
        self, engine: ThumbnailEngine, orientation: int
    ) -> None:
        """Clauses 2 and 6: the decode floor is turned with the picture."""
        upright = pictures.corner_pixels(1600, 400)
        thumbnail = render(engine, pictures.oriented(orientation, "JPEG", upright), wanted(160, 160))
        assert thumbnail.size == (160, 40)
        assert_close(quarters(rgb(thumbnail)), pictures.CORNERS)

    @orientations
    @pytest.mark.parametrize("method", ["fill", "pad"])
    def test_the_box_is_filled_upright(self, engine: ThumbnailEngine, orientation: int, method: str) -> None:
        """Clause 2: crop and canvas are in display orientation."""
        thumbnail = render(engine, pictures.oriented(orientation), wanted(20, 40, method=method))
        assert thumbnail.size == (20, 40)
        middle = rgb(thumbnail) if method == "fill" else rgb(thumbnail)[12:28]
        assert_close(quarters(middle), pictures.CORNERS)

    @orientations
    def test_gravity_names_a_part_of_the_upright_picture(
        self, engine: ThumbnailEngine, orientation: int
    ) -> None:
        """Clause 2: the north of a picture is where its viewer sees the top."""
        spec = wanted(40, 10, method="fill", gravity=COMPASS["north"])
        found = rgb(render(engine, pictures.oriented(orientation), spec))
        assert_close(quarters(found), (*pictures.CORNERS[:2], *pictures.CORNERS[:2]))

    @pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF"])
    @pytest.mark.writes("output")
    def test_the_thumbnail_itself_says_no_orientation(self, engine: ThumbnailEngine, output: str) -> None:
        """Clause 2: otherwise, a viewer would turn the upright thumbnail again."""
        thumbnail = render(engine, pictures.oriented(6), wanted(output=output))
        assert TAG not in opened(thumbnail).getexif()

    @pytest.mark.parametrize("value", [0, 9, 65535])
    def test_a_value_that_means_nothing_means_upright(self, engine: ThumbnailEngine, value: int) -> None:
        """Clause 2: a picture with a damaged tag is neither turned nor refused."""
        exif = b"Exif\x00\x00" + pictures.orientation_exif(value)
        data = pictures.encode(pictures.corner_pixels(), "JPEG", exif=exif)
        assert probe(engine, data).display_size == Size(64, 48)
        assert_close(quarters(rgb(render(engine, data))), pictures.CORNERS)

    def test_big_endian_tags_are_read_as_well(self, engine: ThumbnailEngine) -> None:
        """Clause 2: cameras write both byte orders."""
        exif = b"Exif\x00\x00" + pictures.orientation_exif(6, ">")
        stored = pictures.stored_pixels(pictures.corner_pixels(), 6)
        assert_close(
            quarters(rgb(render(engine, pictures.encode(stored, "JPEG", exif=exif)))), pictures.CORNERS
        )
