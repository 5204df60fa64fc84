"""Reads the first surface of DDS files (Microsoft's Programming Guide for DDS)."""

import struct
from dataclasses import dataclass

from advthumb.core.containers.reading import corrupt, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

PLAIN = "a DDS of pixels that are not compressed"
"""The kind of a picture that is not block-compressed."""

_HEADER, _FURTHER = 128, 20
_ALPHA_PIXELS, _FOURCC, _RGB, _KNOWN = 0x1, 0x4, 0x40, 0x45
_NEEDED = 0x1007
"""Flags for a header that has a size and a pixel format."""
_TEXTURE, _PREMULTIPLIED = 0x1000, 2
_NO_MASKS = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How pixels are stored, in the terms of the DirectX 9 header.

    Attributes:
        has_alpha: Whether a pixel may be transparent.
        fourcc: The name of the compression in blocks of 4 x 4 px, empty for none.
        block: The bytes of such a block.
        bits: The bits of an uncompressed pixel.
        masks: The masks of its red, green, blue and alpha bits.
    """

    has_alpha: bool
    fourcc: bytes = b""
    block: int = 0
    bits: int = 0
    masks: tuple[int, int, int, int] = _NO_MASKS

    def stored(self, size: Size) -> int:
        """Return the length of a surface in bytes."""
        if self.fourcc:
            return (size.width + 3) // 4 * ((size.height + 3) // 4) * self.block
        return size.pixels * self.bits // 8


_BC1, _BC2, _BC3 = (
    _Layout(has_alpha=True, fourcc=name, block=block)
    for name, block in ((b"DXT1", 8), (b"DXT3", 16), (b"DXT5", 16))
)
_BGR = (0xFF0000, 0xFF00, 0xFF, 0)
_BGRA, _BGRX = (
    _Layout(has_alpha=bool(alpha), bits=32, masks=(*_BGR[:3], alpha)) for alpha in (0xFF000000, 0)
)
_RGBA = _Layout(has_alpha=True, bits=32, masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000))
_PLAIN = {
    (layout.bits, layout.masks): layout
    for layout in (
        _BGRA,
        _BGRX,
        _RGBA,
        _Layout(has_alpha=False, bits=24, masks=_BGR),
        _Layout(has_alpha=False, bits=16, masks=(0xF800, 0x7E0, 0x1F, 0)),
        _Layout(has_alpha=True, bits=16, masks=(0x7C00, 0x3E0, 0x1F, 0x8000)),
        _Layout(has_alpha=True, bits=16, masks=(0xF00, 0xF0, 0xF, 0xF000)),
    )
}
_BLOCKS = {layout.fourcc: layout for layout in (_BC1, _BC2, _BC3)}
_DIRECTX_10 = dict.fromkeys((28, 29), _RGBA)
_DIRECTX_10 |= dict.fromkeys((71, 72), _BC1) | dict.fromkeys((74, 75), _BC2) | dict.fromkeys((77, 78), _BC3)
_DIRECTX_10 |= dict.fromkeys((87, 91), _BGRA) | dict.fromkeys((88, 93), _BGRX)
"""Layouts by number in DXGI_FORMAT."""


def read(data: bytes) -> SourceInfo:
    """Read the header of a DDS.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    layout, _ = _layout(data)
    height, width = unpacked("<II", data, 12)
    kind = PLAIN if layout.bits else ""
    return SourceInfo(ImageFormat.DDS, Size(width, height), has_alpha=layout.has_alpha, samples=4, kind=kind)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a DDS with only the first surface, in the form of DirectX 9: no mipmaps, no other cube faces.

    Raises:
        ThumbnailError: `corrupt`: the file ends before the surface does.
    """
    layout, start = _layout(data)
    stop = start + layout.stored(info.size)
    if stop > len(data):
        raise corrupt("its pixel data ends early")
    surface = data[start:stop]
    if layout is _RGBA:  # decoders swap red and blue here
        layout, surface = _BGRA, _swapped(surface)
    flags = _FOURCC if layout.fourcc else _RGB | (_ALPHA_PIXELS if layout.has_alpha else 0)
    header = struct.pack("<4s4I56x", b"DDS ", 124, _NEEDED, info.size.height, info.size.width)
    header += struct.pack("<II4s5I", 32, flags, layout.fourcc, layout.bits, *layout.masks)
    return header + struct.pack("<I16x", _TEXTURE) + surface


def _swapped(pixels: bytes) -> bytes:
    """Return four-byte pixels with red and blue swapped."""
    swapped = bytearray(pixels)
    swapped[0::4], swapped[2::4] = pixels[2::4], pixels[0::4]
    return bytes(swapped)


def _layout(data: bytes) -> tuple[_Layout, int]:
    """Return how pixels are stored, and where they begin.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    (length,) = unpacked("<I", data, 4)
    described, flags, fourcc, bits, *masks = unpacked("<II4s5I", data, 76)
    unpacked("<20x", data, 108)
    if length != 124 or described != 32:
        raise corrupt(f"its header claims {length} bytes, and {described} for the pixel format")
    if fourcc == b"DX10" and flags & _FOURCC:
        number, meaning = unpacked("<I12xI", data, _HEADER)
        if number not in _DIRECTX_10 or meaning == _PREMULTIPLIED:
            raise unsupported(f"a DDS with DXGI format {number} and alpha mode {meaning}")
        return _DIRECTX_10[number], _HEADER + _FURTHER
    if flags & _FOURCC:
        found = _BLOCKS.get(fourcc)
    else:
        alpha = masks[3] if flags & _ALPHA_PIXELS else 0
        found = _PLAIN.get((bits, (masks[0], masks[1], masks[2], alpha))) if flags & _RGB else None
    if found is None or flags & ~_KNOWN:
        raise unsupported(f"a DDS with the flags {flags:x}, compression {fourcc!r} and {bits} bits per pixel")
    return found, _HEADER
