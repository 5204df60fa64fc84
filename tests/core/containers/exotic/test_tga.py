"""`core.containers.exotic.tga`: types, alpha and its meaning, and the areas of version 2.0."""

import struct

import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic.tga import FEW_BITS, GREY_ALPHA
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours
from advthumb.core.orientation import Orientation
from tests.pictures.exotic.tgas import FROM_THE_RIGHT, FROM_THE_TOP, GREY, NAME, PALETTE, RGB, tga

from .refusals import changed, refusal

SIZE = (5, 4)
DEEP = bytes(5 * 4 * 4)


def plain(**options: int) -> bytes:
    return tga(DEEP, RGB, 32, size=SIZE, **options)


@pytest.mark.parametrize(
    ("origin", "orientation"),
    [
        (FROM_THE_TOP, Orientation.NORMAL),
        (FROM_THE_TOP | FROM_THE_RIGHT, Orientation.MIRROR),
        (0, Orientation.MIRROR_ROTATE_180),
        (FROM_THE_RIGHT, Orientation.ROTATE_180),
    ],
)
def test_the_corner_of_the_first_pixel_decides_the_orientation(origin: int, orientation: Orientation) -> None:
    data = plain(origin=origin)
    info = containers.read(data, ImageFormat.TGA)
    assert info.orientation is orientation
    assert containers.clean(data, info)[17] == FROM_THE_TOP


@pytest.mark.parametrize(("meaning", "found"), [(None, True), (0, False), (1, False), (2, False), (3, True)])
def test_alpha_is_used_if_the_extension_area_says_so(meaning: int | None, *, found: bool) -> None:
    data = tga(DEEP, RGB, 32, size=SIZE, alpha_bits=8, meaning=meaning)
    info = containers.read(data, ImageFormat.TGA)
    assert (info.has_alpha, info.samples) == (found, 3 + found)


def test_one_bit_alpha_is_a_separate_kind() -> None:
    data = tga(DEEP, RGB, 16, size=SIZE, alpha_bits=1)
    assert containers.read(data, ImageFormat.TGA).kind == FEW_BITS


def test_grey_is_grey_with_or_without_alpha() -> None:
    info = containers.read(tga(DEEP, GREY, 8, size=SIZE), ImageFormat.TGA)
    assert (info.colours, info.samples, info.kind) == (Colours.GREY, 1, "")
    info = containers.read(tga(DEEP, GREY, 16, size=SIZE, alpha_bits=8), ImageFormat.TGA)
    assert (info.colours, info.samples, info.kind) == (Colours.GREY, 2, GREY_ALPHA)


@pytest.mark.parametrize(
    "data",
    [
        tga(DEEP, RGB, 32, size=SIZE, alpha_bits=8, meaning=4),  # premultiplied
        tga(DEEP, RGB, 32, size=SIZE, alpha_bits=7),
        tga(DEEP, RGB, 15, size=SIZE),
        tga(DEEP, GREY, 16, size=SIZE),
        tga(DEEP, 0, 24, size=SIZE),
        tga(DEEP, RGB, 24, size=SIZE, origin=0x40),
        tga(DEEP, PALETTE, 8, size=SIZE, palette=bytes(6), colour_bits=24, first=1),
        tga(DEEP, PALETTE, 8, size=SIZE, palette=bytes(30), colour_bits=15),
        tga(DEEP, PALETTE, 8, size=SIZE, palette=bytes(8), colour_bits=32),
        tga(DEEP, RGB, 24, size=SIZE, palette=bytes(30), colour_bits=15),
        changed(plain(), 1, "<B", 2),
        changed(tga(DEEP, RGB, 32, size=SIZE, alpha_bits=8, meaning=3), 18 + len(DEEP), "<H", 494),
    ],
)
def test_other_layouts_are_unsupported(data: bytes) -> None:
    assert refusal(data, ImageFormat.TGA) == "unsupported"


def test_missing_pixels_are_corrupt() -> None:
    assert refusal(tga(DEEP, RGB, 32, size=(5, 5)), ImageFormat.TGA) == "corrupt"
    without_colours = tga(b"", PALETTE, 8, size=SIZE, palette=bytes(6), colour_bits=24)[:18]
    assert (
        refusal(changed(without_colours, 2, "<B", PALETTE | 8) + bytes(8) + NAME, ImageFormat.TGA)
        == "corrupt"
    )
    assert refusal(without_colours + bytes(8) + NAME, ImageFormat.TGA) == "corrupt"


@pytest.mark.parametrize("area", [0, 4])
def test_a_footer_that_points_outside_the_file_is_corrupt(area: int) -> None:
    data = plain()
    assert refusal(changed(data, len(data) - 26 + area, "<I", len(data) - 25), ImageFormat.TGA) == "corrupt"


def test_the_area_after_packed_pixels_is_hidden_from_the_decoder() -> None:
    pixels = b"\xff\1\2\3" * 2
    data = tga(pixels + b"area", RGB | 8, 24, size=(16, 16))
    data = changed(data, len(data) - 22, "<I", 18 + len(pixels))
    info = containers.read(data, ImageFormat.TGA)
    assert containers.clean(data, info)[18:] == pixels
    data = changed(data, len(data) - 22, "<I", 3)  # which points into the header
    assert containers.clean(data, info)[18:] == pixels + b"area"


def test_a_tga_that_begins_like_a_cursor_is_read() -> None:
    data = tga(bytes(5 * 4 * 3), RGB, 24, size=SIZE)
    assert data.startswith(struct.pack("<HH", 0, 2))
    assert containers.read(data, ImageFormat.TGA).size == SIZE
