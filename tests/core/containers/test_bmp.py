"""`core.containers.bmp`: headers of Windows and OS/2, codings and masks."""

import struct

import pytest

from advthumb.core import containers
from advthumb.core.containers.bmp import MAX_RUNS, clean, read
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from tests import pictures

PLAIN, RLE8, RLE4, MASKS, JPEG, PNG, ALPHA_MASKS = range(7)


def bmp(
    height: int = 20,
    *,
    bits: int = 24,
    coding: int = PLAIN,
    header: int = 40,
    masks: tuple[int, ...] = (),
    pixels: int | None = None,
) -> bytes:
    """Return a BMP 30 px wide, with the pixel bytes that it needs or the number given."""
    fields = struct.pack("<IiiHHIIiiII", header, 30, height, 1, bits, coding, 0, 0, 0, 0, 0)
    fields = fields + b"".join(struct.pack("<I", mask) for mask in masks)
    fields = fields.ljust(header, b"\0")
    start = 14 + len(fields)
    count = (30 * bits + 31) // 32 * 4 * abs(height) if pixels is None else pixels
    return b"BM" + struct.pack("<IHHI", start + count, 0, 0, start) + fields + bytes(count)


def code(data: bytes) -> ErrorCode:
    with pytest.raises(ThumbnailError) as caught:
        clean(data, read(data))
    return caught.value.code


@pytest.mark.parametrize("height", [20, -20])
def test_a_bmp_with_either_row_order_is_read(height: int) -> None:
    assert read(bmp(height)).size == Size(30, 20)


def test_the_short_header_of_os2_is_read() -> None:
    header = struct.pack("<IHHHH", 12, 30, 20, 1, 24)
    data = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + header + bytes(92 * 20)
    found = read(data)
    assert found.size == Size(30, 20)
    assert clean(data, found)[6:] == data[6:]
    assert code(data[:-1]) is ErrorCode.CORRUPT


@pytest.mark.parametrize("claimed", [0, 1, 2**32 - 1])
def test_a_wrong_file_size_is_corrected(claimed: int) -> None:
    data = bmp()
    assert clean(data[:2] + struct.pack("<I", claimed) + data[6:], read(data)) == data
    assert clean(data, read(data)) is data


def test_truncated_pixels_are_corrupt() -> None:
    assert code(bmp()[:-1]) is ErrorCode.CORRUPT
    assert code(bmp()[:20]) is ErrorCode.CORRUPT


@pytest.mark.parametrize(
    "data",
    [
        bmp(header=16),
        bmp(header=41),
        bmp(bits=2),
        bmp(bits=8, coding=RLE4),
        bmp(-20, bits=8, coding=RLE8),
        bmp(coding=JPEG),
        bmp(coding=PNG),
        bmp(bits=32, coding=ALPHA_MASKS),
        bmp(bits=1, header=64),
        bmp(header=64),
        bmp(bits=16, coding=MASKS, masks=(0xF000, 0xF00, 0xF0)),
        bmp(bits=32, coding=MASKS, header=56, masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
    ],
)
def test_variants_that_engines_read_differently_are_unsupported(data: bytes) -> None:
    assert code(data) is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize(("alpha", "has_alpha"), [(0, False), (0xFF000000, True)])
def test_an_alpha_mask_is_found(alpha: int, *, has_alpha: bool) -> None:
    found = read(bmp(bits=32, coding=MASKS, header=56, masks=(0xFF0000, 0xFF00, 0xFF, alpha)))
    assert (found.has_alpha, found.samples) == (has_alpha, 3 + has_alpha)


@pytest.mark.parametrize("masks", [(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)])
def test_both_layouts_of_16_bits_are_read(masks: tuple[int, ...]) -> None:
    assert read(bmp(bits=16, coding=MASKS, masks=masks)).size == (30, 20)


def test_the_pixels_of_run_length_coding_are_limited() -> None:
    assert read(bmp(bits=8, coding=RLE8, pixels=MAX_RUNS)).size == (30, 20)
    assert code(bmp(bits=8, coding=RLE8, pixels=MAX_RUNS + 1)) is ErrorCode.TOO_LARGE


def test_files_written_by_pillow_are_read() -> None:
    data = pictures.gradient(31, 17, "BMP")
    found = containers.read(data, ImageFormat.BMP)
    assert found.size == (31, 17)
    assert containers.clean(data, found) == data
