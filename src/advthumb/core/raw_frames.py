"""A finished thumbnail that is not encoded yet, as bytes: the samples of its frames, one after the other.

Engines in separate processes send it like a file.
"""

import struct

from .images import Animation, Size
from .samples import Samples

_MAGIC = b"\0samples"
_HEAD = struct.Struct(">8sIIII")
"""The magic bytes, width, height, the number of frames, and how often they are played."""
_FRAME = struct.Struct(">BI")
"""The number of bands of a frame, and for how many milliseconds it is shown."""


def packed(animation: Animation[Samples]) -> bytes:
    """Return frames of one size as bytes; a still picture is an animation of one frame."""
    size = animation.frames[0][0].size
    head = _HEAD.pack(_MAGIC, *size, len(animation.frames), animation.plays)
    facts = (_FRAME.pack(samples.bands, milliseconds) for samples, milliseconds in animation.frames)
    return b"".join([head, *facts, *(samples.data for samples, _ in animation.frames)])


def unpacked(data: bytes) -> Animation[Samples]:
    """Return the frames in bytes that `packed` made.

    Raises:
        ValueError: They are other bytes.
    """
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        msg = "the bytes are not samples"
        raise ValueError(msg)
    _, width, height, count, plays = _HEAD.unpack_from(data)
    size, begin = Size(width, height), _HEAD.size + count * _FRAME.size
    if not count or begin > len(data):
        msg = f"{len(data)} bytes cannot hold {count} frames"
        raise ValueError(msg)
    facts = _FRAME.iter_unpack(data[_HEAD.size : begin])
    frames = []
    for bands, milliseconds in facts:
        end = begin + size.pixels * bands
        frames.append((Samples(size, bands, data[begin:end]), milliseconds))
        begin = end
    if begin != len(data):
        msg = f"{len(data) - begin} bytes follow the samples"
        raise ValueError(msg)
    return Animation(frames, plays)
