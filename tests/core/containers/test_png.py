"""`core.containers.png`: the header, the chunks that a decoder sees, and the frames."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from advthumb.core import containers
from advthumb.core.containers.png import read
from advthumb.core.containers.png_rows import check_rows
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Disposal
from advthumb.core.orientation import Orientation
from advthumb.testing.pictures.png import GREY, PALETTE, TRUECOLOUR, TRUECOLOUR_ALPHA, chunk, header
from tests import pictures
from tests.pictures import Part

RED, BLUE = (200, 30, 30, 255), (30, 30, 200, 255)
PIXELS = chunk(b"IDAT", zlib.compress(bytes(9 * 8)))
END = chunk(b"IEND", b"")
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def grey_of(*before: bytes, after: bytes = END) -> bytes:
    """Return a grey PNG of 8 x 8 px with chunks before its pixels."""
    return header(8, 8, 8, GREY) + b"".join(before) + PIXELS + after


def refused(data: bytes) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        cleaned(data)
    return caught.value


def cleaned(data: bytes) -> bytes:
    return containers.clean(data, containers.read(data, ImageFormat.PNG))


def names(data: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append(data[at + 4 : at + 8])
        at += length + 12
    return found


def test_a_decoder_sees_only_what_affects_the_pixels() -> None:
    """The decoder never unpacks texts, reads frames or applies profiles."""
    assert names(cleaned(pictures.with_metadata("PNG"))) == [b"IHDR", b"IDAT", b"IEND"]
    palette = pictures.palette_png([RED[:3], BLUE[:3]], [0, 255])
    assert set(names(cleaned(palette))) <= {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
    moving = cleaned(pictures.animated("PNG"))
    assert names(moving) == [b"IHDR", b"IDAT", b"IEND"]


def test_a_file_with_only_pixels_is_not_copied() -> None:
    data = grey_of()
    assert cleaned(data) is data
    palette = header(8, 8, 8, PALETTE) + chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\1") + PIXELS + END
    assert cleaned(palette) is palette
    swapped = header(8, 8, 8, PALETTE) + chunk(b"tRNS", b"\1") + PIXELS + chunk(b"PLTE", bytes(6)) + END
    assert len(cleaned(swapped)) < len(swapped)


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt", b"prVt", b"eXIf", b"iCCP"])
def test_a_wrong_checksum_outside_the_pixels_is_ignored(name: bytes) -> None:
    wrong = bytearray(chunk(name, b"a\0\0rubbish"))
    wrong[-1] ^= 1
    assert cleaned(grey_of(bytes(wrong))) == grey_of()


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE", b"tRNS", b"IDAT"])
def test_a_wrong_checksum_of_a_pixel_chunk_is_corrupt(name: bytes) -> None:
    data = bytearray(
        header(8, 8, 8, PALETTE) + chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\1") + PIXELS + END
    )
    at = data.index(name)
    (length,) = struct.unpack_from(">I", data, at - 4)
    data[at + 4 + length] ^= 1
    error = refused(bytes(data))
    assert (error.code, f"the checksum of its {name.decode()} chunk is wrong" in error.message) == (
        ErrorCode.CORRUPT,
        True,
    )


@pytest.mark.parametrize(
    "after", [b"", END[:5], END[:-1] + b"\0", chunk(b"tEXt", b"a\0b")[:-3], b"rubbish" * 9]
)
def test_data_after_the_pixels_is_left_out(after: bytes) -> None:
    assert cleaned(grey_of(after=after)) == grey_of()


@pytest.mark.parametrize("lost", [1, 4, 13, 20, 60])
def test_truncated_pixels_are_corrupt(lost: int) -> None:
    data = header(8, 8, 8, GREY) + PIXELS
    with pytest.raises(ThumbnailError) as caught:
        read(data[:-lost])
    assert caught.value.code is ErrorCode.CORRUPT


@pytest.mark.parametrize(
    "data",
    [
        header(8, 8, 8, GREY) + END,
        header(8, 8, 8, GREY),
        header(8, 8, 7, GREY) + PIXELS + END,
        header(8, 8, 16, PALETTE) + PIXELS + END,
        header(8, 8, 8, 5) + PIXELS + END,
        pictures.png_bomb()[:8] + PIXELS * 3 + END,
        header(0, 8, 8, GREY) + PIXELS + END,
    ],
    ids=["no pixels", "nothing", "depth", "palette of 16 bits", "colours", "no header", "no width"],
)
def test_a_file_that_is_not_a_png_is_corrupt(data: bytes) -> None:
    assert refused(data).code is ErrorCode.CORRUPT


def test_the_length_of_a_side_is_limited() -> None:
    error = refused(header(200_001, 1, 1, GREY) + PIXELS + END)
    assert (error.code, "a side may be at most 200000" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_the_number_of_other_chunks_is_limited() -> None:
    assert read(grey_of(chunk(b"prVt", b"") * (MAX_SEGMENTS - 1))).size == (8, 8)
    error = refused(grey_of(chunk(b"prVt", b"") * MAX_SEGMENTS))
    assert (error.code, "10000 chunks" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_there_may_be_many_pixel_chunks() -> None:
    """Encoders write a few kilobytes into each."""
    packed = zlib.compress(bytes(9 * 8), 0)
    parts = b"".join(chunk(b"IDAT", packed[at : at + 1]) for at in range(len(packed)))
    data = header(8, 8, 8, GREY) + parts + chunk(b"IDAT", b"") * (MAX_SEGMENTS + 1) + END
    assert cleaned(data) == data


@pytest.mark.parametrize("between", [chunk(b"I AT", b"a piece"), chunk(b"tEXt", b"a\0b")])
def test_pixels_in_several_places_are_corrupt(between: bytes) -> None:
    """One chunk name was damaged, so its piece of the pixels would be missing."""
    packed = zlib.compress(bytes(9 * 8))
    pieces = [chunk(b"IDAT", packed[:4]), between, chunk(b"IDAT", packed[4:])]
    error = refused(header(8, 8, 8, GREY) + b"".join(pieces) + END)
    assert (error.code, "interrupted by other chunks" in error.message) == (ErrorCode.CORRUPT, True)


def test_excess_bits_of_a_transparent_colour_are_ignored() -> None:
    """Of 1-bit grey, 255 is 1 (PNG 11.3.2.1); ImageMagick would compare the whole number."""
    assert chunk(b"tRNS", b"\x00\x01") in cleaned(pictures.low_bit_grey_png(1, 0, 1, transparent=255))


@pytest.mark.parametrize(
    ("colours", "depth", "meaning", "samples", "bits", "alpha"),
    [
        (GREY, 1, Colours.GREY, 1, 8, False),
        (GREY, 16, Colours.GREY, 1, 16, False),
        (TRUECOLOUR, 8, Colours.RGB, 3, 8, False),
        (PALETTE, 4, Colours.RGB, 3, 8, False),
        (4, 8, Colours.GREY, 2, 8, True),
        (TRUECOLOUR_ALPHA, 16, Colours.RGB, 4, 16, True),
    ],
)
def test_the_header_describes_the_samples(
    colours: int, depth: int, meaning: Colours, samples: int, bits: int, *, alpha: bool
) -> None:
    found = read(header(8, 8, depth, colours) + PIXELS + END)
    assert (found.colours, found.samples, found.bits, found.has_alpha) == (meaning, samples, bits, alpha)


def test_a_16_bit_transparent_colour_is_reported() -> None:
    data = header(8, 8, 16, TRUECOLOUR) + chunk(b"tRNS", bytes(6)) + PIXELS + END
    assert read(data).kind == "a transparent colour of 16 bits"
    assert read(data).has_alpha


def test_exif_rotates_before_the_pixels_but_not_after_them() -> None:
    """It must come before the pixels, and the first one is used (PNG, third edition, 11.3.4.5)."""
    exif = chunk(b"eXIf", pictures.orientation_exif(6))
    other = chunk(b"eXIf", pictures.orientation_exif(3))
    assert read(grey_of(exif, other)).orientation is Orientation.ROTATE_90
    assert read(grey_of(after=exif + END)).orientation is Orientation.NORMAL


def test_damaged_or_foreign_exif_is_ignored() -> None:
    exif = bytearray(chunk(b"eXIf", pictures.orientation_exif(6)))
    exif[-1] ^= 1
    assert read(grey_of(bytes(exif))).orientation is Orientation.NORMAL
    of_jpeg = chunk(b"eXIf", b"Exif\0\0" + pictures.orientation_exif(6))
    assert read(grey_of(of_jpeg)).orientation is Orientation.NORMAL


def icc(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"name\0\0" + zlib.compress(profile))


def test_the_first_profile_is_used_if_it_fits() -> None:
    data = header(8, 8, 8, TRUECOLOUR) + icc(pictures.P3.icc) + icc(b"other") + PIXELS + END
    assert read(data).profile == pictures.P3.icc
    assert read(header(8, 8, 8, TRUECOLOUR) + PIXELS + icc(pictures.P3.icc) + END).profile is None


@pytest.mark.parametrize(
    "content", [b"", b"name", b"name\0\0rubbish", b"name\0\0" + zlib.compress(bytes(5 * 2**20))]
)
def test_a_profile_that_cannot_be_unpacked_is_ignored(content: bytes) -> None:
    assert read(grey_of(chunk(b"iCCP", content))).profile is None


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 8), (9, 5), (33, 17)])
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("colours", "depth"), [(GREY, 1), (GREY, 16), (TRUECOLOUR, 8), (PALETTE, 2), (TRUECOLOUR_ALPHA, 8)]
)
def test_pixels_that_end_before_the_last_row_are_corrupt(
    size: tuple[int, int], colours: int, depth: int, *, interlaced: bool
) -> None:
    """With one byte less than a decoder needs, the picture is incomplete."""
    width, height = size
    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, interlaced)
    bits = depth * {GREY: 1, TRUECOLOUR: 3, PALETTE: 1, TRUECOLOUR_ALPHA: 4}[colours]
    steps = ADAM7 if interlaced else [(0, 0, 1, 1)]
    needed = sum(
        1 + (len(range(left, width, across)) * bits + 7) // 8
        for left, top, across, down in steps
        for _row in range(top, height, down)
        if range(left, width, across)
    )
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    for given in (needed, needed + 9):
        check_rows(start + chunk(b"IDAT", zlib.compress(bytes(given))) + END)
    with pytest.raises(ThumbnailError, match="pixel data ends early") as caught:
        check_rows(start + chunk(b"IDAT", zlib.compress(bytes(needed - 1))) + END)
    assert caught.value.code is ErrorCode.CORRUPT


CODES = chunk(b"cICP", bytes([12, 13, 0, 1]))
GAMMA = chunk(b"gAMA", struct.pack(">I", 100_000))
POINTS = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))


def profile_of(*before: bytes) -> bytes | None:
    return read(header(8, 8, 8, TRUECOLOUR) + b"".join(before) + PIXELS + END).profile


def test_colour_codes_win_over_a_profile_and_a_profile_over_a_gamma() -> None:
    """PNG, third edition, 4.3: cICP, iCCP, sRGB, gAMA with cHRM."""
    p3, linear = profile_of(CODES), profile_of(GAMMA)
    assert p3
    assert linear
    assert len({p3, linear, profile_of(GAMMA, POINTS), pictures.P3.icc}) == 4
    assert profile_of(GAMMA, icc(pictures.P3.icc), CODES) == p3
    assert profile_of(GAMMA, chunk(b"sRGB", b"\0"), icc(pictures.P3.icc)) == pictures.P3.icc
    assert profile_of(GAMMA, chunk(b"sRGB", b"\0")) is None
    assert profile_of(GAMMA, chunk(b"cHRM", b"short")) == linear
    assert profile_of(chunk(b"gAMA", b"\0"), chunk(b"cICP", b"\1")) is None


# Animations


def test_each_frame_becomes_a_separate_file() -> None:
    parts = [Part(RED, (8, 6)), Part(BLUE, (4, 2), (2, 3), disposal=1, over=False, milliseconds=0)]
    data = pictures.apng_of((8, 6), parts, plays=3)
    info = containers.read(data, ImageFormat.PNG, max_frames=9)
    assert (info.frames, info.part, containers.plays(data, info)) == (2, None, 3)
    first, second = containers.frames(data, info)
    assert (first.size, first.offset, first.milliseconds, first.disposal) == (
        (8, 6),
        (0, 0),
        200,
        Disposal.KEEP,
    )
    assert (second.size, second.offset, second.milliseconds) == ((4, 2), (2, 3), 100)
    assert (second.disposal, first.over, second.over) == (Disposal.CLEAR, True, False)
    for frame, colour in ((first, RED), (second, BLUE)):
        with Image.open(BytesIO(frame.stream)) as image:
            assert (image.size, image.convert("RGBA").getpixel((1, 1))) == (frame.size, colour)


def test_no_more_frames_are_returned_than_wanted() -> None:
    data = pictures.apng_of((8, 6), [Part(RED, (8, 6))] * 5)
    info = containers.read(data, ImageFormat.PNG, max_frames=2)
    assert (info.frames, len(list(containers.frames(data, info)))) == (2, 2)


def test_a_default_picture_outside_the_animation_is_used_only_for_stills() -> None:
    """PNG, third edition, 4.9: the static image, if no fcTL precedes it."""
    data = pictures.apng_of((8, 6), [Part(RED, (4, 2), (2, 1)), Part(BLUE, (8, 6))], hidden=(9, 9, 9, 255))
    info = containers.read(data, ImageFormat.PNG, max_frames=9)
    assert (info.frames, info.size, info.part, info.offset, info.has_alpha) == (
        2,
        (8, 6),
        (4, 2),
        (2, 1),
        True,
    )
    with Image.open(BytesIO(containers.clean(data, info))) as image:
        assert (image.size, image.convert("RGBA").getpixel((1, 1))) == ((4, 2), RED)


def test_frames_without_an_animation_are_ignored() -> None:
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 1, 0, 0))
    assert read(grey_of(frame)).frames == 1
    assert read(grey_of(chunk(b"acTL", bytes(8)), frame)).frames == 1


@pytest.mark.parametrize("place", [(0, 6, 0, 0), (9, 6, 0, 0), (8, 6, 1, 0), (8, 6, 0, 1)])
def test_a_frame_that_exceeds_its_canvas_is_corrupt(place: tuple[int, int, int, int]) -> None:
    data = pictures.apng_of((8, 6), [Part(RED, (8, 6))], hidden=RED)
    at = data.index(b"fcTL") + 8
    assert refused(data[:at] + struct.pack(">IIII", *place) + data[at + 16 :]).code is ErrorCode.CORRUPT
