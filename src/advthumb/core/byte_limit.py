"""Encoding within a byte limit: the quality is lowered only as far as necessary."""

from collections.abc import Callable
from dataclasses import replace

from .images import Encoding

LOWEST_QUALITY = 20
"""The quality is never lowered below this value, because pictures below it look broken."""


def encoded(encode: Callable[[Encoding], bytes], encoding: Encoding) -> bytes:
    """Encode a picture at the highest quality that stays within the byte limit of the encoding.

    A binary search finds the quality, so a picture is encoded at most eight times. A picture that is too
    large even at the lowest quality is returned at that quality.

    Args:
        encode: Encodes the picture.
        encoding: The wanted encoding, including its byte limit.
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
