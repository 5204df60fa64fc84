"""Reads the merged picture of PSD and PSB files (Adobe Photoshop File Formats Specification).

Layers and resources are never decoded: the decoder sees only the merged picture.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from advthumb.core.containers import icc
from advthumb.core.containers.reading import MAX_SEGMENTS, corrupt, too_large, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo

from .psd_layers import has_transparency

INDEXED = "a PSD of a palette"
"""The kind of pictures with a palette."""

_HEADER, _LARGE = 26, 2
_MODES = {
    # Mode and bits of a sample: colour model, and number of colour samples in a pixel.
    (0, 1): (Colours.GREY, 1),
    (1, 8): (Colours.GREY, 1),
    (1, 16): (Colours.GREY, 1),
    (2, 8): (Colours.RGB, 1),
    (3, 8): (Colours.RGB, 3),
    (3, 16): (Colours.RGB, 3),
    (4, 8): (Colours.CMYK, 4),
    (4, 16): (Colours.CMYK, 4),
    (9, 8): (Colours.LAB, 3),
}
_INDEXED, _PALETTE = 2, 768
_RGB = 3
_MOST_CHANNELS = 56
_MOST_SIDE = {1: 30_000, 2: 300_000}
_PLAIN, _PACKED = 0, 1
_PROFILE, _UNTAGGED, _TRANSPARENT_INDEX, _VERSION = 1039, 1041, 1047, 1057
_COUNTING = {_PROFILE, _UNTAGGED, _TRANSPARENT_INDEX, _VERSION}
"""Image resources that are read."""
_PHOTOSHOP = "Adobe Photoshop".encode("utf-16-be")
_SAVED_BY_PHOTOSHOP = struct.pack(">4sHHIIBI", b"8BIM", _VERSION, 0, 40, 1, 1, 15) + _PHOTOSHOP + b"\0"
"""The resource for a file that was saved by Photoshop and has a merged picture."""


@dataclass(frozen=True, slots=True)
class _Sections:
    """The header, and the start and end of each section after it."""

    version: int
    channels: int
    size: Size
    bits: int
    mode: int
    palette: tuple[int, int]
    resources: tuple[int, int]
    layers: tuple[int, int]

    @property
    def row(self) -> int:
        """Return the length in bytes of a row of one channel."""
        return (self.size.width * self.bits + 7) // 8

    @property
    def is_large(self) -> bool:
        """Return whether it is a PSB, which has longer length fields."""
        return self.version == _LARGE


def read(data: bytes) -> SourceInfo:
    """Read the header, the resources, and the transparency information of the layers.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` if there are very many resources.
    """
    found = _sections(data)
    if (found.mode, found.bits) not in _MODES:
        raise unsupported(f"a PSD with mode {found.mode} and {found.bits} bits per channel")
    colours, samples = _MODES[found.mode, found.bits]
    if not samples <= found.channels <= _MOST_CHANNELS or max(found.size) > _MOST_SIDE[found.version]:
        raise corrupt(f"its header gives {found.size} px and {found.channels} channels")
    if found.mode == _INDEXED and found.palette[1] - found.palette[0] != _PALETTE:
        raise corrupt("its palette is missing")
    resources = dict(_resources(data, *found.resources))
    alpha = found.channels > samples and has_transparency(data, *found.layers, large=found.is_large)
    if (alpha and found.mode != _RGB) or _TRANSPARENT_INDEX in resources:
        raise unsupported("a PSD with transparency and colours other than RGB")
    version = resources.get(_VERSION, b"")
    if version[4:5] == b"\0":
        raise unsupported("a PSD saved without its merged picture")
    if alpha and _PHOTOSHOP not in version:
        # Photoshop merges onto white, and decoders remove that; other programs merge onto nothing.
        raise unsupported("a PSD with transparency that was not saved by Photoshop")
    (coding,) = unpacked(">H", data, found.layers[1])
    if coding not in {_PLAIN, _PACKED}:
        raise unsupported(f"a PSD whose merged picture has compression {coding}")
    profile = None if _UNTAGGED in resources else resources.get(_PROFILE)
    return SourceInfo(
        ImageFormat.PSD,
        found.size,
        has_alpha=alpha,
        colours=colours,
        samples=max(samples, 3 if found.mode == _INDEXED else 1) + alpha,
        bits=max(found.bits, 8),
        profile=icc.counting(profile, colours),
        kind=INDEXED if found.mode == _INDEXED else "",
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a file with the merged picture, without layers, resources and further channels.

    Raises:
        ThumbnailError: `corrupt`: the file ends before its pixels do.
    """
    found = _sections(data)
    channels = _MODES[found.mode, found.bits][1] + info.has_alpha
    start, stop = found.palette if found.mode == _INDEXED else (0, 0)
    header = data[:12] + struct.pack(">H", channels) + data[14:_HEADER]
    wide = ">Q" if found.is_large else ">I"
    # A negative number of layers means that the merged picture has transparency.
    count = (struct.pack(wide, 2) + struct.pack(">h", -1)) if info.has_alpha else b""
    saved = _SAVED_BY_PHOTOSHOP if info.has_alpha else b""
    return b"".join(
        [
            header,
            struct.pack(">I", stop - start),
            data[start:stop],
            struct.pack(">I", len(saved)),
            saved,
            struct.pack(wide, len(count)),
            count,
            _planes(data, found, channels),
        ]
    )


def _sections(data: bytes) -> _Sections:
    version, channels, height, width, bits, mode = unpacked(">H6xHIIHH", data, 4)
    if version not in _MOST_SIDE:
        raise unsupported(f"a PSD of version {version}")
    palette = _section(data, _HEADER, len(data))
    resources = _section(data, palette[1], len(data))
    layers = _section(data, resources[1], len(data), ">Q" if version == _LARGE else ">I")
    return _Sections(version, channels, Size(width, height), bits, mode, palette, resources, layers)


def _section(data: bytes, at: int, stop: int, layout: str = ">I") -> tuple[int, int]:
    """Return the start and end of the content after a length field; `stop` is the end of the parent."""
    (length,) = unpacked(layout, data, at)
    start = at + struct.calcsize(layout)
    if start + length > stop:
        raise corrupt("a section extends past the end of its container")
    return start, start + length


def _resources(data: bytes, at: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield the number and content of each resource."""
    for _ in range(MAX_SEGMENTS + 1):
        if at >= stop:
            return
        number, named = unpacked(">4xHB", data, at)
        start, end = _section(data, at + 6 + (named + 2) // 2 * 2, stop)
        if number in _COUNTING:
            yield number, data[start:end]
        at = end + (end - start) % 2
    raise too_large(f"it has more than {MAX_SEGMENTS} resources")


def _planes(data: bytes, found: _Sections, channels: int) -> bytes:
    """Return the compression and the first channels of the merged picture.

    Raises:
        ThumbnailError: `corrupt`: the channels are truncated.
    """
    at = found.layers[1]
    rows, start = channels * found.size.height, at + 2
    lengths = b""
    length = rows * found.row
    if data[at + 1] == _PACKED:
        each = "I" if found.is_large else "H"
        counted = unpacked(f">{rows}{each}", data, start)
        length = sum(counted)
        if max(counted) > 2 * found.row + 1:
            raise corrupt("the lengths of its rows are wrong")
        lengths = data[start : start + struct.calcsize(each) * rows]
        start += struct.calcsize(each) * found.channels * found.size.height
    if start + length > len(data):
        raise corrupt("its pixel data ends early")
    return data[at : at + 2] + lengths + data[start : start + length]
