"""Reads Cineon files (draft specification of 1993): scans of film as 10-bit densities."""

import struct

from advthumb.core.containers.reading import unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo

from .pixels import whole

_START = 1024
"""The offset of the pixels in the stream that decoders see."""
_CHANNEL = ">xxBxII"
_CHANNELS, _FIRST, _CHANNEL_BYTES = 3, 196, 28
_BITS = 10
_WORDS = 5
"""Three samples fill a 32-bit word, with two unused bits at its end."""


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt` or `unsupported`.
    """
    turned, count = unpacked(">BB", data, 192)
    channels = {unpacked(_CHANNEL, data, _FIRST + _CHANNEL_BYTES * each) for each in range(_CHANNELS)}
    planes, packing, signed, _sense, line_pad, channel_pad = unpacked(">BBBBII", data, 680)
    bits, width, height = min(channels)
    if turned or count != _CHANNELS or len(channels) != 1:
        raise unsupported(f"a Cineon file with orientation {turned} and {count} channels {sorted(channels)}")
    if bits != _BITS or packing != _WORDS or planes or signed:
        raise unsupported(
            f"a Cineon file with {bits} bits per sample, packing {packing} and interleaving {planes}"
        )
    if not {line_pad, channel_pad} <= {0, 2**32 - 1}:
        raise unsupported("a Cineon file with padding between its rows")
    return SourceInfo(ImageFormat.CIN, Size(width, height), bits=16)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the file without texts.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated.
    """
    (start,) = unpacked(">I", data, 4)
    pixels = whole(data, start, 4 * info.size.pixels)
    head = struct.pack(">4s5I8s", data[:4], _START, _START, 0, 0, _START + len(pixels), b"V4.5").ljust(
        192, b"\0"
    )
    head += bytes([0, _CHANNELS, 0, 0])
    for number in range(1, _CHANNELS + 1):
        head += struct.pack(">BBBBIIffff", 0, number, _BITS, 0, *info.size, 0, 0, 1023, 2.046)
    head = head.ljust(_FIRST + 8 * _CHANNEL_BYTES, b"\xff") + b"\xff" * 32
    head = head.ljust(680, b"\0") + bytes([0, _WORDS, 0, 0]) + bytes(8)
    return head.ljust(712, b"\0").ljust(_START, b"\xff") + pixels
