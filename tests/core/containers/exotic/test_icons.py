"""`core.containers.exotic.ico` and `icns`: the largest picture and its content."""

import struct

import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic.icns import MAX_PICTURES
from advthumb.core.containers.exotic.ico import MAX_ENTRIES
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.formats import ImageFormat
from tests import pictures
from tests.pictures.exotic.icons import dib, icns, icon

from .refusals import changed, refusal

SIZE = (5, 4)
CONTENT = 22
"""The offset of the picture in an icon with a single one."""
MASK = bytes(4 * 4)


def bitmap(bits: int = 24, size: tuple[int, int] = SIZE) -> bytes:
    width, height = size
    row, mask = (width * bits + 31) // 32 * 4, (width + 31) // 32 * 4
    colours = 2**bits if bits <= 8 else 0
    return dib(bytes(row * height), bytes(mask * height), bits, size, bytes(4 * colours))


def png(width: int, height: int) -> bytes:
    return pictures.plain(width, height, (9, 9, 9), "PNG")


@pytest.mark.parametrize("bits", [1, 4, 8, 24, 32])
def test_a_truncated_bitmap_is_corrupt(bits: int) -> None:
    assert refusal(icon((SIZE, bitmap(bits))), ImageFormat.ICO) == ""
    cut = -1 if bits < 32 else -len(MASK) - 1
    assert refusal(icon((SIZE, bitmap(bits)[:cut])), ImageFormat.ICO) == "corrupt"


def test_the_largest_and_then_the_deepest_picture_is_used() -> None:
    several = icon(((3, 3), png(3, 3)), (SIZE, bitmap(4)), (SIZE, bitmap(8)), (SIZE, bitmap(1)))
    info = containers.read(several, ImageFormat.ICO)
    assert info.size == SIZE
    assert (
        containers.clean(several, info)
        == icon((SIZE, bitmap(8)))[:12] + b"\x08\0" + icon((SIZE, bitmap(8)))[14:]
    )
    several = icon((SIZE, bitmap(4)), ((9, 9), png(9, 9)))
    info = containers.read(several, ImageFormat.ICO)
    assert (info.size, info.format, info.coded_as) == ((9, 9), ImageFormat.ICO, ImageFormat.PNG)


def test_the_size_in_the_directory_is_ignored() -> None:
    assert containers.read(icon(((200, 200), bitmap())), ImageFormat.ICO).size == SIZE


def test_empty_alpha_is_left_out() -> None:
    data = icon((SIZE, bitmap(32)))
    stream = containers.clean(data, containers.read(data, ImageFormat.ICO))
    assert stream[CONTENT:] == bitmap(24)
    filled = bytearray(data)
    filled[CONTENT + 40 + 3] = 1
    stream = containers.clean(bytes(filled), containers.read(bytes(filled), ImageFormat.ICO))
    assert stream[CONTENT:] == filled[CONTENT:]


def test_a_palette_may_be_shorter_than_its_bits_allow() -> None:
    short = changed(dib(bytes(8 * 4), MASK, 8, SIZE, bytes(4 * 3)), 32, "<I", 3)
    data = icon((SIZE, short))
    stream = containers.clean(data, containers.read(data, ImageFormat.ICO))
    assert stream[CONTENT:] == bitmap(8)
    assert refusal(icon((SIZE, changed(short, 32, "<I", 257) + bytes(2000))), ImageFormat.ICO) == "corrupt"


@pytest.mark.parametrize(
    "content",
    [
        bitmap(16),
        changed(bitmap(), 16, "<I", 3),  # masks
        changed(bitmap(), 0, "<I", 12),
        changed(bitmap(), 8, "<i", -8),
        changed(bitmap(), 8, "<i", 7),
        bitmap(1, (257, 2)),
    ],
)
def test_other_bitmaps_are_unsupported(content: bytes) -> None:
    assert refusal(icon((SIZE, content)), ImageFormat.ICO) == "unsupported"


def test_impossible_directories_are_refused() -> None:
    assert refusal(icon(), ImageFormat.ICO) == "corrupt"
    assert refusal(changed(icon(), 4, "<H", MAX_ENTRIES + 1), ImageFormat.ICO) == "too-large"
    assert refusal(icon(*[(SIZE, bitmap())] * MAX_ENTRIES), ImageFormat.ICO) == ""
    assert refusal(changed(icon((SIZE, bitmap())), 14, "<I", 10**6), ImageFormat.ICO) == "corrupt"
    assert refusal(changed(icon((SIZE, bitmap())), 18, "<I", 10**6), ImageFormat.ICO) == "corrupt"
    assert refusal(icon((SIZE, b"short")), ImageFormat.ICO) == "corrupt"


def test_an_icns_shows_its_largest_sound_picture() -> None:
    data = icns(
        (b"icp4", png(4, 4)), (b"ic07", png(9, 9)), (b"ic08", b"\x89PNG\r\n\x1a\n"), (b"icp5", png(5, 5))
    )
    info = containers.read(data, ImageFormat.ICNS)
    assert (info.size, info.format, info.coded_as) == ((9, 9), ImageFormat.ICNS, ImageFormat.PNG)


def test_an_icns_without_a_sound_picture_is_refused() -> None:
    assert refusal(icns((b"il32", bytes(9))), ImageFormat.ICNS) == "unsupported"
    assert refusal(icns((b"ic08", b"\x89PNG\r\n\x1a\n")), ImageFormat.ICNS) == "corrupt"
    assert refusal(icns((b"ic08", b"\xff\x4f\xff\x51" + bytes(90))), ImageFormat.ICNS) == "unsupported"


def test_the_number_of_icns_elements_is_limited() -> None:
    picture = (b"icp4", png(4, 4))
    assert refusal(icns(*[picture] * MAX_PICTURES), ImageFormat.ICNS) == ""
    assert refusal(icns(*[picture] * (MAX_PICTURES + 1)), ImageFormat.ICNS) == "too-large"
    others = [(b"name", b"")] * (MAX_SEGMENTS - 2)
    assert refusal(icns(picture, *others), ImageFormat.ICNS) == ""
    assert refusal(icns(picture, *others, *others[:2]), ImageFormat.ICNS) == "too-large"


@pytest.mark.parametrize("length", [0, 7, 10**6])
def test_an_element_longer_than_its_icns_is_corrupt(length: int) -> None:
    data = icns((b"icp4", png(4, 4)))
    assert refusal(changed(data, 12, ">I", length), ImageFormat.ICNS) == "corrupt"
    assert refusal(data[:-1], ImageFormat.ICNS) == "corrupt"
    assert refusal(data[:4] + struct.pack(">I", len(data) + 1) + data[8:], ImageFormat.ICNS) == "corrupt"
