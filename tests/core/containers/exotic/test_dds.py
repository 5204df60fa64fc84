"""`core.containers.exotic.dds`: layouts of DirectX 9 and 10, and what a decoder sees of them."""

import struct

import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic.dds import PLAIN
from advthumb.core.formats import ImageFormat
from tests.pictures.exotic.ddss import ALPHA, BGRA_MASKS, FOURCC, RGB, dds

from .refusals import changed, refusal

SIZE = (5, 4)
LUMINANCE = 0x20000
BLOCKS = bytes(2 * 1 * 16)
PIXELS = bytes(5 * 4 * 4)
BC3 = 77


def directx_10(number: int, meaning: int = 0) -> bytes:
    further = (number, 3, 0, 1, meaning)
    return dds(BLOCKS, size=SIZE, flags=FOURCC, fourcc=b"DX10", further=further)


@pytest.mark.parametrize(("fourcc", "block"), [(b"DXT1", 8), (b"DXT3", 16), (b"DXT5", 16)])
def test_a_block_holds_four_by_four_pixels(fourcc: bytes, block: int) -> None:
    data = dds(bytes(2 * block), size=SIZE, flags=FOURCC, fourcc=fourcc)
    assert refusal(data, ImageFormat.DDS) == ""
    assert refusal(data[:-1], ImageFormat.DDS) == "corrupt"


def test_uncompressed_pixels_are_a_separate_kind() -> None:
    data = dds(PIXELS, size=SIZE, flags=RGB | ALPHA, bits=32, masks=BGRA_MASKS)
    info = containers.read(data, ImageFormat.DDS)
    assert (info.kind, info.has_alpha) == (PLAIN, True)
    assert refusal(data[:-1], ImageFormat.DDS) == "corrupt"
    data = dds(PIXELS, size=SIZE, flags=RGB, bits=32, masks=BGRA_MASKS)
    assert not containers.read(data, ImageFormat.DDS).has_alpha


@pytest.mark.parametrize("number", [71, 72, 74, 75, 77, 78])
def test_a_directx_10_header_is_converted_to_its_fourcc(number: int) -> None:
    data = directx_10(number)
    stream = containers.clean(data, containers.read(data, ImageFormat.DDS))
    assert stream[84:88] in {b"DXT1", b"DXT3", b"DXT5"}
    assert len(stream) == 128 + 2 * (8 if number < 74 else 16)


@pytest.mark.parametrize(
    "data",
    [
        directx_10(98),  # BC7
        directx_10(BC3, meaning=2),
        dds(BLOCKS, size=SIZE, flags=FOURCC, fourcc=b"DXT4"),
        dds(BLOCKS, size=SIZE, flags=FOURCC, fourcc=b"ATI2"),
        dds(PIXELS, size=SIZE, flags=RGB, bits=32, masks=(0xFF, 0xFF00, 0xFF0000, 0)),
        dds(PIXELS, size=SIZE, flags=RGB | ALPHA, bits=16, masks=(0xFF, 0, 0, 0xFF00)),
        dds(PIXELS, size=SIZE, flags=LUMINANCE, bits=8, masks=(0xFF, 0, 0, 0)),
        dds(PIXELS, size=SIZE, flags=RGB | LUMINANCE, bits=32, masks=BGRA_MASKS),
        dds(PIXELS, size=SIZE, flags=0, bits=32, masks=BGRA_MASKS),
    ],
)
def test_other_layouts_are_unsupported(data: bytes) -> None:
    assert refusal(data, ImageFormat.DDS) == "unsupported"


@pytest.mark.parametrize("at", [4, 76])
def test_a_header_of_another_length_is_corrupt(at: int) -> None:
    data = dds(BLOCKS, size=SIZE, flags=FOURCC, fourcc=b"DXT5")
    assert refusal(changed(data, at, "<I", 20), ImageFormat.DDS) == "corrupt"


def test_a_decoder_sees_only_the_first_surface() -> None:
    data = dds(BLOCKS, size=SIZE, flags=FOURCC, fourcc=b"DXT5")
    many = changed(changed(data + BLOCKS * 3, 28, "<I", 4), 112, "<I", 0xFE00)
    assert containers.clean(many, containers.read(many, ImageFormat.DDS)) == data
    assert struct.unpack_from("<I", data, 28) == (0,)
