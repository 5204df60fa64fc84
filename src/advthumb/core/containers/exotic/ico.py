"""Reads the largest picture of a Windows icon or cursor: a PNG, or a BMP without file header."""

import struct
from dataclasses import dataclass, replace

from advthumb.core.containers import png
from advthumb.core.containers.reading import corrupt, too_large, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.sniffing import sniff

MAX_ENTRIES = 1_000
"""The maximum number of pictures in an icon; real ones have ten."""

_DIRECTORY, _ENTRY, _HEADER = 6, 16, 40
_MAX_SIDE = 256
"""The longest side of an embedded BMP, because the directory stores it in one byte."""
_PALETTES = {1: 2, 4: 16, 8: 256, 24: 0, 32: 0}
"""The number of colours in a palette, by bits per pixel."""
_WITH_ALPHA = 32


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture in the file: its size and its bytes."""

    size: Size
    bits: int
    content: bytes


def read(data: bytes) -> SourceInfo:
    """Read the directory, and the header of the largest picture.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for very many pictures.
    """
    found = _largest(data)
    if sniff(found.content) is ImageFormat.PNG:
        return replace(png.read(found.content), format=ImageFormat.ICO, frames=1, coded_as=ImageFormat.PNG)
    coding, _length, _x, _y, colours = unpacked("<IIiiI", found.content, 16)
    if found.bits not in _PALETTES or coding or max(found.size) > _MAX_SIDE:
        raise unsupported(
            f"an icon of {found.size} px with {found.bits} bits per pixel and compression {coding}"
        )
    if colours > (_PALETTES[found.bits] or _MAX_SIDE):
        raise corrupt(f"its {found.bits}-bit palette has {colours} colours")
    # The pixels that its mask excludes are transparent.
    return SourceInfo(ImageFormat.ICO, found.size, has_alpha=True, samples=4)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the embedded PNG, or an icon with one picture.

    Raises:
        ThumbnailError: `corrupt`: the file ends before its pixels or their mask do.
    """
    found = _largest(data)
    if info.coded_as:
        return png.clean(found.content, info)
    width, height = info.size
    (used,) = struct.unpack_from("<I", found.content, 32)
    colours = _PALETTES[found.bits]
    palette = found.content[_HEADER : _HEADER + 4 * (used or colours)]
    pixels = found.content[_HEADER + 4 * (used or colours) :]
    whole = height * _stride(width, found.bits)
    mask = pixels[whole : whole + height * _stride(width, 1)]
    pixels = pixels[:whole]
    bits = found.bits
    if bits == _WITH_ALPHA and not any(pixels[3::4]):  # programs older than Windows XP left alpha empty
        bits, pixels = 24, _without_alpha(pixels, width)
    masked = bits != _WITH_ALPHA
    if len(found.content) < _HEADER + 4 * used + whole or (masked and len(mask) < height * _stride(width, 1)):
        raise corrupt("its pixel data or its mask ends early")
    header = struct.pack("<IiiHHIIiiII", _HEADER, width, 2 * height, 1, bits, 0, 0, 0, 0, 0, 0)
    content = header + (palette.ljust(4 * colours, b"\0") if colours else b"") + pixels + mask
    entry = (width % _MAX_SIDE, height % _MAX_SIDE, 0, 0, 1, bits, len(content), _DIRECTORY + _ENTRY)
    return struct.pack("<HHH4B2H2I", 0, 1, 1, *entry) + content


def _largest(data: bytes) -> _Picture:
    """Return the picture with the most pixels, and among equal ones the one with the most bits."""
    (count,) = unpacked("<H", data, 4)
    if count > MAX_ENTRIES:
        raise too_large(f"it has {count} pictures")
    pictures = [_picture(data, _DIRECTORY + _ENTRY * number) for number in range(count)]
    if not pictures:
        raise corrupt("it has no picture")
    return max(pictures, key=lambda picture: (picture.size.pixels, picture.bits))


def _picture(data: bytes, at: int) -> _Picture:
    length, start = unpacked("<II", data, at + 8)
    if start + length > len(data) or length < _HEADER:
        raise corrupt("a picture extends past the end of the file")
    content = data[start : start + length]
    if sniff(content) is ImageFormat.PNG:
        width, height, *_ = png.header(content)
        return _Picture(Size(width, height), _WITH_ALPHA, content)
    header, width, height, _, bits = struct.unpack_from("<IiiHH", content)
    if header != _HEADER or height % 2 or min(width, height) < 1:
        raise unsupported(f"an icon of {width}x{height // 2} px with a header of {header} bytes")
    return _Picture(Size(width, height // 2), bits, content)


def _stride(width: int, bits: int) -> int:
    """Return the bytes of a row, which are a multiple of four."""
    return (width * bits + 31) // 32 * 4


def _without_alpha(pixels: bytes, width: int) -> bytes:
    """Return four-byte pixels as three-byte pixels, in padded rows."""
    pad, kept = bytes(_stride(width, 24) - 3 * width), list[bytes | bytearray]()
    for at in range(0, len(pixels), 4 * width):
        row = bytearray(pixels[at : at + 4 * width])
        del row[3::4]
        kept += [row, pad]
    return b"".join(kept)
