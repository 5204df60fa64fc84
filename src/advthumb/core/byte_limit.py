"""Encoding within a number of bytes: the quality is lowered as far as it takes, and no further."""

from collections.abc import Callable
from dataclasses import replace

from .images import Encoding

LOWEST_QUALITY = 20
"""The quality is lowered to this at the most: below, a picture is spoiled rather than small."""


def encoded(encode: Callable[[Encoding], bytes], encoding: Encoding) -> bytes:
    """Encode a picture, at the highest quality at which it keeps to the limit of the encoding.

    The quality is found by halving the range, so that a picture is encoded eight times at the most. One that
    is too large at the lowest quality is returned at that.

    Args:
        encode: Encodes the picture.
        encoding: How it is wanted, and how large it may be.
    """
    data = encode(encoding)
    if encoding.max_bytes is None or encoding.quality is None or len(data) <= encoding.max_bytes:
        return data
    fits, exceeds = LOWEST_QUALITY - 1, encoding.quality
    smallest, best = data, None
    while exceeds - fits > 1:
        quality = (fits + exceeds) // 2
        data = encode(replace(encoding, quality=quality))
        if len(data) <= encoding.max_bytes:
            fits, best = quality, data
        else:
            exceeds, smallest = quality, data
    return smallest if best is None else best
