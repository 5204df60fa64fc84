"""Small pictures made by code, for the vectors of ThumbHash. The same number gives the same picture."""

import random

from advthumb.core.images import Size
from advthumb.core.samples import Samples

COUNT = 65
_SIZES = [(32, 21), (21, 32), (32, 32), (100, 75), (40, 100), (64, 9), (3, 50), (9, 14), (7, 5), (100, 100)]


def picture(number: int) -> Samples:
    """Return a picture: soft waves in most of them, and flat colours, edges and noise in some."""
    chance = random.Random(number)
    size = Size(*_SIZES[number % len(_SIZES)])
    bands = (3, 3, 4, 3, 1, 4, 2)[number % 7]
    kind = ("waves", "waves", "waves", "flat", "edge", "noise")[number % 6]
    paint = {"waves": _waves, "flat": _flat, "edge": _edge, "noise": _noise}[kind]
    planes = [paint(size, chance) for _ in range(bands)]
    return Samples(size, bands, bytes(value for pixel in zip(*planes, strict=True) for value in pixel))


def _upto(chance: random.Random, most: int) -> int:
    """Return a whole number below `most`; only `random()` gives the same in every version of Python."""
    return int(chance.random() * most)


def _waves(size: Size, chance: random.Random) -> list[int]:
    waves = [(*(1 + _upto(chance, 9) for _ in "xy"), 61 + _upto(chance, 240)) for _ in range(3)]
    return [
        sum(abs((x * across + y * down) % period * 510 // period - 255) for across, down, period in waves)
        // 3
        for y in range(size.height)
        for x in range(size.width)
    ]


def _flat(size: Size, chance: random.Random) -> list[int]:
    return [_upto(chance, 256)] * size.pixels


def _edge(size: Size, chance: random.Random) -> list[int]:
    dark, bright, at = _upto(chance, 128), 128 + _upto(chance, 128), 0.2 + chance.random() * 0.6
    return [
        bright if 3 * x < at * (2 * size.width + y) else dark
        for y in range(size.height)
        for x in range(size.width)
    ]


def _noise(size: Size, chance: random.Random) -> list[int]:
    return [_upto(chance, 256) for _ in range(size.pixels)]
