"""Reads DPX files (SMPTE 268M): scans of film and video, with samples as densities, linear light or sRGB.

Decoders see a header with only what the pixels need.
"""

import struct

from advthumb.core.containers.reading import unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo

from .pixels import whole

VIDEO, LIGHT = "DPX of video", "DPX of light"
"""`SourceInfo.kind` of files with sRGB samples and with linear light; others have logarithmic samples."""

_START = 2048
"""The offset of the pixels in the stream that decoders see."""
_LITTLE = b"XPDS"
_GREY, _RGB, _RGBA = 6, 50, 51
_SAMPLES = {_GREY: 1, _RGB: 3, _RGBA: 4}
_DENSITY, _LINEAR, _LOGARITHM = 1, 2, 3
_VIDEOS = frozenset({4, 5, 6, 7, 8})
_PACKINGS = {8: {0, 1, 2}, 10: {1}, 16: {0, 1, 2}}
"""The ways of packing samples into 32-bit words, by bits of a sample. Three 10-bit samples leave two bits."""
_WORD = 32
_UNDEFINED = 2**32 - 1


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    order = _order(data)
    turned, elements, width, height, signed = unpacked(order + "HHIII", data, 768)
    kind, transfer, _colours, bits, packing, coding = unpacked(order + "BBBBHH", data, 800)
    _start, padding, _behind = unpacked(order + "III", data, 808)
    if turned or elements != 1 or signed or coding or padding not in {0, _UNDEFINED}:
        raise unsupported(f"a DPX with orientation {turned}, {elements} elements and encoding {coding}")
    samples = _SAMPLES.get(kind, 0)
    if not samples or packing not in _PACKINGS.get(bits, ()):
        raise unsupported(f"a DPX with descriptor {kind}, {bits} bits per sample and packing {packing}")
    if transfer not in {_DENSITY, _LINEAR, _LOGARITHM, *_VIDEOS} or (
        kind == _GREY and transfer not in _VIDEOS
    ):
        raise unsupported(f"a DPX with descriptor {kind} and transfer function {transfer}")
    if (bits != 10 and width * samples * bits % _WORD) or (bits == 10 and kind != _RGB):
        raise unsupported(f"a DPX of {width} px across whose rows are not whole words")
    return SourceInfo(
        ImageFormat.DPX,
        Size(width, height),
        has_alpha=kind == _RGBA,
        colours=Colours.GREY if kind == _GREY else Colours.RGB,
        samples=samples,
        bits=8 if bits == 8 else 16,
        kind=VIDEO if transfer in _VIDEOS else LIGHT if transfer == _LINEAR else "",
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the file without texts.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated.
    """
    order = _order(data)
    (start,) = unpacked(order + "I", data, 4)
    kind, transfer, colours, bits, packing, _coding, own = unpacked(order + "BBBBHHI", data, 800)
    across = info.size.width * (_WORD if bits == 10 else info.samples * bits) // 8
    pixels = whole(data, start if own in {0, _UNDEFINED} else own, across * info.size.height)
    head = struct.pack(order + "4sI8sIIIII", data[:4], _START, b"V1.0", _START + len(pixels), 1, 1664, 384, 0)
    head = head.ljust(660, b"\0") + b"\xff" * 4
    head = head.ljust(768, b"\0") + struct.pack(order + "HHII", 0, 1, *info.size)
    white = 2**bits - 1
    element = struct.pack(order + "IIfIf", 0, 0, 0, white, 0)
    element += struct.pack(order + "BBBBHHIII", kind, transfer, colours, bits, packing, 0, _START, 0, 0)
    head = (head + element).ljust(1408, b"\0")
    return head.ljust(_START, b"\xff") + pixels


def _order(data: bytes) -> str:
    return "<" if data.startswith(_LITTLE) else ">"
