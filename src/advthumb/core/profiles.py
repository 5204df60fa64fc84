"""Builds ICC profiles: of sRGB, of CIELAB, and of pictures that describe their colours without a profile.

The layout follows ICC.1:2010. The profiles are cached, so that an engine finds its cached transform again.
"""

import struct
from collections.abc import Callable, Mapping
from functools import lru_cache

from . import colorimetry

_VERSION = 0x04200000
_DATE = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
_REMEMBERED = 64
_STEPS = 256
"""The number of samples in a curve that is not a power function; values in between are interpolated."""
_GAMMAS = (0.1, 10)
"""The range of plausible gAMA values in a PNG."""
_SAME_GAMMA, _SAME_POINT = 0.05, 0.002
"""Invisible differences: relative, of the power (libpng has the same threshold); and of x or y, which files
round."""


def _numbers(kind: bytes, before: bytes, values: tuple[float, ...]) -> bytes:
    fixed = (round(value * 65536) for value in values)
    return kind + bytes(4) + before + struct.pack(f">{len(values)}i", *fixed)


def _power(exponent: float, scale: float = 1, offset: float = 0, slope: float = 1, start: float = 0) -> bytes:
    """Return the curve y = (scale x + offset) ^ exponent from `start` on, and slope x below."""
    return _numbers(b"para", b"\0\3\0\0", (exponent, scale, offset, slope, start))


def _sampled(curve: Callable[[float], float]) -> bytes:
    """Return a curve as samples of 16 bits."""
    samples = (round(curve(step / (_STEPS - 1)) * 65535) for step in range(_STEPS))
    return b"curv" + struct.pack(f">4xI{_STEPS}H", _STEPS, *samples)


def _text(text: str) -> bytes:
    """Return a text in one language."""
    encoded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded


def _profile(space: bytes, connection: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """Return a display profile; tags with equal content share one copy."""
    common = {
        b"desc": _text("advthumb"),
        b"cprt": _text("public domain"),
        b"wtpt": _numbers(b"XYZ ", b"", colorimetry.D50),
    }
    tags = {**common, **tags}
    start = 128 + 4 + 12 * len(tags)
    table, body, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, places[content], len(content))
    length = start + len(body)
    head = struct.pack(">I4xI4s4s4s12s4s", length, _VERSION, b"mntr", space, connection, _DATE, b"acsp")
    return (head + bytes(28) + _numbers(b"", b"", colorimetry.D50)[4:]).ljust(128, b"\0") + table + body


def _rgb(chromaticities: tuple[float, ...], curve: bytes) -> bytes:
    """Return a profile with this white, red, green and blue (in x and y) and one curve for all channels."""
    names, primaries = (b"rXYZ", b"gXYZ", b"bXYZ"), colorimetry.adapted(chromaticities)
    colours = {name: _numbers(b"XYZ ", b"", each) for name, each in zip(names, primaries, strict=True)}
    return _profile(b"RGB ", b"XYZ ", {**colours, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)})


_SRGB_CURVE = _power(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CURVES: Mapping[int, bytes] = {
    **dict.fromkeys((1, 6, 11, 12, 13, 14, 15), _SRGB_CURVE),
    4: _power(2.2),
    5: _power(2.8),
    7: _power(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
    8: _power(1),
    16: _sampled(colorimetry.from_pq),
    17: _sampled(lambda sample: min(1, 52.37 / 48 * sample**2.6)),
    18: _sampled(colorimetry.from_hlg),
}
"""The curves from samples to light, by code (ITU-T H.273, table 3).

The curves of video cameras (BT.709 and similar ones) are replaced by that of sRGB, as in browsers, because
the screens that they are made for show both alike. PQ and HLG are tone-mapped for an ordinary screen.
"""

SRGB = _rgb(colorimetry.BT709, _SRGB_CURVE)
"""sRGB (IEC 61966-2-1)."""

_STRAIGHT = _numbers(b"para", b"\0\4\0\0", (1, 1, 0, 1, 0, 0, 0))


def _lab(shift: float) -> bytes:
    """Return a CIELAB profile in which the zeros of a and b are shifted by a fraction of their range."""
    shifted = _numbers(b"para", b"\0\4\0\0", (1, 1, 0, 1, 0, shift, shift))
    table = b"mAB " + struct.pack(">4xBB2x5I", 3, 3, 32, 0, 0, 0, 0) + _STRAIGHT + shifted * 2
    return _profile(b"RGB ", b"Lab ", {b"A2B0": table})


LAB = {8: _lab(0), 16: _lab(128 / 255 - 1 / 2)}
"""CIELAB by bits of a sample, for pixels whose red, green and blue hold ImageMagick's L, a and b.

In a profile, the zero of a and b is at 128 of 255. ImageMagick uses the same value for 8 bits, but the middle
of the range for 16 bits.
"""


@lru_cache(_REMEMBERED)
def from_codes(primaries: int, transfer: int) -> bytes | None:
    """Return the profile that two code points stand for (cICP of PNG, nclx of AVIF and HEIC).

    Args:
        primaries: ColourPrimaries of ITU-T H.273.
        transfer: TransferCharacteristics of ITU-T H.273.

    Returns:
        None if that is sRGB, or if a code is unknown or unspecified.
    """
    if primaries not in colorimetry.PRIMARIES or transfer not in _CURVES:
        return None
    made = _rgb(colorimetry.PRIMARIES[primaries], _CURVES[transfer])
    return None if made == SRGB else made


@lru_cache(_REMEMBERED)
def from_gamma(gamma: float, chromaticities: tuple[float, ...] | None) -> bytes | None:
    """Return the profile that gAMA and cHRM of a PNG stand for (PNG, third edition, 11.3.2).

    Args:
        gamma: The exponent that turned light into samples; 1 / 2.2 is usual.
        chromaticities: x and y of white, red, green and blue; None for those of sRGB.

    Returns:
        None if the difference from sRGB is invisible, or if the numbers are not plausible.
    """
    chromaticities = chromaticities or colorimetry.BT709
    apart = max(abs(one - other) for one, other in zip(chromaticities, colorimetry.BT709, strict=True))
    if not _GAMMAS[0] <= gamma <= _GAMMAS[1] or (apart < _SAME_POINT and abs(gamma * 2.2 - 1) < _SAME_GAMMA):
        return None
    try:
        return _rgb(chromaticities, _power(1 / gamma))
    except ValueError:
        return None


def from_curve(curve: bytes) -> bytes:
    """Return an RGB profile in which equal amounts of red, green and blue are grey.

    Args:
        curve: The curve from samples to light, in the form of a tag of another profile.
    """
    return _rgb(colorimetry.BT709, curve)
