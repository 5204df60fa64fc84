"""ThumbHash: a picture in 25 bytes or fewer, from which a blurred picture can be painted.

The format is that of https://evanw.github.io/thumbhash/. A picture becomes three channels: lightness (the
mean of red, green and blue), yellow against blue, and red against green. If there is transparency, alpha is
the fourth. A hash keeps the mean of each channel and its lowest frequencies in a cosine transform. It is a
number of little-endian bits:

    40 bits           means and scales of the colours, the aspect ratio, and whether there is alpha (`_HEAD`)
    8 bits            mean and scale of alpha, if there is alpha
    4 bits each       the frequencies of one channel after the other, relative to the scale of the channel
"""

import base64
import binascii
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from itertools import chain
from operator import add, mul
from typing import NamedTuple

from .images import Size
from .samples import Samples

MAX_SIDE = 100
"""The largest side of a picture that is encoded, in pixels. More pixels make no difference."""

PAINTED_SIDE = 32
"""The longer side of a painted picture in pixels, unless another one is wanted."""

TEXT_LENGTH = 36
"""The number of characters of the longest hash as text."""

_HEAD = (6, 6, 6, 5, 1, 3, 6, 6, 1)
"""The bits of these numbers: the means of lightness, yellow and red; the scale of lightness; 1 for alpha; how
many frequencies the shorter side has; the scales of yellow and red; 1 for landscape."""

_NIBBLE = 4
_STEPS = 15
_MOST = 7
_MOST_WITH_ALPHA = 5
_FEWEST = 3
"""The number of frequencies of lightness on the longer side of a picture, without and with alpha. The shorter
side has fewer, in proportion, but three are stored of any channel. Alpha has five on each side."""

_WHITE = 255

_VIVID = 1.25
"""The decoder makes colours stronger by this factor, because rounding weakens them."""

_Counts = tuple[int, int]
"""The number of frequencies across and down."""


class _Channel(NamedTuple):
    """One channel of a picture, by its frequencies.

    Attributes:
        counts: How many frequencies there are.
        mean: The mean of all values.
        scale: The strength of the strongest frequency.
        parts: The frequencies in the order of `_frequencies`, divided by the scale.
    """

    counts: _Counts
    mean: float
    scale: float
    parts: Sequence[float]


class _Picture(NamedTuple):
    """What a hash contains: the aspect ratio, and lightness, yellow, red and perhaps alpha."""

    ratio: _Counts
    channels: Sequence[_Channel]


def encode(samples: Samples) -> bytes:
    """Return the hash of a picture.

    Raises:
        ValueError: The picture has no pixels, or a side of more than `MAX_SIDE` pixels.
    """
    width, height = samples.size
    if min(samples.size) < 1 or max(samples.size) > MAX_SIDE:
        msg = f"a ThumbHash is made of 1 to {MAX_SIDE} pixels on each side, not of {samples.size}"
        raise ValueError(msg)
    planes = _planes(samples)
    has_alpha = len(planes) > len("RGB")
    most = _MOST_WITH_ALPHA if has_alpha else _MOST
    ratio = [max(1, _nearest(most * side / max(width, height))) for side in samples.size]
    counts = _counts((ratio[0], ratio[1]), has_alpha=has_alpha)
    channels = [_transformed(plane, samples.size, each) for plane, each in zip(planes, counts, strict=True)]
    light, yellow, red = channels[:3]
    head = (
        *(_nearest(63 * light.mean), _nearest(31.5 + 31.5 * yellow.mean), _nearest(31.5 + 31.5 * red.mean)),
        *(_nearest(31 * light.scale), has_alpha, min(ratio)),
        *(_nearest(63 * yellow.scale), _nearest(63 * red.scale), width > height),
    )
    of_alpha = [_nearest(_STEPS * value) for each in channels[3:] for value in (each.mean, each.scale)]
    parts = [_nearest(_STEPS * (0.5 + 0.5 * part)) for each in channels for part in each.parts]
    nibbles = [*of_alpha, *parts]
    return _packed(zip([*head, *nibbles], [*_HEAD, *[_NIBBLE] * len(nibbles)], strict=True))


def decode(data: bytes, side: int = PAINTED_SIDE) -> Samples:
    """Return the picture of a hash, with four bands if it has alpha, otherwise with three.

    Args:
        data: The hash.
        side: The longer side of the picture in pixels; the hash knows the aspect ratio.

    Raises:
        ValueError: The data is not a hash.
    """
    ratio, channels = _read(data)
    size = Size(*(max(1, _nearest(side * each / max(ratio))) for each in ratio))
    values = [_values(channel, size) for channel in channels]
    pixels = map(_pixel, *values)
    return Samples(size, len(channels), bytes(chain.from_iterable(pixels)))


def to_text(data: bytes) -> str:
    """Return a hash as text in base 64, the form that JavaScript's `atob` reads."""
    return base64.b64encode(data).decode()


def from_text(text: str) -> bytes:
    """Return the hash in a text.

    Raises:
        ValueError: The text is not in base 64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        msg = f"{text!r} is not a ThumbHash in base 64"
        raise ValueError(msg) from error


def _planes(samples: Samples) -> list[list[float]]:
    """Return lightness, yellow and red of each pixel, and alpha if any pixel is not opaque.

    Transparent pixels are placed on the mean colour, which is weighted by alpha.
    """
    bands = [samples.data[band :: samples.bands] for band in range(samples.bands)]
    alpha = [each / _WHITE for each in bands.pop()] if samples.has_alpha else [1.0] * samples.size.pixels
    bands *= 3 // len(bands)
    light, yellow, red = [], [], []
    for r, g, b in zip(*(_on_mean(band, alpha) for band in bands), strict=True):
        light.append((r + g + b) / 3)
        yellow.append((r + g) / 2 - b)
        red.append(r - g)
    return [light, yellow, red, alpha] if min(alpha) < 1 else [light, yellow, red]


def _on_mean(colour: bytes, alpha: Sequence[float]) -> list[float]:
    weights = [each / _WHITE for each in alpha]
    visible = _total(alpha)
    mean = _total(map(mul, weights, colour)) / visible if visible else 0.0
    return [
        mean * (1 - opacity) + weight * each
        for each, opacity, weight in zip(colour, alpha, weights, strict=True)
    ]


def _transformed(values: Sequence[float], size: Size, counts: _Counts) -> _Channel:
    """Return a channel by its frequencies."""
    across, down = (_waves(count, side) for count, side in zip(counts, size, strict=True))
    by_wave = [list(map(mul, values, wave * size.height)) for wave in across]
    in_rows = [[each for each in wave for _ in range(size.width)] for wave in down]
    mean, *strengths = [
        0.0
        if _repeats(x, size.width) or _repeats(y, size.height)
        else _total(map(mul, by_wave[x], in_rows[y])) / size.pixels
        for x, y in _frequencies(counts)
    ]
    scale = max(map(abs, strengths))
    # Without any strength, the parts mean nothing; -1 is stored as zero bits, as other encoders do.
    return _Channel(counts, mean, scale, [each / scale if scale else -1.0 for each in strengths])


def _repeats(wave: int, length: int) -> bool:
    """Return whether a wave repeats the mean: it has whole periods between the pixels of a short side."""
    return wave > 0 and wave % (2 * length) == 0


def _total(values: Iterable[float]) -> float:
    """Return the sum of values that are added one by one: newer versions of `sum` correct their rounding."""
    return reduce(add, values, 0.0)


def _values(channel: _Channel, size: Size) -> list[float]:
    """Return the value of each pixel of a channel."""
    across, down = (_waves(count, side) for count, side in zip(channel.counts, size, strict=True))
    strengths = [channel.mean / 2, *(part * channel.scale for part in channel.parts)]
    columns: list[list[float]] = [[] for _ in across]
    for (x, _), strength in zip(_frequencies(channel.counts), strengths, strict=True):
        columns[x].append(2 * strength)
    in_columns = list(zip(*across, strict=True))
    values = []
    for waves in zip(*down, strict=True):
        row = [sum(map(mul, column, waves)) for column in columns]
        values += [sum(map(mul, row, wave)) for wave in in_columns]
    return values


def _pixel(light: float, yellow: float, red: float, *alpha: float) -> list[int]:
    b = light - 2 / 3 * yellow
    r = (3 * light - b + red) / 2
    return [int(max(0.0, 255 * min(1.0, each))) for each in (r, r - red, b, *alpha)]


def _read(data: bytes) -> _Picture:
    """Return the contents of a hash.

    Raises:
        ValueError: The data is not a hash.
    """
    number = int.from_bytes(data, "little")
    light, yellow, red, light_scale, alpha, shorter, yellow_scale, red_scale, landscape = _split(
        number, _HEAD
    )
    longer = _MOST_WITH_ALPHA if alpha else _MOST
    ratio = (longer, shorter) if landscape else (shorter, longer)
    counts = _counts(ratio, has_alpha=bool(alpha))
    lengths = [len(_frequencies(each)) - 1 for each in counts]
    nibbles = (2 if alpha else 0) + sum(lengths)
    needed = (sum(_HEAD) + _NIBBLE * nibbles + 7) // 8
    if not shorter or len(data) != needed:
        msg = f"{data.hex()!r} is not a ThumbHash"
        raise ValueError(msg)
    parts = _split(number >> sum(_HEAD), [_NIBBLE] * nibbles)
    means = [light / 63, yellow / 31.5 - 1, red / 31.5 - 1]
    scales = [light_scale / 31, yellow_scale / 63 * _VIVID, red_scale / 63 * _VIVID]
    if alpha:
        means.append(parts.pop(0) / _STEPS)
        scales.append(parts.pop(0) / _STEPS)
    channels = []
    for wanted, mean, scale, length in zip(counts, means, scales, lengths, strict=True):
        own, parts = parts[:length], parts[length:]
        channels.append(_Channel(wanted, mean, scale, [part / 7.5 - 1 for part in own]))
    return _Picture(ratio, channels)


def _counts(ratio: _Counts, *, has_alpha: bool) -> list[_Counts]:
    """Return how many frequencies each channel has."""
    light = max(_FEWEST, ratio[0]), max(_FEWEST, ratio[1])
    colour, alpha = (_FEWEST, _FEWEST), (_MOST_WITH_ALPHA, _MOST_WITH_ALPHA)
    return [light, colour, colour, alpha] if has_alpha else [light, colour, colour]


@lru_cache(maxsize=32)
def _frequencies(counts: _Counts) -> tuple[_Counts, ...]:
    """Return which frequencies are kept, as (across, down): the triangle with the lowest ones."""
    wide, high = counts
    return tuple((x, y) for y in range(high) for x in range(wide) if x * high < wide * (high - y))


@lru_cache(maxsize=256)
def _waves(count: int, length: int) -> tuple[tuple[float, ...], ...]:
    """Return the first cosine waves over a side of this length in pixels."""
    step = math.pi / length
    return tuple(tuple(math.cos(step * wave * (at + 0.5)) for at in range(length)) for wave in range(count))


def _nearest(value: float) -> int:
    """Return the nearest whole number to one that is not negative, halves up."""
    return int(value + 0.5)


def _packed(fields: Iterable[tuple[int, int]]) -> bytes:
    """Return numbers as little-endian bits; each comes with its number of bits."""
    number = length = 0
    for value, width in fields:
        number |= value << length
        length += width
    return number.to_bytes((length + 7) // 8, "little")


def _split(number: int, widths: Iterable[int]) -> list[int]:
    """Return the numbers that follow each other in little-endian bits."""
    values = []
    for width in widths:
        values.append(number & (1 << width) - 1)
        number >>= width
    return values
