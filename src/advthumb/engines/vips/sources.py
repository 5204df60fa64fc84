"""Corrections to the bytes of a source that libvips would read wrongly. This module does not need libvips."""

import struct

_PHOTOMETRIC = 262
_RGB, _LAB = 2, 8


def lab_as_rgb(data: bytes) -> bytes | None:
    """Return a CIELAB TIFF as an RGB TIFF with the same samples, None if it is not a CIELAB TIFF.

    This is needed because libvips 8.18 fails on CIELAB with three 8-bit samples ("bad labq format").
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None  # BigTIFF, for files above 4 GB
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (entries,) = struct.unpack_from(order + "H", data, start)
        for entry in range(start + 2, start + 2 + 12 * entries, 12):
            tag, _kind, _count, value = struct.unpack_from(order + "HHIH", data, entry)
            if (tag, value) == (_PHOTOMETRIC, _LAB):
                return data[: entry + 8] + struct.pack(order + "H", _RGB) + data[entry + 10 :]
    except struct.error:
        pass  # libvips will report the damage
    return None
