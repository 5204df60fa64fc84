"""Icons and cursors of Windows, and icons of macOS: written by code, and by Pillow."""

import struct
from collections.abc import Iterator

import numpy as np

from advthumb.core.formats import ImageFormat
from tests.pictures import Pixels, as_image, encode, gradient_pixels, plain_pixels, save

from .made import Made
from .psds import HEIGHT, WIDTH, transparent_pixels
from .tgas import bgr

ICON, CURSOR = 1, 2


def dib(pixels: bytes, mask: bytes, bits: int, size: tuple[int, int], palette: bytes = b"") -> bytes:
    """Return a picture of an icon: a BMP without its file header, and a mask behind it."""
    width, height = size
    return (
        struct.pack("<IiiHHIIiiII", 40, width, height * 2, 1, bits, 0, 0, 0, 0, 0, 0)
        + palette
        + pixels
        + mask
    )


def rows(pixels: bytes, stride: int) -> bytes:
    """Return rows from the bottom up, each padded to a multiple of four bytes."""
    each = [pixels[at : at + stride] for at in range(0, len(pixels), stride)]
    return b"".join(row + bytes(-stride % 4) for row in reversed(each))


def icon(*pictures: tuple[tuple[int, int], bytes], kind: int = ICON) -> bytes:
    """Return an icon or a cursor with these pictures, each with its size."""
    at, directory = 6 + 16 * len(pictures), b""
    for (width, height), content in pictures:
        directory += struct.pack("<4B2H2I", width % 256, height % 256, 0, 0, 1, 32, len(content), at)
        at += len(content)
    return struct.pack("<HHH", 0, kind, len(pictures)) + directory + b"".join(each for _, each in pictures)


def icns(*elements: tuple[bytes, bytes]) -> bytes:
    """Return a macOS icon."""
    body = b"".join(struct.pack(">4sI", name, len(content) + 8) + content for name, content in elements)
    return struct.pack(">4sI", b"icns", len(body) + 8) + body


def small() -> tuple[tuple[int, int], bytes]:
    """Return a small picture for an icon that shows something else."""
    return (16, 16), encode(plain_pixels(16, 16, (9, 9, 9)), "PNG")


def masked(mask: Pixels) -> bytes:
    """Return the mask of transparent pixels."""
    return rows(np.packbits(mask == 0, axis=1).tobytes(), (mask.shape[1] + 7) // 8)


def made() -> Iterator[Made]:
    """Return icons of each depth, with masks and alpha, some of them as PNG."""
    size = (WIDTH, HEIGHT)
    colours, clear = gradient_pixels(*size), transparent_pixels()
    mask = np.where(np.arange(WIDTH) < WIDTH // 2, 255, 0) * np.ones((HEIGHT, 1), int)
    cut = np.dstack([colours, mask.astype(np.uint8)])
    no_alpha = np.dstack([colours, np.zeros_like(mask)]).astype(np.uint8)
    pictures = {
        "BGRA": (dib(rows(bgr(clear), WIDTH * 4), masked(mask), 32, size), clear),
        "BGRA without alpha": (dib(rows(bgr(no_alpha), WIDTH * 4), masked(mask), 32, size), cut),
        "BGR": (dib(rows(bgr(colours), WIDTH * 3), masked(mask), 24, size), cut),
        "a PNG": (encode(clear, "PNG"), clear),
        "a PNG in colours": (encode(colours, "PNG"), colours),
    }
    for bits in (1, 4, 8):
        palette = np.random.default_rng(3).integers(0, 256, (2**bits, 4), np.uint8)
        indices = np.add.outer(np.arange(HEIGHT) // 9, np.arange(WIDTH) // 9) % 2**bits
        single = (indices[..., None] >> np.arange(bits)[::-1] & 1).reshape(HEIGHT, -1)
        stored = np.packbits(single.astype(np.uint8), axis=1)
        content = dib(rows(stored.tobytes(), stored.shape[1]), masked(mask), bits, size, palette.tobytes())
        pictured = np.dstack([palette[indices][..., [2, 1, 0]], mask.astype(np.uint8)])
        pictures[f"{bits} bits"] = content, pictured
    for name, (content, shown) in pictures.items():
        for kind, named in ((ICON, "icon"), (CURSOR, "cursor")):
            data = icon(small(), (size, content), kind=kind)
            yield Made(f"{named} of {name}", ImageFormat.ICO, data, shown)
    large = np.dstack([gradient_pixels(256, 256), np.full((256, 256), 200, np.uint8)])
    for bitmap_format in ("bmp", "png"):
        data = save(as_image(large), "ICO", sizes=[(256, 256)], bitmap_format=bitmap_format)
        yield Made(f"Pillow's icon of {bitmap_format}", ImageFormat.ICO, data, large)
    jpeg2000 = save(as_image(clear), "JPEG2000")
    data = icns((b"TOC ", b""), (b"icp4", small()[1]), (b"ic07", encode(clear, "PNG")))
    yield Made("ICNS of a PNG", ImageFormat.ICNS, data, clear)
    yield Made("ICNS of a JPEG 2000", ImageFormat.ICNS, icns((b"ic08", jpeg2000), (b"it32", bytes(9))), clear)
    data = save(as_image(large), "ICNS", sizes=[(256, 256)])
    shown = np.asarray(as_image(large).resize((1024, 1024)))
    yield Made("Pillow's ICNS", ImageFormat.ICNS, data, shown)
