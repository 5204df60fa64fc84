"""What the containers of pictures say, read without any imaging library.

For engines whose library does too much with a file (walks all its frames, unpacks its texts) or too
little (takes half a picture for a whole one): the header comes from here, and so does what its decoder
gets to see, which is the first picture, its colours, and nothing else.

Every function takes a whole file and raises `ContainerError` where it ends too early or says nonsense.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from advthumb.core.images import Size
from advthumb.core.orientation import Orientation


class ContainerError(ValueError):
    """The file is not what its first bytes promise, or ends before its first picture does."""


@dataclass(frozen=True, slots=True)
class Container:
    """What a file says about its first picture.

    Attributes:
        data: What a decoder needs for it.
        size: The size in stored orientation, of the whole canvas.
        orientation: How to turn it upright.
        has_alpha: Whether it has an alpha channel or a transparent colour.
        offset: Where (left, top) the picture lies on its canvas.
    """

    data: bytes
    size: Size
    orientation: Orientation = Orientation.NORMAL
    has_alpha: bool = False
    offset: tuple[int, int] = (0, 0)


_MAX_UNPACKED = 2**20
"""A compressed text or profile in a PNG may unpack to this; real ones stay far below."""

_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff])")
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset(range(0xD0, 0xD9)) | {0x01}
_START_OF_SCAN, _END_OF_IMAGE, _APP1 = 0xDA, b"\xff\xd9", 0xE1
_EXIF = b"Exif\x00\x00"

_PNG_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"IEND"})
_PNG_PACKED = {b"zTXt": 1, b"iCCP": 1}
"""Chunks of a name, a zero, so many bytes, and something compressed."""
_PNG_KEYED = frozenset({0, 2})
"""Types of colours in which a transparent one is named."""
_PNG_ALPHA = frozenset({4, 6})

_WEBP_ALPHA, _WEBP_ICC = 0x10, 0x20

_BITFIELDS = 3
_ALPHA_URNS = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")


def read_jpeg(data: bytes) -> Container:
    """Read the header of a JPEG, and see that its pixels come to an end."""
    size, orientation, at = None, None, 2
    while found := _JPEG_MARKER.search(data, at):  # decoders too skip what lies between segments
        marker, at = found[1][0], found.end()
        if marker in _JPEG_ALONE:
            continue
        (length,) = _unpacked(">H", data, at)
        if marker in _JPEG_FRAMES:
            height, width = _unpacked(">HH", data, at + 3)
            size = Size(width, height)
        elif marker == _APP1 and orientation is None and data.startswith(_EXIF, at + 2):
            orientation = Orientation.from_exif(data[at + 2 : at + length])
        elif marker == _START_OF_SCAN:
            break
        at += length
    if size is None:
        raise ContainerError("the pixels come before their size")
    # Inside of pixel data a 0xff is followed by a zero or a restart: this is a real end, and not that of
    # a preview, which lies in front of the pixels.
    if data.rfind(_END_OF_IMAGE, at) < 0:
        raise ContainerError("the file ends before its pixels do")
    return Container(data, size, orientation or Orientation.NORMAL)


def read_png(data: bytes) -> Container:
    """Read the header of a PNG; of its chunks only those that make pixels are kept.

    Raises:
        ContainerError: Also where a text or a profile unpacks to more than a mebibyte.
    """
    kept = [data[:8]]
    width, height, depth, colours = _unpacked(">IIBB", data, 16)
    orientation, has_alpha, pixels = Orientation.NORMAL, colours in _PNG_ALPHA, False
    for name, start, stop in _png_chunks(data):
        if name in _PNG_PACKED:
            _check_unpacked(data[start:stop], name)
        if name == b"tRNS" and colours in _PNG_KEYED:
            kept.append(_masked_key(data[start:stop], depth))
        elif name in _PNG_PIXELS:
            kept.append(data[start - 8 : stop + 4])
        has_alpha |= name == b"tRNS"
        pixels |= name == b"IDAT"
        if name == b"eXIf":
            orientation = Orientation.from_exif(data[start:stop])
    if not pixels:
        raise ContainerError("there are no pixels")
    return Container(b"".join(kept), Size(width, height), orientation, has_alpha)


def read_gif(data: bytes) -> Container:
    """Read the header of a GIF, up to its first picture."""
    width, height, flags = _unpacked("<HHB", data, 6)
    at = 13 + _gif_palette(flags)
    has_alpha = False
    while (block := _byte(data, at)) != 0x2C:
        if block != 0x21:
            raise ContainerError("there are no pixels")
        if _byte(data, at + 1) == 0xF9:
            has_alpha = bool(_byte(data, at + 3) & 1)
        at += 2
        while count := _byte(data, at):
            at += count + 1
        at += 1
    left, top, wide, high = _unpacked("<HHHH", data, at + 1)
    # Viewers enlarge a canvas that its first picture reaches out of.
    return Container(
        data, Size(max(width, left + wide), max(height, top + high)), has_alpha=has_alpha, offset=(left, top)
    )


def read_webp(data: bytes) -> Container:
    """Read the header of a WebP; of an animation only the first picture is kept."""
    (length,) = _unpacked("<I", data, 4)
    chunks = list(_riff_chunks(data[: length + 8], 12))
    found = {name: data[start:stop] for name, start, stop in reversed(chunks)}
    features = found.get(b"VP8X")
    if features is None:
        return Container(data, *_webp_picture(found))
    flags, *sides = _unpacked("<B3xHBHB", features, 0)
    size = Size(sides[0] + (sides[1] << 16) + 1, sides[2] + (sides[3] << 16) + 1)
    exif = Orientation.from_exif(found.get(b"EXIF", b""))
    has_alpha = bool(flags & _WEBP_ALPHA)
    if b"ANMF" not in found:
        return Container(data, size, exif, has_alpha)
    frame = found[b"ANMF"]
    across, across_high, down, down_high, wide, high = _unpacked("<HBHB3s3s", frame, 0)
    parts = {name: frame[start:stop] for name, start, stop in _riff_chunks(frame, 16)}
    icc = found.get(b"ICCP", b"")
    flags = (_WEBP_ALPHA if has_alpha else 0) | (_WEBP_ICC if icc else 0)
    still = _riff(b"VP8X", bytes([flags, 0, 0, 0]) + wide + high)
    still += _riff(b"ICCP", icc) if icc else b""
    still += b"".join(_riff(name, parts[name]) for name in (b"ALPH", b"VP8 ", b"VP8L") if name in parts)
    offset = 2 * (across + (across_high << 16)), 2 * (down + (down_high << 16))
    return Container(_riff(b"RIFF", b"WEBP" + still), size, exif, has_alpha, offset)


def read_bmp(data: bytes) -> Container:
    """Read the header of a BMP."""
    (length,) = _unpacked("<I", data, 14)
    if length == 12:
        width, height = _unpacked("<HH", data, 18)
        return Container(data, Size(width, height))
    width, height, _planes, _bits, compression = _unpacked("<iiHHI", data, 18)
    masked = length >= 56 and compression == _BITFIELDS and any(_unpacked("<I", data, 66))
    return Container(data, Size(width, abs(height)), has_alpha=masked)


def announces_alpha(data: bytes) -> bool:
    """Return whether an AVIF or HEIC says that it has an alpha plane (ISO/IEC 23008-12, 6.5.8)."""
    at = 0
    while at + 8 <= len(data):
        length, name = _unpacked(">I4s", data, at)
        if name == b"meta":
            return any(urn in data[at : at + length] for urn in _ALPHA_URNS)
        if length < 8:
            break
        at += length
    return False


def _unpacked(layout: str, data: bytes, at: int) -> tuple[Any, ...]:
    try:
        return struct.unpack_from(layout, data, at)
    except struct.error as error:
        raise ContainerError("the file ends within its header") from error


def _byte(data: bytes, at: int) -> int:
    return int(_unpacked("B", data, at)[0])


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Give name, start and end of every chunk's content, up to the last chunk."""
    at, name = 8, b""
    while name != b"IEND":
        (length,) = _unpacked(">I", data, at)
        name, start = data[at + 4 : at + 8], at + 8
        at = start + length + 4
        if at > len(data):
            raise ContainerError("the file ends before its pixels do")
        yield name, start, start + length


def _check_unpacked(content: bytes, name: bytes) -> None:
    packed = content.partition(b"\0")[2][_PNG_PACKED[name] :]
    try:
        unpacked = zlib.decompressobj().decompress(packed, _MAX_UNPACKED + 1)
    except zlib.error:
        return  # the decoder ignores it, too
    if len(unpacked) > _MAX_UNPACKED:
        raise ContainerError(f"a {name.decode()} chunk unpacks to more than {_MAX_UNPACKED} bytes")


def _masked_key(content: bytes, depth: int) -> bytes:
    """Return a tRNS chunk of no more bits than the picture has: what is above them means nothing."""
    count = len(content) // 2
    samples = (sample & (1 << depth) - 1 for sample in struct.unpack_from(f">{count}H", content))
    named = b"tRNS" + struct.pack(f">{count}H", *samples)
    return struct.pack(">I", count * 2) + named + struct.pack(">I", zlib.crc32(named))


def _gif_palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _riff(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _riff_chunks(data: bytes, at: int) -> Iterator[tuple[bytes, int, int]]:
    """Give name, start and end of every chunk's content."""
    while at + 8 <= len(data):
        (length,) = _unpacked("<I", data, at + 4)
        if at + 8 + length > len(data):
            raise ContainerError("the file ends before its pixels do")
        yield data[at : at + 4], at + 8, at + 8 + length
        at += 8 + length + length % 2


def _webp_picture(found: dict[bytes, bytes]) -> tuple[Size, Orientation, bool]:
    """Return what the bitstream itself says, where the file is nothing but that."""
    if b"VP8L" in found:
        (bits,) = _unpacked("<xI", found[b"VP8L"], 0)
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), Orientation.NORMAL, bool(bits >> 28 & 1)
    width, height = _unpacked("<HH", found.get(b"VP8 ", b""), 6)
    return Size(width & 0x3FFF, height & 0x3FFF), Orientation.NORMAL, False
