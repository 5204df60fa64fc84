"""Decides which ICC profiles are used: those that are complete and fit the samples (ICC.1:2010)."""

import struct
from collections.abc import Iterable, Mapping
from math import prod

from advthumb.core.colorimetry import D50
from advthumb.core.images import Colours
from advthumb.core.profiles import from_codes, from_curve, from_gamma

__all__ = ["MAX_PROFILE", "counting", "from_codes", "from_gamma", "is_neutral", "joined"]

MAX_PROFILE = 4 * 2**20
"""The maximum length of a profile in bytes; real ones (of printers) have at most 3 MB."""

_HEADER = struct.Struct(">I4xB3x4s4s4s12x4s24xI")
"""Size, version, class, colour space, connection space, signature and intent of a profile (7.2)."""
_INTENTS = range(4)
_TAG = struct.Struct(">4sII")
_TAGS_AT = 132
_MAX_TAGS = 100
"""LittleCMS, which all engines use, reads no more."""
_VERSIONS = frozenset({2, 4})
_CLASSES = frozenset({b"mntr", b"scnr", b"prtr", b"spac"})
"""Displays, scanners, printers and colour spaces; the other classes do not describe a picture."""
_CONNECTIONS = frozenset({b"XYZ ", b"Lab "})
_SPACES: Mapping[Colours, Mapping[bytes, int]] = {
    Colours.GREY: {b"GRAY": 1, b"RGB ": 3},
    Colours.RGB: {b"RGB ": 3},
    Colours.CMYK: {b"CMYK": 4},
    Colours.LAB: {},  # Lab is independent of devices, so there is nothing to convert
}
"""The profile colour spaces that fit each colour model, with their number of channels."""
_PRIMARIES, _CURVES, _GREY = (b"rXYZ", b"gXYZ", b"bXYZ"), (b"rTRC", b"gTRC", b"bTRC"), b"kTRC"
_TABLES = (b"A2B0", b"A2B1")
"""If a profile has one of these tables, it takes precedence over primaries and curves."""
_MAX_SAMPLES = 0x7FFF
"""The maximum number of samples in a curve; LittleCMS reads no more."""
_PARAMETERS = (1, 3, 4, 5, 7)
"""How many numbers each kind of parametric curve has (10.16)."""
_NEUTRAL = 0.005
"""The maximum difference between the sum of the primaries and white, in XYZ: half a level."""
_HALF_OF_SRGB, _SAME_HALF = 0.214, 0.005
"""The light of a sample in the middle of the range, and the maximum difference: that of a gamma of 2.2."""

_Tags = Mapping[bytes, memoryview]


def joined(parts: Iterable[bytes]) -> bytes | None:
    """Join the parts of a profile, which may be in any order; return None unless each part is there once.

    Args:
        parts: The parts. Each starts with its number (from 1) and the number of parts (ICC.1:2010, B.4).
    """
    found = sorted((part for part in parts if len(part) > 1), key=lambda part: part[0])
    numbers = [(part[0], part[1]) for part in found]
    if numbers != [(number, len(found)) for number in range(1, len(found) + 1)]:
        return None
    return b"".join(part[2:] for part in found) or None


def counting(profile: bytes | None, colours: Colours) -> bytes | None:
    """Return the profile to convert such samples with; None if it is damaged or does not fit them.

    Grey is converted as equal red, green and blue. So an RGB profile is used for it, as in browsers, and a
    grey profile is turned into an RGB one, because LittleCMS is wrong by up to ten levels in dark tones if it
    converts with a grey profile.
    """
    if profile is None or not _TAGS_AT <= len(profile) <= MAX_PROFILE:
        return None
    size, version, kind, space, connection, mark, intent = _HEADER.unpack_from(profile)
    known = version in _VERSIONS and kind in _CLASSES and connection in _CONNECTIONS and intent in _INTENTS
    channels = _SPACES[colours].get(space) if mark == b"acsp" else None
    if not known or not channels or not _TAGS_AT <= size <= len(profile):
        return None
    tags = _tags(memoryview(profile)[:size])
    if channels == 1:
        return from_curve(bytes(tags[_GREY])) if _rises(tags.get(_GREY)) else None
    tables = [tags[name] for name in _TABLES if name in tags]
    if tables:
        return profile[:size] if all(_is_table(table, channels) for table in tables) else None
    return profile[:size] if channels == 3 and _has_curves(tags) else None


def is_neutral(profile: bytes) -> bool:
    """Return whether a profile (as returned by `counting`) maps equal red, green and blue to grey."""
    tags = _tags(memoryview(profile))
    if any(name in tags for name in _TABLES):
        return False
    primaries = [struct.unpack_from(">3i", tags[name], 8) for name in _PRIMARIES]
    white = (sum(each) / 65536 for each in zip(*primaries, strict=True))
    near = all(abs(one - other) < _NEUTRAL for one, other in zip(white, D50, strict=True))
    return near and len({bytes(tags[name]) for name in _CURVES}) == 1


def has_srgb_curve(profile: bytes) -> bool:
    """Return whether the samples of a profile (as returned by `counting`) stand for the light of sRGB.

    They do if half the range does, within a level. The primaries may be others.
    """
    tags = _tags(memoryview(profile))
    return not any(name in tags for name in _TABLES) and all(
        abs(_half(tags[name]) - _HALF_OF_SRGB) < _SAME_HALF for name in _CURVES
    )


def _half(curve: memoryview) -> float:
    """Return the light of a sample in the middle of the range; 0 for a curve that is far from a power."""
    count = int.from_bytes(curve[8:12], "big")
    if bytes(curve[:4]) == b"para":
        power, *others = struct.unpack_from(f">{_PARAMETERS[curve[9]]}i", curve, 12)
        factor, offset = others[:2] or (65536, 0)
        base = (factor / 2 + offset) / 65536
        return float(base ** (power / 65536)) if 0 < base < 1 else 0
    if count < 2:
        return float(0.5 ** (int.from_bytes(curve[12:14], "big") / 256 if count else 1))
    (sample,) = struct.unpack_from(">H", curve, 12 + 2 * (count // 2))
    return float(sample / 65535)


def _tags(profile: memoryview) -> _Tags:
    """Return the content of each tag by name; empty if a tag is out of bounds or there twice (7.3)."""
    count = int.from_bytes(profile[128:_TAGS_AT], "big")
    end = _TAGS_AT + count * _TAG.size
    if count > _MAX_TAGS or end > len(profile):
        return {}
    tags = {}
    for name, start, length in _TAG.iter_unpack(profile[_TAGS_AT:end]):
        if start < end or start + length > len(profile) or name in tags:
            return {}
        tags[name] = profile[start : start + length]
    return tags


def _has_curves(tags: _Tags) -> bool:
    curves, primaries = map(tags.get, _CURVES), map(tags.get, _PRIMARIES)
    return all(_rises(curve) for curve in curves) and all(_is_xyz(primary) for primary in primaries)


def _is_xyz(tag: memoryview | None) -> bool:
    """Return whether a tag is a colour in XYZ (10.30)."""
    return tag is not None and bytes(tag[:4]) == b"XYZ " and len(tag) >= 20


def _rises(tag: memoryview | None) -> bool:
    """Return whether a tag is a rising curve; others make a negative or a single colour."""
    if tag is None or not _curve_length(tag):
        return False
    if bytes(tag[:4]) == b"para":
        return int.from_bytes(tag[12:16], "big", signed=True) > 0
    count = int.from_bytes(tag[8:12], "big")
    samples = bytes(tag[12 : 12 + 2 * count])
    # A single sample is an exponent; a curve without samples is a straight line.
    return not count or samples[-2:] > (samples[:2] if count > 1 else bytes(2))


def _curve_length(tag: memoryview) -> int:
    """Return the length of the curve that begins here, sampled (10.5) or parametric (10.16); 0 for none."""
    count, kind = int.from_bytes(tag[8:12], "big"), int.from_bytes(tag[8:10], "big")
    length = 0
    if bytes(tag[:4]) == b"curv" and count <= _MAX_SAMPLES:
        length = 12 + 2 * count
    elif bytes(tag[:4]) == b"para" and kind < len(_PARAMETERS):
        length = 12 + 4 * _PARAMETERS[kind]
    return length if length <= len(tag) else 0


def _is_table(tag: memoryview, channels: int) -> bool:
    """Return whether a tag is a complete table with this number of channels (10.10 to 10.12)."""
    if len(tag) < 52 or tag[8] != channels or tag[9] != 3:
        return False
    kind, inputs, outputs = bytes(tag[:4]), tag[8], tag[9]
    colours = outputs * tag[10] ** inputs
    if kind == b"mft1":
        return tag[10] > 1 and len(tag) >= 48 + 256 * (inputs + outputs) + colours
    if kind == b"mft2":
        before, behind = struct.unpack_from(">HH", tag, 48)
        curves = before * inputs + behind * outputs
        return tag[10] > 1 and min(before, behind) > 1 and len(tag) >= 52 + 2 * (curves + colours)
    return kind == b"mAB " and _has_elements(tag, channels)


def _has_elements(tag: memoryview, channels: int) -> bool:
    """Return whether a version 4 table has all its parts: curves, matrix, curves, grid and curves."""
    last, matrix, middle, grid, first = struct.unpack_from(">5I", tag, 12)
    curves = ((last, 3), (middle, 3 if middle else 0), (first, channels if first else 0))
    sound = all(_are_curves(tag[at:], count) for at, count in curves)
    if not sound or max(matrix + 48, grid + 20) > len(tag):
        return False
    if not grid:
        return channels == 3
    steps, precision = tag[grid : grid + channels], tag[grid + 16]
    return min(steps) > 1 and precision in {1, 2} and len(tag) >= grid + 20 + 3 * precision * prod(steps)


def _are_curves(tag: memoryview, count: int) -> bool:
    """Return whether `count` curves follow, each padded to four bytes."""
    for _ in range(count):
        length = _curve_length(tag)
        if not length:
            return False
        tag = tag[length + -length % 4 :]
    return True
