"""The Display P3 colour profile, built from its published numbers.

Pillow reads and applies ICC profiles, but cannot write one.
"""

import struct

# The D50-adapted primaries of Display P3, and D50 itself, as XYZ.
_COLORANTS = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
    b"wtpt": (0.96420, 1.00000, 0.82491),
}
_CURVE_STEPS = 1024


def display_p3_profile() -> bytes:
    """Return a version 2 matrix profile: three colorants, a white point and the sRGB tone curve."""
    curve = _tone_curve()
    tags = {
        b"desc": _description("Display P3"),
        b"cprt": b"text\0\0\0\0" + b"CC0-1.0\0",
        **{name: b"XYZ \0\0\0\0" + _fixed(*values) for name, values in _COLORANTS.items()},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table = b""
    data = b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    body = struct.pack(">I", len(tags)) + table + data
    return _header(128 + len(body)) + body


def _header(profile_size: int) -> bytes:
    """Return the 128-byte header of an RGB display profile whose connection space is XYZ."""
    header = struct.pack(">I4xI4s4s4s", profile_size, 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp")
    header = header.ljust(68, b"\0") + _fixed(*_COLORANTS[b"wtpt"])
    return header.ljust(128, b"\0")


def _tone_curve() -> bytes:
    """Return the sRGB curve as a table from stored value to linear light."""
    stored = (step / (_CURVE_STEPS - 1) for step in range(_CURVE_STEPS))
    linear = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in stored)
    table = struct.pack(f">{_CURVE_STEPS}H", *(round(65535 * value) for value in linear))
    return struct.pack(">4s4xI", b"curv", _CURVE_STEPS) + table


def _description(text: str) -> bytes:
    """Return the profile's name as version 2 requires it: ASCII, with empty Unicode and Macintosh forms."""
    ascii_text = text.encode("ascii") + b"\0"
    return struct.pack(">4s4xI", b"desc", len(ascii_text)) + ascii_text + bytes(4 + 4 + 2 + 1 + 67)


def _fixed(*values: float) -> bytes:
    """Return numbers as s15Fixed16."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))
