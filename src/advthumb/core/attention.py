"""Which part of a picture people look at, judged from a small preview: what a smart crop keeps.

A crop that fills a box cuts a picture on two opposite sides, so the question is which columns to keep, or
which rows. Each of them gets a number for how much there is to see: contrast, colours that are rare in the
picture, strong colours, and skin. The best window has the largest sum, where its middle counts most.

Engines do not scale to exactly the same levels, but they must choose the same window. So there is no
threshold at which one level more makes a large difference, and windows that are nearly as good as the best
one count as equally good: the one nearest to the centre is chosen.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import add, mul, sub

from .gravity import WHOLE, Point
from .images import Size
from .samples import Samples

PREVIEW_SIDE = 64
"""The longer side of a preview in pixels."""

_CONTRAST, _SATURATION, _SKIN = 72, 96, 72
"""How much the properties of a pixel count, if its distance from the mean colour counts 1. They were chosen
by comparing the crops of photographs whose subject is near the rim."""
_VISIBLE = 384
"""How much a visible pixel counts if others are transparent, so that a drawing of one colour is in view."""
_NEARLY = 32
"""A window is nearly as good as the best one if the difference is at most this part of the best sum."""
_FEWEST, _MOST_STEPS = 4, 16
"""How many windows there are on each side of the centre: more if less of the picture is kept, so that they
are at most an eighth of a window apart, up to the larger number."""
_FINE = 16
"""Distances are measured in this part of a level, because engines' means differ by less than a level."""
_MOST = 255
"""The largest level of a sample."""
_TYPICAL = 16
"""The largest value in the tables of skin."""

Levels = Sequence[int]


def _typical(begins: int, full: int, until: int, ends: int) -> tuple[int, ...]:
    """Return a table: how typical of skin a difference of two levels is, from -255 to 255.

    A negative difference is an index from the end, as always in Python.
    """

    def part(way: int, whole: int) -> int:
        return min(max(_TYPICAL * way // whole, 0), _TYPICAL)

    differences = [*range(_MOST + 1), *range(-_MOST, 0)]
    return tuple(
        min(part(each - begins, full - begins), part(ends - each, ends - until)) for each in differences
    )


_RED_ABOVE_GREEN = _typical(4, 20, 62, 84)
_GREEN_ABOVE_BLUE = _typical(-8, 6, 36, 52)


def reduction(source: Size, decoded: Size) -> int:
    """Return by which factor the sides of a decoded picture are divided to get its preview.

    Compared with the source, the factor is a power of two. Decoders shrink by powers of two, so the preview
    of a source has the same pixels, whether its decoder shrinks or not.

    Args:
        source: The size of the source.
        decoded: The size of the picture, in the same orientation.
    """
    times = 1
    while max(source) > PREVIEW_SIDE * times:
        times *= 2
    return max(1, (2 * times * max(decoded) + max(source)) // (2 * max(source)))


def focus(preview: Samples, kept: Size, scaled: Size) -> Point:
    """Return the point around which a crop keeps most of what there is to see.

    Args:
        preview: The whole upright picture, small. Transparent pixels count nothing.
        kept: The size of the part that the crop keeps, in pixels of the scaled picture.
        scaled: The size of the scaled picture.
    """
    return Point(
        _middle(preview, kept.width, scaled.width, across=True),
        _middle(preview, kept.height, scaled.height, across=False),
    )


def _middle(preview: Samples, kept: int, scaled: int, *, across: bool) -> int:
    """Return the middle of the best window along one axis, in thousandths of the side."""
    slack = scaled - kept
    if slack == 0 or (preview.size.width if across else preview.size.height) == 1:
        return WHOLE // 2
    steps = 2 * min(max(_FEWEST, -(-_FEWEST * slack // kept)), _MOST_STEPS)
    step = _best(_sums(_interest(preview, across=across), kept, scaled, steps))
    if step in {0, steps}:
        return WHOLE * step // steps
    return WHOLE * (2 * slack * step + kept * steps) // (2 * scaled * steps)


def _sums(interest: Sequence[int], kept: int, scaled: int, steps: int) -> list[int]:
    """Return the weighted sum of each window; the first begins at the rim, the last ends at the other rim.

    The weight falls from the middle of a window to zero at its ends. Positions are in a unit so small that
    all of them are whole numbers.
    """
    side = len(interest)
    pixel = 2 * steps * scaled
    reach = max(side * kept * steps, pixel)
    middles = [pixel * place + pixel // 2 for place in range(side)]
    sums = []
    for step in range(steps + 1):
        middle = side * (2 * (scaled - kept) * step + kept * steps)
        weights = [max(0, reach - abs(middle - each)) for each in middles]
        sums.append(sum(map(mul, interest, weights)))
    return sums


def _best(sums: Sequence[int]) -> int:
    """Return the number of the best window.

    If there are windows on both sides of the centre that are nearly as good as the best one, the centre is
    chosen.
    """
    centre = len(sums) // 2
    enough = max(sums) - max(sums) // _NEARLY
    good = [step for step, found in enumerate(sums) if found >= enough]
    if good[0] <= centre <= good[-1]:
        return centre
    return min(good, key=lambda step: abs(step - centre))


def _interest(preview: Samples, *, across: bool) -> list[int]:
    """Return how much there is to see in each column, or in each row, of at least two."""
    channels = [preview.data[band :: preview.bands] for band in range(preview.bands)]
    alpha = channels.pop() if preview.has_alpha else None
    if alpha is not None and min(alpha) == _MOST:
        alpha = None
    colours = channels * 3 if len(channels) == 1 else channels
    means = [_mean(channel, alpha) for channel in colours]
    distances = [[abs(_FINE * level - mean) for level in range(_MOST + 1)] for mean in means]
    mean_luma = (means[0] + 2 * means[1] + means[2]) // _FINE
    interest, lumas = [], []
    for line in _lines(preview.size, across=across):
        red, green, blue = (channel[line] for channel in colours)
        opacity = None if alpha is None else alpha[line]
        luma = list(map(add, map(add, red, blue), map(add, green, green)))
        if opacity:
            luma = [
                mean_luma * _MOST + (each - mean_luma) * part
                for each, part in zip(luma, opacity, strict=True)
            ]
        lumas.append(luma)
        visible = 0 if opacity is None else _VISIBLE * sum(opacity)
        colourful = _colourful((red, green, blue), distances, opacity)
        interest.append(_CONTRAST * _contrast(luma, luma[1:]) + colourful + visible)
    gaps = [_contrast(*pair) for pair in pairwise(lumas)]
    beside = map(add, [gaps[0], *gaps], [*gaps, gaps[-1]])
    return [found + _CONTRAST * both // 2 for found, both in zip(interest, beside, strict=True)]


def _lines(size: Size, *, across: bool) -> Iterator[slice]:
    """Return where each column is in a channel, or each row."""
    if across:
        return (slice(column, None, size.width) for column in range(size.width))
    return (slice(start, start + size.width) for start in range(0, size.pixels, size.width))


def _mean(channel: Levels, alpha: Levels | None) -> int:
    """Return the mean of a channel, without transparent pixels, in fine units."""
    if alpha is None:
        return _FINE * sum(channel) // len(channel)
    visible: int = sum(map(mul, channel, alpha))
    return _FINE * visible // max(1, sum(alpha))


def _contrast(luma: Levels, other: Levels) -> int:
    """Return the sum of the differences between pixels and their neighbours."""
    return sum(map(abs, map(sub, luma, other)))


def _colourful(line: Sequence[Levels], distances: Sequence[Levels], opacity: Levels | None) -> int:
    """Return how much the colours of a line count: rare ones, strong ones and skin."""

    def total(values: Iterable[int]) -> int:
        return sum(values) if opacity is None else sum(map(mul, values, opacity))

    red, green, blue = line
    above_green = list(map(sub, red, green))
    above_blue = list(map(sub, green, blue))
    # The three differences of a pixel are together twice the largest one.
    strong = (above_green, above_blue, map(add, above_green, above_blue))
    skin = map(
        mul, map(_RED_ABOVE_GREEN.__getitem__, above_green), map(_GREEN_ABOVE_BLUE.__getitem__, above_blue)
    )
    return (
        sum(total(map(table.__getitem__, channel)) for table, channel in zip(distances, line, strict=True))
        + _SATURATION * sum(total(map(abs, values)) for values in strong)
        + _SKIN * total(skin)
    )
