"""What an AVIF or a HEIC says about its picture."""

import re
import struct

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.sniffing import SNIFF_BYTES, sniff

from .reading import corrupt

_ALPHA_URNS = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")


def read(data: bytes) -> SourceInfo:
    """Stand-in."""
    sizes = [
        Size(*struct.unpack(">4xII", each)) for each in re.findall(rb"ispe(.{12})", data[:100000], re.DOTALL)
    ]
    if not sizes:
        raise corrupt("it has no size")
    return SourceInfo(
        sniff(data[:SNIFF_BYTES]) or ImageFormat.AVIF,
        max(sizes, key=lambda s: s.pixels),
        has_alpha=announces_alpha(data),
    )


def clean(data: bytes, _info: SourceInfo) -> bytes:
    """Return the file."""
    return data


def announces_alpha(data: bytes) -> bool:
    """Return whether an AVIF or HEIC says that it has an alpha plane (ISO/IEC 23008-12, 6.5.8)."""
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"meta":
            return any(urn in data[at : at + length] for urn in _ALPHA_URNS)
        if length < 8:
            break
        at += length
    return False
