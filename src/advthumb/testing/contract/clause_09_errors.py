"""Clause 9. Whatever is wrong with the data, the engine raises a `ThumbnailError` with the right code."""

import zlib

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.pillow import PillowEngine
from advthumb.testing import pictures
from advthumb.testing.pictures.png import GREY, TRUECOLOUR, TRUECOLOUR_ALPHA, chunk, header

from .rendering import assert_close, quarters, render, rgb

formats = pytest.mark.parametrize("source_format", pictures.RASTER_FORMATS)


def refusal(engine: ThumbnailEngine, data: bytes) -> ThumbnailError:
    """Return the error that rendering these bytes raises."""
    with pytest.raises(ThumbnailError) as caught:
        render(engine, data)
    return caught.value


class ErrorsClause:
    """Clause 9. Whatever is wrong with the data, the engine raises a `ThumbnailError` with the right code."""

    @pytest.mark.smoke
    @formats
    @pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
    @pytest.mark.reads("source_format")
    def test_a_file_that_is_cut_off_is_corrupt(
        self, engine: ThumbnailEngine, source_format: str, keep: float
    ) -> None:
        """Clause 9: half a picture is never stored."""
        assert refusal(engine, pictures.truncated(source_format, keep)).code is ErrorCode.CORRUPT

    @pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
    def test_a_progressive_jpeg_without_its_last_scans_is_corrupt(
        self, engine: ThumbnailEngine, keep: float
    ) -> None:
        """Clause 9: otherwise, a complete but coarse thumbnail would be stored."""
        assert refusal(engine, pictures.truncated_progressive_jpeg(keep)).code is ErrorCode.CORRUPT

    @pytest.mark.smoke
    def test_a_jpeg_whose_codes_run_out_is_corrupt(self, engine: ThumbnailEngine) -> None:
        """Clause 9: the file has its end mark, but lacks a fifth of its pixels, which would be grey."""
        data = pictures.encode(pictures.noise_pixels(96, 96), "JPEG")
        assert refusal(engine, data[: len(data) * 4 // 5] + b"\xff\xd9").code is ErrorCode.CORRUPT

    @pytest.mark.smoke
    def test_a_progressive_jpeg_whose_codes_run_out_is_corrupt_where_a_library_tells(
        self,
        engine: ThumbnailEngine,
    ) -> None:
        """Clause 9: libjpeg completes each scan and warns about it; Pillow does not pass warnings on."""
        data = pictures.encode(pictures.noise_pixels(96, 96), "JPEG", progressive=True)
        damaged = data[:-200] + b"\xff\xd9"
        if isinstance(engine, PillowEngine):
            assert render(engine, damaged).size == (50, 50)
        else:
            assert refusal(engine, damaged).code is ErrorCode.CORRUPT

    @pytest.mark.smoke
    def test_a_jpeg_with_a_damaged_table_between_its_scans_is_corrupt(self, engine: ThumbnailEngine) -> None:
        """Clause 9: otherwise, the missing pixels would be uninitialized memory."""
        data = bytearray(pictures.encode(pictures.noise_pixels(96, 96), "JPEG", progressive=True))
        table = data.index(b"\xff\xc4", data.index(b"\xff\xda"))
        data[table + 5] = 255  # the number of one-bit codes, which is impossible
        assert refusal(engine, bytes(data)).code is ErrorCode.CORRUPT

    @pytest.mark.parametrize("side", range(60, 100))
    def test_a_sound_jpeg_is_never_too_short(self, engine: ThumbnailEngine, side: int) -> None:
        """Clause 9: its codes may end at any bit of a byte, and before any marker."""
        for options in ({"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 0}):
            data = pictures.encode(pictures.noise_pixels(side, 64), "JPEG", **options)
            assert max(render(engine, data).size) == 50

    @pytest.mark.smoke
    @pytest.mark.parametrize(
        "marker", [b"\xff\xdb", b"\xff\xd0", b"\xff\xd9"], ids=["header", "restart", "end"]
    )
    def test_rubbish_between_the_parts_of_a_jpeg_does_not_cost_it(
        self, engine: ThumbnailEngine, marker: bytes
    ) -> None:
        """Clause 9: webcams write a few bytes there."""
        data = pictures.encode(pictures.corner_pixels(), "JPEG", restart_marker_rows=1)
        assert_close(
            quarters(rgb(render(engine, data.replace(marker, b"\0\0\0" + marker)))), pictures.CORNERS
        )

    @pytest.mark.smoke
    def test_a_jpeg_whose_scan_calls_itself_a_progressive_one_is_a_picture(
        self, engine: ThumbnailEngine
    ) -> None:
        """Clause 9: some phones write such files."""
        data = pictures.encode(pictures.corner_pixels(), "JPEG")
        assert b"\x00\x3f\x00" in data
        odd = data.replace(b"\x00\x3f\x00", b"\x01\x02\x33")
        assert_close(quarters(rgb(render(engine, odd))), pictures.CORNERS)

    @pytest.mark.reads("TIFF")
    def test_a_tiff_that_lists_too_few_strips_is_corrupt(self, engine: ThumbnailEngine) -> None:
        """Clause 9: a few kilobytes announce megapixels, which would become black pixels after seconds."""
        assert refusal(engine, pictures.tiff_without_its_strips()).code is ErrorCode.CORRUPT

    @pytest.mark.smoke
    @formats
    @pytest.mark.reads("source_format")
    def test_a_header_alone_is_corrupt(self, engine: ThumbnailEngine, source_format: str) -> None:
        """Clause 9: the format is recognised, but there is nothing to open."""
        assert refusal(engine, pictures.header_only(source_format)).code is ErrorCode.CORRUPT

    @formats
    @pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
    @pytest.mark.reads("source_format")
    def test_rubbish_behind_a_good_beginning_is_corrupt_or_a_picture(
        self, engine: ThumbnailEngine, source_format: str, fill: bytes
    ) -> None:
        """Clause 9: some decoders can still make a picture of it; no decoder fails in another way."""
        data = pictures.encode(pictures.noise_pixels(96, 96), source_format)
        damaged = data[: len(data) // 2] + fill * 64 + data[len(data) // 2 + 64 :]
        try:
            thumbnail = render(engine, damaged)
        except ThumbnailError as error:
            assert error.code is ErrorCode.CORRUPT  # noqa: PT017 - either is right.
        else:
            assert thumbnail.size == (50, 50)

    def test_pixels_that_do_not_decompress_are_corrupt(self, engine: ThumbnailEngine) -> None:
        """Clause 9: the error of the library is the cause."""
        error = refusal(engine, pictures.corrupt_png())
        assert error.code is ErrorCode.CORRUPT
        assert error.__cause__ is not None
        assert str(error.__cause__) in error.message

    @pytest.mark.smoke
    @pytest.mark.parametrize("colour", [GREY, TRUECOLOUR, TRUECOLOUR_ALPHA])
    def test_pixels_that_end_early_are_corrupt(self, engine: ThumbnailEngine, colour: int) -> None:
        """Clause 9: an intact deflate stream has only half of the rows; the others would be black."""
        row = b"\0" + bytes([200] * 64 * {GREY: 1, TRUECOLOUR: 3, TRUECOLOUR_ALPHA: 4}[colour])
        half, whole = (
            header(64, 64, 8, colour) + chunk(b"IDAT", zlib.compress(row * rows)) + chunk(b"IEND", b"")
            for rows in (32, 64)
        )
        assert render(engine, whole).size == (50, 50)
        assert refusal(engine, half).code is ErrorCode.CORRUPT

    def test_an_empty_file_is_corrupt(self, engine: ThumbnailEngine) -> None:
        """Clause 9: it is refused before any decoder gets it."""
        assert refusal(engine, pictures.EMPTY).code is ErrorCode.CORRUPT

    @pytest.mark.smoke
    @pytest.mark.parametrize("name", pictures.UNSUPPORTED)
    def test_what_is_no_picture_is_unsupported(self, engine: ThumbnailEngine, name: str) -> None:
        """Clause 9: text, PostScript, SVG, MVG and PDF, whatever the name of the file."""
        assert refusal(engine, pictures.UNSUPPORTED[name]).code is ErrorCode.UNSUPPORTED

    @pytest.mark.parametrize("name", pictures.UNSUPPORTED)
    @formats
    @pytest.mark.reads("source_format")
    def test_no_decoder_looks_for_another_one(
        self, engine: ThumbnailEngine, source_format: str, name: str
    ) -> None:
        """Clause 9: with the wrong format, a decoder fails; it never guesses and starts Ghostscript."""
        with pytest.raises(ThumbnailError) as caught:
            engine.probe(pictures.UNSUPPORTED[name], ImageFormat(source_format))
        assert caught.value.code is ErrorCode.CORRUPT

    def test_broken_metadata_does_not_cost_the_picture(self, engine: ThumbnailEngine) -> None:
        """Clause 9: EXIF that points outside of itself, in a file with good pixels."""
        assert render(engine, pictures.broken_exif_jpeg()).size == (50, 38)

    def test_a_trailer_does_not_cost_the_picture(self, engine: ThumbnailEngine) -> None:
        """Clause 9: phones append videos and maps to their JPEGs."""
        data = pictures.encode(pictures.corner_pixels(), "JPEG") + pictures.TEXT * 50
        assert_close(quarters(rgb(render(engine, data))), pictures.CORNERS)
