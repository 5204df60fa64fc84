"""The profiles of sRGB and CIELAB as files, as ImageMagick wants them (ICC.1:2010, IEC 61966-2-1)."""

import struct
from collections.abc import Mapping

_PRIMARIES = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
"""Red, green and blue in XYZ, adapted to the white of all profiles."""
_WHITE = (0.9642, 1.0, 0.8249)
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""y = (bx + c) ** a from e on, and dx below."""
_VERSION = 0x04200000
_DATE = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)


def _numbers(kind: bytes, before: bytes, values: tuple[float, ...]) -> bytes:
    fixed = (round(value * 65536) for value in values)
    return kind + bytes(4) + before + struct.pack(f">{len(values)}i", *fixed)


def _text(text: str) -> bytes:
    """Return a text in one language, padded to four bytes."""
    encoded = text.encode("utf-16-be")
    content = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
    return content + bytes(-len(content) % 4)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    common = {
        b"desc": _text("advthumb"),
        b"cprt": _text("public domain"),
        b"wtpt": _numbers(b"XYZ ", b"", _WHITE),
    }
    tags = {**common, **tags}
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content
    length = start + len(body)
    head = struct.pack(">I4xI4s4s4s12s4s", length, _VERSION, kind, space, connection, _DATE, b"acsp")
    return (head + bytes(28) + _numbers(b"", b"", _WHITE)[4:]).ljust(128, b"\0") + table + body


SRGB = _profile(
    b"mntr",
    b"RGB ",
    b"XYZ ",
    {
        **{name: _numbers(b"XYZ ", b"", values) for name, values in _PRIMARIES.items()},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _numbers(b"para", b"\0\3\0\0", _CURVE)),
    },
)
"""sRGB."""

_SHIFT = 128 / 255 - 1 / 2
"""ImageMagick keeps the zero of a and b in the middle of its range, and CIELAB of 8 bits has it at 128."""
_STRAIGHT = _numbers(b"para", b"\0\4\0\0", (1, 1, 0, 1, 0, 0, 0))
_SHIFTED = _numbers(b"para", b"\0\4\0\0", (1, 1, 0, 1, 0, _SHIFT, _SHIFT))

LAB = _profile(
    b"mntr",
    b"RGB ",
    b"Lab ",
    {b"A2B0": b"mAB " + struct.pack(">4xBB2x5I", 3, 3, 32, 0, 0, 0, 0) + _STRAIGHT + _SHIFTED * 2},
)
"""CIELAB, for pixels whose red, green and blue are ImageMagick's L, a and b."""
