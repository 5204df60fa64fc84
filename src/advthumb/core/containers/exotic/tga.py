"""Reads TGA files (Truevision TGA File Format Specification, version 2.0).

The header has no magic number, so only files with the footer of version 2.0 are recognised.
"""

import struct
from dataclasses import dataclass

from advthumb.core.containers.reading import corrupt, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo
from advthumb.core.orientation import Orientation

FEW_BITS, GREY_ALPHA = "a TGA of 16 bits with alpha", "a TGA of grey with alpha"
"""Kinds that some engines do not read correctly."""

_HEADER, _FOOTER = 18, 26
_PACKED = 8
"""A flag in the picture type: the pixels are run-length coded."""
_PALETTE, _RGB, _GREY = 1, 2, 3
_LAYOUTS = {
    # (type, bits per pixel, bits of a palette colour, bits of alpha): whether there is alpha.
    (_PALETTE, 8, 16, 0): False,
    (_PALETTE, 8, 24, 0): False,
    (_RGB, 16, 0, 0): False,
    (_RGB, 16, 0, 1): True,
    (_RGB, 24, 0, 0): False,
    (_RGB, 32, 0, 0): False,
    (_RGB, 32, 0, 8): True,
    (_GREY, 8, 0, 0): False,
    (_GREY, 16, 0, 8): True,
}
"""The supported layouts. If the header declares no alpha bits, the spare bits of a pixel have no meaning."""
_ALPHA_BITS, _FROM_THE_RIGHT, _FROM_THE_TOP, _INTERLEAVED = 0x0F, 0x10, 0x20, 0xC0
_ORIENTATIONS = {
    _FROM_THE_TOP: Orientation.NORMAL,
    _FROM_THE_TOP | _FROM_THE_RIGHT: Orientation.MIRROR,
    0: Orientation.MIRROR_ROTATE_180,
    _FROM_THE_RIGHT: Orientation.ROTATE_180,
}
_EXTENSION_BYTES = 495
_ALPHA, _PREMULTIPLIED = 3, 4


@dataclass(frozen=True, slots=True)
class _Header:
    """The contents of the header."""

    size: Size
    kind: int
    bits: int
    alpha_bits: int
    flags: int
    colours: int
    colour_bits: int
    palette: int

    @property
    def pixels(self) -> int:
        """Return the offset of the pixels."""
        return self.palette + self.colours * (self.colour_bits // 8)


def read(data: bytes) -> SourceInfo:
    """Read the header and the extension area of a TGA.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    found = _header(data)
    layout = (
        found.kind & ~_PACKED,
        found.bits,
        found.colour_bits if found.kind & ~_PACKED == _PALETTE else 0,
        found.alpha_bits,
    )
    if layout not in _LAYOUTS or found.flags & _INTERLEAVED:
        raise unsupported(
            f"a TGA of type {found.kind} with {found.bits} bits per pixel, {found.alpha_bits} of them alpha"
        )
    grey = layout[0] == _GREY
    alpha = _LAYOUTS[layout] and _alpha_counts(data)
    return SourceInfo(
        ImageFormat.TGA,
        found.size,
        orientation=_ORIENTATIONS[found.flags & (_FROM_THE_TOP | _FROM_THE_RIGHT)],
        has_alpha=alpha,
        colours=Colours.GREY if grey else Colours.RGB,
        samples=(1 if grey else 3) + alpha,
        kind=GREY_ALPHA if layout[:2] == (_GREY, 16) else FEW_BITS if alpha and found.bits == 16 else "",
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a TGA with the pixels and their palette, whose first stored pixel is declared as top left.

    Raises:
        ThumbnailError: `corrupt`: the file ends before its pixels do.
    """
    found = _header(data)
    stop = min((at for at in _areas(data) if at > found.pixels), default=0) or len(data) - _FOOTER
    if not found.kind & _PACKED:
        whole = found.pixels + info.size.pixels * (found.bits // 8)
        if whole > stop:
            raise corrupt("its pixel data ends early")
        stop = whole
    palette = found.kind & ~_PACKED == _PALETTE
    colours, colour_bits = (found.colours, found.colour_bits) if palette else (0, 0)
    kept = found.palette if palette else found.pixels
    header = struct.pack("<BBBHHB", 0, palette, found.kind, 0, colours, colour_bits)
    flags = (found.alpha_bits if info.has_alpha else 0) | _FROM_THE_TOP
    header += struct.pack("<HHHHBB", 0, 0, *info.size, found.bits, flags)
    return header + data[kept:stop]


def _header(data: bytes) -> _Header:
    identity, has_palette, kind, first, colours, colour_bits = unpacked("<BBBHHB", data, 0)
    width, height, bits, flags = unpacked("<HHBB", data, 12)
    if has_palette > 1 or (has_palette and (first or colour_bits % 8)):
        raise unsupported(f"a TGA with a {colour_bits}-bit palette that starts at colour {first}")
    if not has_palette:
        colours = colour_bits = 0
    alpha_bits = flags & _ALPHA_BITS
    palette = _HEADER + identity
    found = _Header(Size(width, height), kind, bits, alpha_bits, flags, colours, colour_bits, palette)
    if found.pixels > len(data) - _FOOTER:
        raise corrupt("it ends before its pixel data starts")
    return found


def _areas(data: bytes) -> tuple[int, int]:
    """Return the offsets of the extension area and the developer area, each 0 if there is none."""
    extension, developer = struct.unpack_from("<II", data, len(data) - _FOOTER)
    if max(extension, developer) > len(data) - _FOOTER:
        raise corrupt("its footer points past the end of the file")
    return extension, developer


def _alpha_counts(data: bytes) -> bool:
    """Return whether the alpha bits are used as alpha; without an extension area, they are.

    Raises:
        ThumbnailError: `unsupported`: colours are premultiplied, or the extension area is unknown.
    """
    extension, _ = _areas(data)
    if not extension:
        return True
    length, kind = unpacked("<H492xB", data, extension)
    if length != _EXTENSION_BYTES or kind == _PREMULTIPLIED:
        raise unsupported("a TGA with premultiplied alpha or an unknown extension area")
    return bool(kind == _ALPHA)
