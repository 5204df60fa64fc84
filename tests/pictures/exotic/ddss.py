"""DDS files: plain ones following Microsoft's specification, and block-compressed ones by Pillow."""

import struct
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

from advthumb.core.formats import ImageFormat
from tests.pictures import Pixels, as_image, gradient_pixels, save

from .made import Made
from .psds import HEIGHT, WIDTH, transparent_pixels
from .tgas import bgr, fives

RGB, ALPHA, FOURCC = 0x40, 1, 4
BGRA_MASKS = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


def dds(
    pixels: bytes,
    *,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    flags: int = RGB,
    fourcc: bytes = b"",
    bits: int = 0,
    masks: tuple[int, ...] = (0, 0, 0, 0),
    further: tuple[int, ...] = (),
) -> bytes:
    """Return a file; `further` is the DirectX 10 header."""
    head = struct.pack("<4s4I56x", b"DDS ", 124, 0x1007, size[1], size[0])
    head += struct.pack("<II4s5I", 32, flags, fourcc, bits, *masks) + struct.pack("<I16x", 0x1000)
    return head + struct.pack(f"<{len(further)}I", *further) + pixels


def blocks(pixels: Pixels, name: str) -> bytes:
    """Return the blocks that Pillow encodes a picture to."""
    return save(as_image(pixels), "DDS", pixel_format=name)[128:]


def with_nibbles(coded: bytes) -> bytes:
    """Return colour blocks, each preceded by four-bit alpha, which Pillow writes as noise."""
    across = (WIDTH + 3) // 4
    parts = []
    for number in range(len(coded) // 8):
        level = 15 - number % across // 2
        parts += [bytes([level * 17]) * 8, coded[8 * number : 8 * number + 8]]
    return b"".join(parts)


def with_hole(coded: bytes) -> bytes:
    """Return blocks whose second half is transparent: the first colour of each block is the smaller one."""
    start = len(coded) // 16 * 8
    return coded[:start] + struct.pack("<HHI", 1, 2, 0xFFFFFFFF) * ((len(coded) - start) // 8)


def shown(data: bytes) -> Pixels:
    """Return the pixels that Pillow's own block decoder reads from a file."""
    with Image.open(BytesIO(data), formats=["DDS"]) as image:
        return np.asarray(image.convert("RGBA"))


def made() -> Iterator[Made]:
    """Return DDS files of each layout that is read."""
    colours, clear = gradient_pixels(WIDTH, HEIGHT), transparent_pixels()
    plain = {
        "BGRA": (bgr(clear), clear, RGB | ALPHA, 32, BGRA_MASKS),
        "BGRX": (bgr(clear), colours, RGB, 32, (*BGRA_MASKS[:3], 0)),
        "RGBA": (clear.tobytes(), clear, RGB | ALPHA, 32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
        "BGR": (bgr(colours), colours, RGB, 24, (*BGRA_MASKS[:3], 0)),
    }
    for name, (pixels, pictured, flags, bits, masks) in plain.items():
        data = dds(pixels, flags=flags, bits=bits, masks=masks)
        yield Made(f"DDS of {name}", ImageFormat.DDS, data, pictured)
    data = dds(clear.tobytes(), flags=FOURCC, fourcc=b"DX10", further=(28, 3, 0, 1, 0))
    yield Made("DDS of RGBA for DirectX 10", ImageFormat.DDS, data, clear)
    half = np.broadcast_to(np.arange(WIDTH) < WIDTH // 2, (HEIGHT, WIDTH)).astype(np.uint8)
    words, few = fives(colours, half)
    data = dds(words, flags=RGB | ALPHA, bits=16, masks=(0x7C00, 0x3E0, 0x1F, 0x8000))
    yield Made("DDS of BGRA in 5551", ImageFormat.DDS, data, few)
    nibbles = (clear >> 4).astype(np.uint16)
    words = (nibbles[..., 3] << 12 | nibbles[..., 0] << 8 | nibbles[..., 1] << 4 | nibbles[..., 2]).tobytes()
    data = dds(words, flags=RGB | ALPHA, bits=16, masks=(0xF00, 0xF0, 0xF, 0xF000))
    yield Made("DDS of BGRA in 4444", ImageFormat.DDS, data, (nibbles * 17).astype(np.uint8))
    red, green, blue = (colours[..., band].astype(np.uint16) for band in range(3))
    words = (red >> 3 << 11 | green >> 2 << 5 | blue >> 3).tobytes()
    few = np.dstack([(red >> 3) * 255 / 31, (green >> 2) * 255 / 63, (blue >> 3) * 255 / 31])
    data = dds(words, bits=16, masks=(0xF800, 0x7E0, 0x1F, 0))
    yield Made("DDS of BGR in 565", ImageFormat.DDS, data, few.round().astype(np.uint8))
    hole = dds(with_hole(blocks(colours, "DXT1")), flags=FOURCC, fourcc=b"DXT1")
    yield Made("DDS of DXT1 with a hole", ImageFormat.DDS, hole, shown(hole))
    for number, name in ((71, "DXT1"), (74, "DXT3"), (77, "DXT5")):
        stored = blocks(clear, name) if name != "DXT3" else with_nibbles(blocks(colours, "DXT1"))
        data = dds(stored, flags=FOURCC, fourcc=name.encode())
        pictured = shown(data)
        if name != "DXT3":
            written = save(as_image(clear), "DDS", pixel_format=name)
            yield Made(f"Pillow's DDS of {name}", ImageFormat.DDS, written, pictured)
        yield Made(f"DDS of {name}", ImageFormat.DDS, data, pictured)
        further = dds(stored, flags=FOURCC, fourcc=b"DX10", further=(number, 3, 0, 1, 0))
        yield Made(f"DDS of {name} for DirectX 10", ImageFormat.DDS, further, pictured)
        smaller = bytearray(data) + bytes(len(stored))
        struct.pack_into("<I", smaller, 28, 7)
        struct.pack_into("<I", smaller, 112, 0xFE00)
        yield Made(f"DDS of {name}, of a cube and smaller ones", ImageFormat.DDS, bytes(smaller), pictured)
