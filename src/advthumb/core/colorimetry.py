"""Colour arithmetic: from primaries and white point to XYZ, and from samples to linear light."""

from collections.abc import Mapping, Sequence
from math import exp, log

Vector = tuple[float, float, float]

D50: Vector = (0.9642, 1.0, 0.8249)
"""The white point of all ICC profiles, in XYZ (ICC.1:2010, 7.2.16)."""

_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
BT709 = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
"""x and y of white, red, green and blue of sRGB."""
_SMPTE = (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)
PRIMARIES: Mapping[int, tuple[float, ...]] = {
    1: BT709,
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: _SMPTE,
    7: _SMPTE,
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    10: (1 / 3, 1 / 3, 1, 0, 0, 1, 0, 0),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
"""x and y of white, red, green and blue, by code (ITU-T H.273, table 2)."""

_BRADFORD: tuple[Vector, Vector, Vector] = (
    (0.8951, -0.7502, 0.0389),
    (0.2664, 1.7135, -0.0685),
    (-0.1614, 0.0367, 1.0296),
)
"""The Bradford matrix: the cone responses to X, to Y and to Z (ICC.1:2010, annex E)."""
_FLAT = 1e-4
"""A triangle of primaries (in x and y) is degenerate if twice its area is below this value."""
_FARTHEST = 4.0
"""No primary of a real device has a larger coordinate in XYZ; larger values mean damaged data."""

_WHITE, _LIGHTEST = 203.0, 1000.0
"""Candelas per square metre of white paper and of the brightest highlight (ITU-R BT.2408, table 1)."""


def adapted(chromaticities: Sequence[float]) -> tuple[Vector, Vector, Vector]:
    """Return red, green and blue in XYZ under D50, with Bradford adaptation.

    Args:
        chromaticities: x and y of white, red, green and blue, in this order (the order of PNG).

    Raises:
        ValueError: The chromaticities do not span a colour space.
    """
    white, red, green, blue = (
        (x, y, 1 - x - y) for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True)
    )
    seen = _mixed(_BRADFORD, white)
    if abs(_determinant(red, green, blue)) < _FLAT or min(seen) <= 0:
        raise ValueError("red, green and blue lie on one line, or white is no light")
    amounts = _amounts((red, green, blue), white)
    factors = [wanted / had for wanted, had in zip(_mixed(_BRADFORD, D50), seen, strict=True)]
    found = [_adapted(*each, factors) for each in zip((red, green, blue), amounts, strict=True)]
    if min(amounts) <= 0 or max(abs(number) for vector in found for number in vector) > _FARTHEST:
        raise ValueError("red, green and blue make no white")
    return found[0], found[1], found[2]


def from_pq(sample: float) -> float:
    """Return the linear light of a PQ sample (SMPTE ST 2084), tone-mapped for an ordinary screen.

    Args:
        sample: From 0 to 1.

    Returns:
        From 0 to 1.
    """
    root = sample ** (32 / 2523)
    return _toned(10_000 * (max(0, root - 3424 / 4096) / (2413 / 128 - 2392 / 128 * root)) ** (8192 / 1305))


def from_hlg(sample: float) -> float:
    """Return the linear light of an HLG sample (ITU-R BT.2100), tone-mapped for an ordinary screen.

    The system gamma of 1.2 is applied to each channel separately.
    """
    a = 0.17883277
    b = 1 - 4 * a
    scene = sample**2 / 3 if sample <= 1 / 2 else (exp((sample - 1 / 2) / a + log(4 * a)) + b) / 12
    return _toned(1000 * scene**1.2)


def _toned(light: float) -> float:
    """Tone-map the light of an HDR picture for a screen that cannot show anything brighter than white.

    This is the extended Reinhard curve, applied to each channel separately: dark tones stay as they are,
    paper white moves down to the middle, and highlights get the range above it. Browsers use the same curve.

    Args:
        light: Candelas per square metre.
    """
    light, lightest = light / _WHITE, _LIGHTEST / _WHITE
    return min(1.0, light * (1 + light / lightest**2) / (1 + light))


def _adapted(primary: Vector, amount: float, factors: Sequence[float]) -> Vector:
    seen = _mixed(_BRADFORD, primary)
    x, y, z = _amounts(_BRADFORD, (seen[0] * factors[0], seen[1] * factors[1], seen[2] * factors[2]))
    return x * amount, y * amount, z * amount


def _mixed(columns: tuple[Vector, Vector, Vector], amounts: Vector) -> Vector:
    """Return the weighted sum of three vectors."""
    x, y, z = (sum(c[i] * a for c, a in zip(columns, amounts, strict=True)) for i in range(3))
    return x, y, z


def _amounts(columns: tuple[Vector, Vector, Vector], mixed: Vector) -> Vector:
    """Return the weights of three vectors whose weighted sum is a fourth one (Cramer's rule)."""
    first, second, third = columns
    whole = _determinant(first, second, third)
    return (
        _determinant(mixed, second, third) / whole,
        _determinant(first, mixed, third) / whole,
        _determinant(first, second, mixed) / whole,
    )


def _determinant(first: Vector, second: Vector, third: Vector) -> float:
    (a, b, c), (d, e, f), (g, h, i) = first, second, third
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
