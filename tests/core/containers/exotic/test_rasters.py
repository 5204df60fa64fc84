"""`core.containers.exotic`: SGI, Sun, X pixmaps and bitmaps, and QOI."""

import struct

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic import xbm, xpm
from advthumb.core.errors import ErrorCode
from advthumb.core.formats import ImageFormat
from tests.pictures.exotic import rasters
from tests.pictures.exotic.shown import grey, photo

from .refusals import CORRUPT, TOO_LARGE, UNSUPPORTED, refused, words_only

SGI = rasters.sgi(photo())
PACKED = rasters.sgi(grey(), packed=True)
SUN = rasters.sun([b"abc"], 3, 8)
BITS = rasters.xbm(np.eye(9, dtype=bool))
XPM = b'/* XPM */ static char *a[] = {"2 1 2 1", "a c red", "b c #123456", "ab"};'
QOI = b"qoif" + struct.pack(">IIBB", 2, 1, 3, 0) + b"\xc1" + bytes(7) + b"\1"


def put(data: bytes, at: int, *values: int) -> bytes:
    """Return a file with its bytes replaced from an offset."""
    return data[:at] + bytes(values) + data[at + len(values) :]


def cleaned(data: bytes, image_format: ImageFormat) -> bytes:
    return containers.clean(data, containers.read(data, image_format))


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (SGI[:100], CORRUPT, "header ends early"),
        (put(SGI, 2, 2), UNSUPPORTED, "compression 2"),
        (put(SGI, 3, 3), UNSUPPORTED, "3 bytes"),
        (put(SGI, 5, 4), UNSUPPORTED, "4 axes"),
        (put(SGI, 107, 1), UNSUPPORTED, "colour map 1"),
        (put(SGI, 11, 2), UNSUPPORTED, "2 channels"),
        (put(SGI, 7, 0), CORRUPT, "0x29"),
        (SGI[:-1], CORRUPT, "pixel data ends early"),
        (PACKED[:700], CORRUPT, "pixel data ends early"),
        (PACKED[:-1], CORRUPT, "a row of pixels"),
        (put(PACKED, 512, 0, 0, 0, 9), CORRUPT, "a row of pixels"),
        (put(PACKED, 512, 255, 255, 255, 255), CORRUPT, "a row of pixels"),
    ],
    ids=words_only,
)
def test_unreadable_sgi_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.SGI)
    assert (found, words in message) == (code, True), message


def test_grey_of_sixteen_bits_becomes_three_planes() -> None:
    """ImageMagick 6 would show its white as black."""
    samples = grey().astype(np.int64) * 257
    expected = rasters.sgi(np.repeat(samples, 3, axis=2), 2)
    assert cleaned(rasters.sgi(samples, 2), ImageFormat.SGI)[512:] == expected[512:]
    coded = cleaned(rasters.sgi(samples, 2, packed=True), ImageFormat.SGI)
    assert containers.read(coded, ImageFormat.SGI).samples == 3
    starts = struct.unpack_from(f">{3 * 29}I", coded, 512)
    assert starts[:29] == starts[29:58] == starts[58:]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (SUN[:31], CORRUPT, "header ends early"),
        (put(SUN, 15, 4), UNSUPPORTED, "4 bits"),
        (put(SUN, 23, 4), UNSUPPORTED, "type 4"),
        (put(SUN, 27, 2), UNSUPPORTED, "map of type 2"),
        (put(SUN, 31, 3), UNSUPPORTED, "3 bytes"),
        (
            rasters.sun([b"abcdef"], 2, 24, colours=b"rgb"),
            UNSUPPORTED,
            "a 24-bit Sun raster with a colour map",
        ),
        (rasters.sun([b"ab"], 2, 8, colours=b"rgbr"), UNSUPPORTED, "4 bytes"),
        (rasters.sun([b"a"], 2, 1, colours=bytes(9)), UNSUPPORTED, "9 bytes"),
        (rasters.sun([b"ab"], 2, 8, colours=bytes(771)), UNSUPPORTED, "771 bytes"),
        (rasters.sun([b"abc"], 3, 8, rasters.CODED), UNSUPPORTED, "3 px across"),
        (rasters.sun([b"abcdef"], 2, 24, rasters.CODED), UNSUPPORTED, "24-bit"),
        (rasters.sun([b"ab"], 16, 1, rasters.CODED), UNSUPPORTED, "1-bit"),
        (SUN[:-1], CORRUPT, "pixel data ends early"),
        (rasters.sun([b"ab"], 2, 8, colours=bytes(9))[:40], CORRUPT, "pixel data ends early"),
        (put(SUN, 7, 0), CORRUPT, "0x1"),
    ],
    ids=words_only,
)
def test_unreadable_sun_rasters_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.SUN)
    assert (found, words in message) == (code, True), message


def test_the_length_of_an_old_sun_raster_is_filled_in() -> None:
    old = rasters.sun([b"abc", b"def"], 1, 24, rasters.OLD)
    assert cleaned(old + b"more", ImageFormat.SUN) == rasters.sun([b"abc", b"def"], 1, 24)


@pytest.mark.parametrize(("colours", "expected"), [(b"RrGgBb", b"rRgGbB"), (b"RGB", b"RRGGBB")])
def test_the_two_colours_of_a_bitmap_are_swapped(colours: bytes, expected: bytes) -> None:
    """ImageMagick confuses the first with the second."""
    found = cleaned(rasters.sun([b"a"], 2, 1, colours=colours), ImageFormat.SUN)
    assert found == rasters.sun([b"a"], 2, 1, colours=expected)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (b"#F80", b"#ff8800"),
        (b"#ff8000", b"#ff8000"),
        (b"#fff800000", b"#ff8000"),
        (b"#ffff80000000", b"#ff8000"),
        (b"None", b"None"),
        (b"Transparent", b"None"),
        (b"light  Sky blue", b"#87cefa"),
        (b"green", b"#00ff00"),
        (b"gray50", b"#808080"),
        (b"grey100 s any", b"#ffffff"),
        (b"red m black g c", b"#ff0000"),
    ],
)
def test_the_colours_of_a_pixmap(word: bytes, expected: bytes) -> None:
    found = cleaned(XPM.replace(b"red", word), ImageFormat.XPM)
    assert b'"A c %s"' % expected in found


def test_colours_for_other_screens_are_used_without_a_colour_entry() -> None:
    for kinds, expected in (
        (b"m black g4 red", b"#ff0000"),
        (b"g4 blue g red", b"#ff0000"),
        (b"s x m red", b"#ff0000"),
    ):
        assert b'"A c %s"' % expected in cleaned(XPM.replace(b"c red", kinds), ImageFormat.XPM)


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"/* XPM */", CORRUPT, "its size"),
        (XPM.replace(b"2 1 2 1", b"2 1 2"), CORRUPT, "its size"),
        (XPM.replace(b"2 1 2 1", b"2 1 0 1"), CORRUPT, "0 colours"),
        (XPM.replace(b"2 1 2 1", b"2 1 4 1").replace(b"ab", b"b c red"), CORRUPT, "4 colours"),
        (XPM.replace(b'"b c', b'"a c'), CORRUPT, "2 colours"),
        (XPM.replace(b"2 1 2 1", b"2 1 2 9"), UNSUPPORTED, "9 characters"),
        (XPM.replace(b"2 1 2 1", b"2 1 2 0"), UNSUPPORTED, "0 characters"),
        (XPM.replace(b"2 1 2 1", b"2 1 70000 1"), TOO_LARGE, "70000 colours"),
        (XPM.replace(b"2 1 2 1", b"200000 100 2 1"), TOO_LARGE, "pixels"),
        (XPM.replace(b"2 1 2 1", b"2 2 2 1"), CORRUPT, "pixel data ends early"),
        (XPM.replace(b"2 1 2 1", b"3 1 2 1"), CORRUPT, "pixel data ends early"),
        (XPM.replace(b'"ab"', b'"ax"'), CORRUPT, "no colour for the pixel b'x'"),
        (XPM.replace(b"red", b"reddish"), UNSUPPORTED, "reddish"),
        (XPM.replace(b"red", b"gray101"), UNSUPPORTED, "gray101"),
        (XPM.replace(b"red", b"#12345"), UNSUPPORTED, "#12345"),
        (XPM.replace(b"c red", b"red"), UNSUPPORTED, "the colour ''"),
        (XPM.replace(b"red", b"r" * 300), CORRUPT, "end of a colour is missing"),
        (XPM.replace(b'"ab"', b"/* no end"), CORRUPT, "end of a comment"),
        (XPM.replace(b"2 1 2 1", b"0 1 2 1"), CORRUPT, "0x1"),
    ],
    ids=words_only,
)
def test_unreadable_xpm_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.XPM)
    assert (found, words in message) == (code, True), message


@pytest.mark.parametrize(("count", "letters"), [(64, 1), (65, 2), (4096, 2), (4097, 3)])
def test_a_pixmap_uses_as_many_letters_per_pixel_as_its_colours_need(count: int, letters: int) -> None:
    numbers = np.arange(count)
    pixels = np.dstack([numbers >> 8, numbers & 255, numbers * 0]).astype(np.uint8)
    found = cleaned(rasters.xpm(pixels, 4), ImageFormat.XPM)
    assert b'"%d 1 %d %d"' % (count, count, letters) in found
    assert containers.read(found, ImageFormat.XPM).size == (count, 1)


def test_the_pixels_of_a_pixmap_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xpm, "MAX_PIXELS", 2)
    assert cleaned(XPM, ImageFormat.XPM)
    monkeypatch.setattr(xpm, "MAX_PIXELS", 1)
    assert refused(XPM, ImageFormat.XPM)[0] is TOO_LARGE


def test_a_transparent_colour_means_alpha() -> None:
    assert containers.read(XPM.replace(b"red", b"none"), ImageFormat.XPM).has_alpha
    assert not containers.read(XPM, ImageFormat.XPM).has_alpha


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (BITS.replace(b"a_height 9", b"a_height x"), CORRUPT, "width or height is missing"),
        (BITS.replace(b"static", b"extern"), CORRUPT, "no pixel data"),
        (BITS.replace(b"unsigned char", b"short"), UNSUPPORTED, "X10 format"),
        (BITS.replace(b"0x1,", b"", 1), CORRUPT, "not bytes"),
        (BITS.replace(b"0x1,", b"0x100,", 1), CORRUPT, "not bytes"),
        (BITS.replace(b"0x1,", b"1,", 1), CORRUPT, "not bytes"),
        (BITS.replace(b"a_width 9", b"a_width 0"), CORRUPT, "0x9"),
    ],
    ids=words_only,
)
def test_unreadable_xbm_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.XBM)
    assert (found, words in message) == (code, True), message


def test_the_pixels_of_a_bitmap_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    behind = len(BITS) - BITS.index(b"{") - 1
    monkeypatch.setattr(xbm, "MAX_WORDS", behind)
    assert cleaned(BITS, ImageFormat.XBM).startswith(b"#define picture_width 9\n#define picture_height 9\n")
    monkeypatch.setattr(xbm, "MAX_WORDS", behind - 1)
    assert refused(BITS, ImageFormat.XBM)[0] is TOO_LARGE


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (QOI[:13], "header ends early"),
        (put(QOI, 12, 2), "2 channels"),
        (put(QOI, 13, 2), "colour space 2"),
        (QOI[:-1], "pixel data ends early"),
        (put(QOI, 7, 63), "pixel data ends early"),
        (put(QOI, 7, 0), "0x1"),
    ],
    ids=words_only,
)
def test_unreadable_qoi_files_are_refused(data: bytes, words: str) -> None:
    found, message = refused(data, ImageFormat.QOI)
    assert (found, words in message) == (CORRUPT, True), message


def test_alpha_in_a_qoi_is_found() -> None:
    assert containers.read(QOI, ImageFormat.QOI).size == (2, 1)
    assert not containers.read(QOI, ImageFormat.QOI).has_alpha
    assert containers.read(put(QOI, 12, 4), ImageFormat.QOI).has_alpha
