"""`core.containers.exotic.jp2` and `codestream`: boxes, channels, tiles and resolution levels."""

import struct

import pytest

from advthumb.core import containers
from advthumb.core.containers import exotic
from advthumb.core.containers.boxes import box
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size
from advthumb.core.profiles import SRGB
from tests.pictures import as_image, gradient_pixels, grey_profile
from tests.pictures.exotic.jp2s import SIGNATURE, TYPE, coded, jp2
from tests.pictures.exotic.psds import transparent_pixels

from .refusals import changed, refusal

THREE = coded(as_image(gradient_pixels(61, 43)))
FOUR = coded(as_image(transparent_pixels()))
TILES = coded(as_image(gradient_pixels(61, 43)), tile_size=(32, 32))
LISTED_RGB, LISTED_GREY = b"\1\0\0\0\0\0\x10", b"\1\0\0\0\0\0\x11"
OPACITY, PREMULTIPLIED = 1, 2
COD = THREE.index(b"\xff\x52")
SOT = THREE.index(b"\xff\x90")


def described(*channels: tuple[int, int, int]) -> bytes:
    return box(b"cdef", struct.pack(">H", len(channels)), *(struct.pack(">HHH", *each) for each in channels))


def with_alpha(kind: int = OPACITY, association: int = 0) -> bytes:
    return described((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, kind, association))


def inserted(data: bytes, at: int, *segments: tuple[int, bytes]) -> bytes:
    parts = b"".join(struct.pack(">HH", marker, len(content) + 2) + content for marker, content in segments)
    return data[:at] + parts + data[at:]


@pytest.mark.parametrize(
    ("data", "alpha"),
    [
        (jp2(THREE, LISTED_RGB), False),
        (jp2(THREE, LISTED_RGB, described((0, 0, 1), (1, 0, 2), (2, 0, 3))), False),
        (jp2(FOUR, LISTED_RGB, with_alpha()), True),
        (jp2(FOUR, LISTED_RGB, described((3, 1, 0), (2, 0, 3), (1, 0, 2), (0, 0, 1))), True),
        (THREE, False),
    ],
)
def test_channels_are_colours_or_alpha(data: bytes, *, alpha: bool) -> None:
    info = containers.read(data, ImageFormat.JP2)
    assert (info.has_alpha, info.samples) == (alpha, 3 + alpha)


@pytest.mark.parametrize(
    "data",
    [
        FOUR,
        jp2(FOUR, LISTED_RGB),
        jp2(FOUR, LISTED_RGB, with_alpha(PREMULTIPLIED)),
        jp2(FOUR, LISTED_RGB, with_alpha(association=1)),
        jp2(THREE, LISTED_RGB, described((0, 0, 3), (1, 0, 2), (2, 0, 1))),
        jp2(THREE, LISTED_GREY),
        jp2(THREE, b"\1\0\0\0\0\0\x12"),  # sYCC
        jp2(THREE, b"\2\0\0" + SRGB[:16] + b"CMYK" + SRGB[20:]),
        jp2(THREE, b"\4\0\0\0\0\0\x10"),
        jp2(THREE, LISTED_RGB, box(b"pclr", bytes(9))),
        SIGNATURE + TYPE + box(b"jp2h", box(b"ihdr", bytes(14))) + box(b"jp2c", THREE),
    ],
)
def test_other_channels_and_colours_are_unsupported(data: bytes) -> None:
    assert refusal(data, ImageFormat.JP2) == "unsupported"


def test_a_missing_header_or_picture_is_refused() -> None:
    assert refusal(SIGNATURE + TYPE + box(b"jp2c", THREE), ImageFormat.JP2) == "corrupt"
    assert refusal(jp2(b"", LISTED_RGB), ImageFormat.JP2) == "corrupt"
    assert refusal(jp2(THREE, LISTED_RGB, box(b"cdef", b"\0\4" + bytes(18))), ImageFormat.JP2) == "corrupt"
    assert refusal(jp2(THREE[2:], LISTED_RGB), ImageFormat.JP2) == "corrupt"


@pytest.mark.parametrize("method", [2, 3])
def test_a_profile_is_used(method: int) -> None:
    data = jp2(THREE, bytes([method, 0, 0]) + SRGB)
    info = containers.read(data, ImageFormat.JP2)
    assert info.profile == SRGB
    assert SRGB not in containers.clean(data, info)
    grey = coded(as_image(gradient_pixels(61, 43)[..., :1]))
    info = containers.read(jp2(grey, bytes([method, 0, 0]) + grey_profile()), ImageFormat.JP2)
    assert (info.colours, info.profile is None) == (Colours.GREY, False)


def test_data_after_the_first_picture_is_ignored() -> None:
    data = jp2(THREE, LISTED_RGB)
    info = containers.read(data, ImageFormat.JP2)
    assert containers.clean(data + box(b"jp2c", FOUR) + b"junk", info) == containers.clean(data, info)


@pytest.mark.parametrize(
    ("at", "layout", "values", "code"),
    [
        (16, ">I", (1,), "unsupported"),  # the corner of the picture
        (32, ">I", (1,), "unsupported"),  # the corner of the first tile
        (40, ">H", (5,), "unsupported"),
        (40, ">H", (2,), "unsupported"),  # because the length of the segment says three
        (42, ">B", (0x87,), "unsupported"),  # signed
        (42, ">B", (15,), "unsupported"),  # the others have eight bits
        (43, ">B", (2,), "unsupported"),
        (24, ">I", (0,), "corrupt"),
        (28, ">I", (0,), "corrupt"),
        (24, ">II", (1, 1), ""),
    ],
)
def test_sizes_and_components_are_checked(at: int, layout: str, values: tuple[int, ...], code: str) -> None:
    expected = code or "corrupt"  # most of 2,623 tiles are missing
    assert refusal(changed(THREE, at, layout, *values), ImageFormat.JP2) == expected


def test_the_number_of_tiles_is_checked_before_memory_is_used() -> None:
    many = changed(THREE, 8, ">II", 101, 100)
    assert refusal(changed(many, 24, ">II", 1, 1), ImageFormat.JP2) == "too-large"


def test_a_component_count_that_does_not_match_the_header_is_unsupported() -> None:
    with pytest.raises(ThumbnailError, match=r"with 2 components \[") as caught:
        containers.read(changed(THREE, 40, ">H", 2), ImageFormat.JP2)
    assert caught.value.code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize("precinct", [0x00, 0x01, 0x10])
def test_the_number_of_precincts_is_limited(precinct: int) -> None:
    (levels,) = struct.unpack_from(">B", THREE, COD + 9)
    (length,) = struct.unpack_from(">H", THREE, COD + 2)
    segment = bytearray(THREE[COD + 4 : COD + 2 + length])
    segment[0] |= 1
    fine = bytes(segment) + bytes([precinct]) * (levels + 1)
    rest = THREE[COD + 2 + length :]
    huge = changed(THREE[:COD], 8, ">IIIIII", 9_000, 9_000, 0, 0, 9_000, 9_000)
    assert refusal(inserted(huge + rest, COD, (0xFF52, fine)), ImageFormat.JP2) == "too-large"
    assert refusal(inserted(THREE[:COD] + rest, COD, (0xFF52, fine)), ImageFormat.JP2) == ""
    assert refusal(inserted(huge + rest, COD, (0xFF52, fine[:-1])), ImageFormat.JP2) == "corrupt"


@pytest.mark.parametrize(("at", "value"), [(9, 33), (10, 9), (11, 9), (10, 7)])
def test_coding_parameters_out_of_range_are_corrupt(at: int, value: int) -> None:
    assert refusal(changed(THREE, COD + at, ">B", value), ImageFormat.JP2) == "corrupt"


@pytest.mark.parametrize("marker", [0xFF53, 0xFF5F, 0xFF60, 0xFF50])
def test_rare_markers_are_unsupported(marker: int) -> None:
    assert refusal(inserted(THREE, SOT, (marker, b"rare")), ImageFormat.JP2) == "unsupported"
    assert refusal(inserted(THREE, SOT, (0xFF64, b"comment")), ImageFormat.JP2) == ""
    assert refusal(changed(THREE, COD, ">H", 0xFF64), ImageFormat.JP2) == "unsupported"


def test_segments_are_checked_for_length_and_number() -> None:
    assert refusal(changed(THREE, COD + 2, ">H", 0xFFFF), ImageFormat.JP2) == "corrupt"
    first = TILES.index(b"\xff\x90")
    (length,) = struct.unpack_from(">I", TILES, first + 6)
    into_the_next = changed(TILES, first + 12, ">HH", 0xFF64, length - 2)
    assert refusal(into_the_next, ImageFormat.JP2) == "corrupt"
    many = inserted(THREE, SOT, *[(0xFF64, b"")] * MAX_SEGMENTS)
    assert refusal(many, ImageFormat.JP2) == "too-large"


def test_tiles_with_separate_coding_parameters_are_unsupported() -> None:
    (length,) = struct.unpack_from(">I", THREE, SOT + 6)
    longer = changed(inserted(THREE, SOT + 12, (0xFF52, b"rare")), SOT + 6, ">I", length + 8)
    assert refusal(longer, ImageFormat.JP2) == "unsupported"


@pytest.mark.parametrize(
    ("at", "layout", "value"),
    [(2, ">H", 9), (4, ">H", 1), (6, ">I", 13), (6, ">I", 10**6), (11, ">B", 2)],
)
def test_tile_part_fields_out_of_range_are_corrupt(at: int, layout: str, value: int) -> None:
    assert refusal(changed(THREE, SOT + at, layout, value), ImageFormat.JP2) == "corrupt"


def test_a_gap_between_tile_parts_is_corrupt() -> None:
    second = TILES.index(b"\xff\x90", TILES.index(b"\xff\x90") + 1)
    assert refusal(changed(TILES, second, ">H", 0xFF64), ImageFormat.JP2) == "corrupt"


def test_a_tile_part_longer_than_its_box_is_corrupt() -> None:
    (length,) = struct.unpack_from(">I", THREE, SOT + 6)
    longer = jp2(changed(THREE[:-2], SOT + 6, ">I", length + 8), LISTED_RGB) + box(b"free", b"\xff\xd9")
    assert refusal(longer, ImageFormat.JP2) == "corrupt"


def test_the_last_tile_part_may_extend_to_the_end() -> None:
    assert refusal(changed(THREE, SOT + 6, ">I", 0), ImageFormat.JP2) == ""


def test_a_missing_tile_is_corrupt() -> None:
    first = TILES.index(b"\xff\x90")
    (length,) = struct.unpack_from(">I", TILES, first + 6)
    assert refusal(TILES, ImageFormat.JP2) == ""
    assert refusal(TILES[:first] + TILES[first + length :], ImageFormat.JP2) == "corrupt"


def test_the_number_of_tile_parts_is_limited() -> None:
    empty = struct.pack(">HHHIBBH", 0xFF90, 10, 0, 14, 0, 0, 0xFF93)
    many = THREE[:SOT] + empty * MAX_SEGMENTS + THREE[SOT:]
    assert refusal(many, ImageFormat.JP2) == "too-large"
    fewer = THREE[:SOT] + empty * (MAX_SEGMENTS - 1) + changed(THREE[SOT:], 11, ">B", 0)
    assert refusal(fewer, ImageFormat.JP2) == ""


def test_the_memory_of_the_decoder_is_estimated() -> None:
    whole, tiled = (containers.read(data, ImageFormat.JP2).held for data in (THREE, TILES))
    assert whole >= 61 * 43 * 3 * 4
    assert tiled >= 2 * 61 * 43 * 3 * 4


@pytest.mark.parametrize(
    ("floor", "times"),
    [((61, 43), 0), ((31, 1), 0), ((30, 21), 1), ((30, 22), 0), ((15, 10), 2), ((1, 1), 5), ((90, 90), 0)],
)
@pytest.mark.parametrize("data", [THREE, jp2(THREE, LISTED_RGB), TILES])
def test_sides_are_halved_down_to_the_floor(data: bytes, floor: tuple[int, int], times: int) -> None:
    assert exotic.jp2.halvings(data, Size(61, 43), Size(*floor)) == times


def test_sides_are_halved_at_most_once_per_level() -> None:
    two = coded(as_image(gradient_pixels(61, 43)), num_resolutions=3)
    assert exotic.jp2.halvings(two, Size(61, 43), Size(1, 1)) == 2


def test_a_halved_picture_is_offset_to_the_lower_right() -> None:
    assert exotic.jp2.covered(Size(61, 43), 0) == (0, 0, 61, 43)
    assert exotic.jp2.covered(Size(61, 43), 2) == (0.375, 0.375, 15.625, 11.125)
