"""Clause 9. Whatever is wrong with the data, one `ThumbnailError` with the right code leaves."""

import zlib

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.engines.base import ThumbnailEngine
from tests import pictures
from tests.pictures.png import GREY, TRUECOLOUR, TRUECOLOUR_ALPHA, chunk, header

from .rendering import assert_close, quarters, render, rgb

formats = pytest.mark.parametrize("source_format", pictures.RASTER_FORMATS)


def refusal(engine: ThumbnailEngine, data: bytes) -> ThumbnailError:
    """Return the error that rendering this ends with."""
    with pytest.raises(ThumbnailError) as caught:
        render(engine, data)
    return caught.value


@pytest.mark.smoke
@formats
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
@pytest.mark.reads("source_format")
def test_a_file_that_is_cut_off_is_corrupt(engine: ThumbnailEngine, source_format: str, keep: float) -> None:
    """Clause 9: half a picture is never stored."""
    assert refusal(engine, pictures.truncated(source_format, keep)).code is ErrorCode.CORRUPT


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_progressive_jpeg_without_its_last_scans_is_corrupt(engine: ThumbnailEngine, keep: float) -> None:
    """Clause 9: it would look whole, and coarse for ever."""
    assert refusal(engine, pictures.truncated_progressive_jpeg(keep)).code is ErrorCode.CORRUPT


@pytest.mark.reads("TIFF")
def test_a_tiff_that_lists_too_few_strips_is_corrupt(engine: ThumbnailEngine) -> None:
    """Clause 9: kilobytes that announce megapixels, which would come out black after seconds."""
    assert refusal(engine, pictures.tiff_without_its_strips()).code is ErrorCode.CORRUPT


@pytest.mark.smoke
@formats
@pytest.mark.reads("source_format")
def test_a_header_alone_is_corrupt(engine: ThumbnailEngine, source_format: str) -> None:
    """Clause 9: recognised, but there is nothing to open."""
    assert refusal(engine, pictures.header_only(source_format)).code is ErrorCode.CORRUPT


@formats
@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
@pytest.mark.reads("source_format")
def test_rubbish_behind_a_good_beginning_is_corrupt_or_a_picture(
    engine: ThumbnailEngine, source_format: str, fill: bytes
) -> None:
    """Clause 9: some decoders can make something of it; none fails in another way."""
    data = pictures.encode(pictures.noise_pixels(96, 96), source_format)
    damaged = data[: len(data) // 2] + fill * 64 + data[len(data) // 2 + 64 :]
    try:
        thumbnail = render(engine, damaged)
    except ThumbnailError as error:
        assert error.code is ErrorCode.CORRUPT  # noqa: PT017 - either is right.
    else:
        assert thumbnail.size == (50, 50)


def test_pixels_that_do_not_decompress_are_corrupt(engine: ThumbnailEngine) -> None:
    """Clause 9: with the library's own complaint as the cause."""
    error = refusal(engine, pictures.corrupt_png())
    assert error.code is ErrorCode.CORRUPT
    assert error.__cause__ is not None
    assert str(error.__cause__) in error.message


@pytest.mark.smoke
@pytest.mark.parametrize("colour", [GREY, TRUECOLOUR, TRUECOLOUR_ALPHA])
def test_pixels_that_end_early_are_corrupt(engine: ThumbnailEngine, colour: int) -> None:
    """Clause 9: a sound deflate stream of half of the rows, of which the rest would be black, or nothing."""
    row = b"\0" + bytes([200] * 64 * {GREY: 1, TRUECOLOUR: 3, TRUECOLOUR_ALPHA: 4}[colour])
    half, whole = (
        header(64, 64, 8, colour) + chunk(b"IDAT", zlib.compress(row * rows)) + chunk(b"IEND", b"")
        for rows in (32, 64)
    )
    assert render(engine, whole).size == (50, 50)
    assert refusal(engine, half).code is ErrorCode.CORRUPT


def test_an_empty_file_is_corrupt(engine: ThumbnailEngine) -> None:
    """Clause 9: before any decoder sees it."""
    assert refusal(engine, pictures.EMPTY).code is ErrorCode.CORRUPT


@pytest.mark.smoke
@pytest.mark.parametrize("name", pictures.UNSUPPORTED)
def test_what_is_no_picture_is_unsupported(engine: ThumbnailEngine, name: str) -> None:
    """Clause 9: text, PostScript, SVG, MVG and PDF, whatever they are called."""
    assert refusal(engine, pictures.UNSUPPORTED[name]).code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize("name", pictures.UNSUPPORTED)
@formats
@pytest.mark.reads("source_format")
def test_no_decoder_looks_for_another_one(engine: ThumbnailEngine, source_format: str, name: str) -> None:
    """Clause 9: told the wrong format, a decoder fails; it never guesses and starts Ghostscript."""
    with pytest.raises(ThumbnailError) as caught:
        engine.probe(pictures.UNSUPPORTED[name], ImageFormat(source_format))
    assert caught.value.code is ErrorCode.CORRUPT


def test_broken_metadata_does_not_cost_the_picture(engine: ThumbnailEngine) -> None:
    """Clause 9: EXIF that points outside of itself, around good pixels."""
    assert render(engine, pictures.broken_exif_jpeg()).size == (50, 38)


def test_a_trailer_does_not_cost_the_picture(engine: ThumbnailEngine) -> None:
    """Clause 9: telephones hang videos and maps behind their JPEGs."""
    data = pictures.encode(pictures.corner_pixels(), "JPEG") + pictures.TEXT * 50
    assert_close(quarters(rgb(render(engine, data))), pictures.CORNERS)
