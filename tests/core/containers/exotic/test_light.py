"""`core.containers.exotic`: Radiance, FITS, DPX and Cineon."""

import struct

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic.dpx import LIGHT, VIDEO
from advthumb.core.errors import ErrorCode
from advthumb.core.formats import ImageFormat
from tests.pictures.exotic import light

from .refusals import CORRUPT, TOO_LARGE, UNSUPPORTED, refused, words_only

CODED = np.arange(10 * 3 * 4, dtype=np.uint8).reshape(3, 10, 4)
HDR = light.hdr(CODED)
PLAIN = light.hdr(CODED, packed=False)
GREYS = np.arange(6, dtype=np.int64).reshape(2, 3)
FITS = light.fits(GREYS, 8)
COLOURS = np.arange(12, dtype=np.int64).reshape(2, 2, 3)
DPX = light.dpx(COLOURS, 10, light.DENSITY)
CIN = light.cin(COLOURS)


def with_line(line: bytes) -> bytes:
    return light.hdr(CODED, lines=line + b"\n")


@pytest.mark.parametrize(
    "line",
    [
        b"# GAMMA=2",
        b"VIEW= -vf x",
        b"a line",
        b"GAMMA=1.0",
        b"COLORCORR= 1.0 1 1.00",
        b"PRIMARIES=.64 .33 .30 .6 .15 .06 .3127 .3290",
    ],
)
def test_header_lines_that_do_not_affect_colours_are_left_out(line: bytes) -> None:
    data = with_line(line)
    found = containers.clean(data, containers.read(data, ImageFormat.HDR))
    assert found.startswith(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 10\n\x02\x02")


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (HDR[:50], CORRUPT, "end of its header is missing"),
        (HDR.replace(b"\n\n", b"\n"), CORRUPT, "end of its header is missing"),
        (HDR.replace(b"# a", b"#" * 70_000 + b"\n"), CORRUPT, "end of its header is missing"),
        (HDR.replace(b"rgbe", b"xyze"), UNSUPPORTED, "32-bit_rle_xyze"),
        (with_line(b"GAMMA=2.2"), UNSUPPORTED, "GAMMA 2.2"),
        (with_line(b"COLORCORR=1 1 2"), UNSUPPORTED, "COLORCORR 1 1 2"),
        (with_line(b"PRIMARIES=0 1 2 3 4 5 6 7"), UNSUPPORTED, "PRIMARIES"),
        (with_line(b"GAMMA=many"), CORRUPT, "GAMMA is not a number: b'many'"),
        (HDR.replace(b"-Y 3 +X 10", b"+Y 3 +X 10"), UNSUPPORTED, "row order"),
        (HDR.replace(b"-Y 3 +X 10", b"-Y 3 -X 10"), UNSUPPORTED, "row order"),
        (HDR.replace(b"-Y 3 +X 10", b"+X 10 -Y 3"), UNSUPPORTED, "row order"),
        (HDR.replace(b"-Y 3 +X 10", b"-Y 0 +X 10"), CORRUPT, "10x0"),
        (HDR.replace(b"-Y 3 +X 10", b"-Y 99999 +X 10"), CORRUPT, "pixel data ends early"),
        (PLAIN[:-1], CORRUPT, "pixel data ends early"),
        (PLAIN + b"x", UNSUPPORTED, "old run-length encoding"),
        (PLAIN[:-4] + b"\1\1\1\3", UNSUPPORTED, "old run-length encoding"),
    ],
    ids=words_only,
)
def test_unreadable_hdr_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.HDR)
    assert (found, words in message) == (code, True), message


def test_bytes_of_one_within_a_pixel_are_not_a_repeat_marker() -> None:
    data = PLAIN[:-8] + b"\0\1\1\3\1\1\0\3"
    assert containers.read(data, ImageFormat.HDR).size == (10, 3)


def card(line: str) -> bytes:
    return light.fits(GREYS, 8, more=(line,))


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (FITS[:100], CORRUPT, "header ends early"),
        (FITS[:-2880], CORRUPT, "pixel data ends early"),
        (FITS.replace(b"NAXIS2 ", b"NAXIS9 "), CORRUPT, "no valid NAXIS2"),
        (
            FITS.replace(b"BITPIX  =" + b" " * 20, b"BITPIX  =" + b" " * 8 + b"12345678901 "),
            CORRUPT,
            "no valid BITPIX",
        ),
        (light.fits(GREYS, 8, axes="1"), UNSUPPORTED, "1 axes"),
        (light.fits(GREYS, 8, axes="3", more=("NAXIS3  =  3",)), UNSUPPORTED, "[3, 2, 3]"),
        (light.fits(GREYS, 8, axes="-3"), UNSUPPORTED, "-3 axes"),
        (light.fits(GREYS, 16), UNSUPPORTED, "16 bits"),
        (light.fits(GREYS, 8, more=light.UNSIGNED), UNSUPPORTED, "from 32768"),
        (FITS.replace(b"  8 ", b"-32 ", 1), UNSUPPORTED, "-32 bits"),
        (FITS.replace(b"         T", b"         F"), UNSUPPORTED, "FITS file"),
        (card("BZERO   = many"), CORRUPT, "BZERO is not a number: b'many'"),
        (card("BSCALE  = 2.0"), UNSUPPORTED, "scaled by 2"),
        (light.fits(GREYS, 8, more=("COMMENT a comment",) * 3600), TOO_LARGE, "3600 cards"),
        (FITS.replace(b" 3" + b" " * 50, b" 0" + b" " * 50), CORRUPT, "0x2"),
    ],
    ids=words_only,
)
def test_unreadable_fits_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.FITS)
    assert (found, words in message) == (code, True), message


def test_the_upper_byte_of_16_bit_samples_is_kept() -> None:
    data = light.fits(np.array([[-32768, -1, 0, 32767]]), 16, more=light.UNSIGNED)
    info = containers.read(data, ImageFormat.FITS)
    found = containers.clean(data, info)
    assert (info.bits, len(found) % 2880, found[2880:2884]) == (16, 0, b"\x00\x7f\x80\xff")
    assert containers.read(found, ImageFormat.FITS).bits == 8


def dpx(**fields: int) -> bytes:
    """Return a DPX of 16 bits with header fields changed at these offsets."""
    element = {int(place[1:]): value for place, value in fields.items()}
    return light.dpx(COLOURS, 16, light.VIDEO, element=element)


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (DPX[:810], CORRUPT, "header ends early"),
        (dpx(a769=1), UNSUPPORTED, "orientation 1"),
        (dpx(a771=2), UNSUPPORTED, "2 elements"),
        (dpx(a783=1), UNSUPPORTED, "a DPX"),
        (dpx(a807=1), UNSUPPORTED, "coding 1"),
        (dpx(a815=1), UNSUPPORTED, "a DPX"),
        (dpx(a800=100), UNSUPPORTED, "descriptor 100"),
        (dpx(a803=12), UNSUPPORTED, "12 bits"),
        (dpx(a803=10), UNSUPPORTED, "packing 0"),
        (dpx(a801=0), UNSUPPORTED, "transfer function 0"),
        (dpx(a801=9), UNSUPPORTED, "transfer function 9"),
        (dpx(a800=6, a801=2), UNSUPPORTED, "transfer function 2"),
        (light.dpx(COLOURS[:, :1], 16, light.LIGHT), UNSUPPORTED, "1 px across"),
        (light.dpx(COLOURS[..., :1], 8, light.VIDEO), UNSUPPORTED, "2 px across"),
        (light.dpx(COLOURS, 10, light.LIGHT, element={800: 51}), UNSUPPORTED, "2 px across"),
        (DPX[:-1], CORRUPT, "pixel data ends early"),
        (dpx(a775=0), CORRUPT, "0x2"),
    ],
    ids=words_only,
)
def test_unreadable_dpx_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.DPX)
    assert (found, words in message) == (code, True), message


@pytest.mark.parametrize("order", [">", "<"])
def test_the_transfer_of_a_dpx_decides_its_kind(order: str) -> None:
    for transfer, kind in (
        (1, ""),
        (2, LIGHT),
        (3, ""),
        (4, VIDEO),
        (5, VIDEO),
        (6, VIDEO),
        (7, VIDEO),
        (8, VIDEO),
    ):
        found = containers.read(light.dpx(COLOURS, 10, transfer, order=order), ImageFormat.DPX)
        assert (found.size, found.kind, found.bits) == ((2, 2), kind, 16)


@pytest.mark.parametrize("own", [0, 2**32 - 1])
def test_the_pixel_offset_may_be_given_only_in_the_file_header(own: int) -> None:
    data = DPX[:808] + struct.pack(">I", own) + DPX[812:]
    assert containers.clean(data, containers.read(data, ImageFormat.DPX))[2048:] == DPX[2048:]


def cin(at: int, *values: int) -> bytes:
    return CIN[:at] + bytes(values) + CIN[at + len(values) :]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (CIN[:690], CORRUPT, "header ends early"),
        (cin(192, 1), UNSUPPORTED, "orientation 1"),
        (cin(193, 1), UNSUPPORTED, "1 channels"),
        (cin(203, 9), UNSUPPORTED, "channels"),
        (cin(680, 1), UNSUPPORTED, "interleaving 1"),
        (cin(681, 1), UNSUPPORTED, "packing 1"),
        (cin(682, 1), UNSUPPORTED, "packing 5"),
        (cin(687, 4), UNSUPPORTED, "between its rows"),
        (cin(691, 4), UNSUPPORTED, "between its rows"),
        (CIN[:-1], CORRUPT, "pixel data ends early"),
    ],
    ids=words_only,
)
def test_unreadable_cineon_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.CIN)
    assert (found, words in message) == (code, True), message


def test_a_cineon_file_of_another_depth_is_refused() -> None:
    data = CIN
    for at in (198, 226, 254):
        data = data[:at] + b"\x08" + data[at + 1 :]
    assert refused(data, ImageFormat.CIN)[0] is UNSUPPORTED
