"""Files that are uploaded by mistake or on purpose: damaged, mislabelled, and decompression bombs."""

import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache

from .files import encode, gradient
from .pixels import gradient_pixels, noise_pixels, plain_pixels
from .png import GREY, chunk, header

EMPTY = b""
TEXT = b"Dear support, please find my picture attached.\n" * 20
"""The content of a text file with a name such as `notes.jpg`."""
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(%pipe%id) (r) file\nshowpage\n%%EOF\n"
"""PostScript, whatever its file name. Pillow's own opener would start Ghostscript for it."""
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
MVG = b"push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 'https://example.invalid/x'\n"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

UNSUPPORTED: Mapping[str, bytes] = {"text": TEXT, "eps": EPS, "svg": SVG, "mvg": MVG, "pdf": PDF}
"""Files that must be refused before any decoder gets them."""

RASTER_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "HEIC")


def truncated(image_format: str, keep: float = 0.5) -> bytes:
    """Return a picture of noise, which no format compresses well, cut off after a part of its bytes."""
    data = encode(noise_pixels(96, 96), image_format)
    return data[: int(len(data) * keep)]


def truncated_progressive_jpeg(keep: float = 0.5) -> bytes:
    """Return a JPEG cut off between its scans: the picture is complete, but coarse."""
    data = encode(gradient_pixels(256, 256), "JPEG", progressive=True)
    return data[: int(len(data) * keep)]


def corrupt_png() -> bytes:
    """Return a PNG whose pixels cannot be decompressed, although every checksum is correct."""
    return header(64, 64) + chunk(b"IDAT", b"\x00" * 200) + chunk(b"IEND", b"")


def tiff_without_its_strips(height: int = 100_000) -> bytes:
    """Return a TIFF of 40 rows that announces many more, which a careless decoder would return as black."""
    data = bytearray(encode(noise_pixels(40, 40), "TIFF"))
    entry = struct.pack("<HHI", 257, 4, 1)  # the tag of the height, one long
    at = data.index(entry) + len(entry)
    data[at : at + 4] = struct.pack("<I", height)
    return bytes(data)


def header_only(image_format: str) -> bytes:
    """Return the first bytes of a file: enough to recognise it, too few to open it."""
    return gradient(64, 64, image_format)[:16]


@cache
def png_bomb(side: int = 50_000) -> bytes:
    """Return a few dozen bytes that announce a PNG of 7 GB of pixels."""
    return header(side, side) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")


@cache
def png_text_bomb(megabytes: int = 64) -> bytes:
    """Return a small PNG with a compressed text that unpacks to this many megabytes."""
    packed = b"Comment\x00\x00" + zlib.compress(bytes(megabytes << 20), 9)
    pixels = zlib.compress(bytes(9 * 8))
    return header(8, 8, 8, GREY) + chunk(b"zTXt", packed) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@cache
def png_profile_bomb(megabytes: int = 64) -> bytes:
    """Return a small PNG whose ICC profile unpacks to this many megabytes."""
    packed = b"icc\x00\x00" + zlib.compress(bytes(megabytes << 20), 9)
    pixels = zlib.compress(bytes(9 * 8))
    return header(8, 8, 8, GREY) + chunk(b"iCCP", packed) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@cache
def bmp_bomb(side: int = 2_000_000) -> bytes:
    """Return 54 bytes that announce a BMP of 12 terabytes."""
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)


@cache
def gif_bomb(side: int = 65_535) -> bytes:
    """Return a GIF with the largest possible screen, and one frame of that size."""
    screen = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\x00\x3b"
    return screen + frame


@cache
def jpeg_bomb(side: int = 65_500) -> bytes:
    """Return a JPEG of 8 x 8 pixels whose header says 65500 x 65500."""
    data = bytearray(encode(gradient_pixels(8, 8), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(data)


@cache
def jpeg_scan_bomb(scans: int = 2_000, side: int = 3_000) -> bytes:
    """Return a progressive JPEG with far more scans than it needs, each of which covers all pixels."""
    data = encode(plain_pixels(side, side, (128,)), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + data[-2:]


@cache
def tiff_bomb(side: int = 100_000) -> bytes:
    """Return a TIFF of one strip that announces 10 billion pixels."""
    tags = (
        (256, 4, side),  # width
        (257, 4, side),  # height
        (258, 3, 8),  # bits
        (259, 3, 1),  # no compression
        (262, 3, 1),  # black is zero
        (273, 4, 8),  # the strip's offset
        (278, 4, side),  # its rows
        (279, 4, 8),  # its bytes
    )
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + bytes(12)


@cache
def webp_bomb() -> bytes:
    """Return an extended WebP with a canvas of 4 gigapixels and no picture."""
    canvas = struct.pack("<I", 65_535)[:3] + struct.pack("<I", 65_534)[:3]
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x02\x00\x00\x00" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "png": png_bomb,
    "bmp": bmp_bomb,
    "gif": gif_bomb,
    "jpeg": jpeg_bomb,
    "jpeg scans": jpeg_scan_bomb,
    "tiff": tiff_bomb,
    "webp": webp_bomb,
    "png text": png_text_bomb,
    "png profile": png_profile_bomb,
}
"""Files of at most some kilobytes that cost a careless decoder gigabytes or minutes."""
