"""Reads SGI images (The SGI Image File Format, 1.00): planes of 8 or 16 bits, from bottom to top."""

import struct

from advthumb.core.containers.reading import corrupt, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo

from .pixels import whole

_HEADER = 512
_FIELDS = 12
"""Bytes of a header up to its smallest sample value; a name and unused fields follow."""
_PLANES = {1, 3, 4}
_NORMAL = 0
"""The only colour map type that is not obsolete: samples are used directly."""


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    packed, depth, axes, width, height, planes = unpacked(">BBHHHH", data, 2)
    (colours,) = unpacked(">I", data, 104)
    height, planes = height if axes > 1 else 1, planes if axes > 2 else 1
    if packed > 1 or depth not in {1, 2} or axes not in {1, 2, 3} or colours != _NORMAL:
        raise unsupported(
            f"an SGI image with compression {packed}, {depth} bytes per sample, {axes} axes "
            f"and colour map {colours}"
        )
    if planes not in _PLANES:
        raise unsupported(f"an SGI image with {planes} channels")
    return SourceInfo(
        ImageFormat.SGI,
        Size(width, height),
        has_alpha=planes == 4,
        colours=Colours.GREY if planes == 1 else Colours.RGB,
        samples=planes,
        bits=8 * depth,
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the file without its name, and without anything after uncompressed pixels.

    16-bit grey becomes three equal planes, because ImageMagick 6 reads its white as black.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated.
    """
    repeated = 3 if (info.samples, info.bits) == (1, 16) else 1
    planes = info.samples * repeated
    sides = struct.pack(">HHHII", *info.size, planes, 0, 2**info.bits - 1)
    header = (data[:4] + b"\0\3" + sides).ljust(_HEADER, b"\0")
    if data[2]:
        return header + _rows(data, info.size.height * info.samples, repeated)
    return header + whole(data, _HEADER, info.size.pixels * info.samples * info.bits // 8) * repeated


def _rows(data: bytes, rows: int, repeated: int) -> bytes:
    """Return the tables of coded rows, repeated `repeated` times, and the rows.

    Raises:
        ThumbnailError: `corrupt`: a row is not in the file. (Decoders would silently skip it.)
    """
    tables = struct.unpack(f">{2 * rows}I", whole(data, _HEADER, 8 * rows))
    starts, lengths = tables[:rows], tables[rows:]
    behind = _HEADER + 8 * rows
    if any(
        start < behind or start + length > len(data) for start, length in zip(starts, lengths, strict=True)
    ):
        raise corrupt("a row of pixels extends past the end of the file")
    further = 8 * rows * (repeated - 1)
    moved = [start + further for start in starts]
    return struct.pack(f">{2 * rows * repeated}I", *moved * repeated, *lengths * repeated) + data[behind:]
