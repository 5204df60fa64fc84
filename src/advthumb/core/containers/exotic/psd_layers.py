"""Reads from the layer section of a PSD whether the merged picture is transparent."""

from advthumb.core.containers.reading import MAX_SEGMENTS

_MERGED = frozenset({b"Mtrn", b"Mt16", b"Mt32"})
"""Blocks that are there if the merged picture was saved with its transparency."""
_LAYERS = frozenset({b"Lr16", b"Lr32", b"Layr"})
"""Blocks with layers of more than 8 bits."""
_LONG = frozenset(
    {b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph"}
    | {b"FMsk", b"lnk2", b"FEid", b"FXid", b"PxSD"}
)
"""Blocks whose length field has eight bytes in a PSB."""


def has_transparency(data: bytes, start: int, stop: int, *, large: bool) -> bool:
    """Return whether the first extra channel of the merged picture is its transparency.

    It is if the number of layers is negative. Damage in this section is ignored, because no decoder sees it.

    Args:
        data: The file.
        start: Where the section of layers and masks begins.
        stop: Where it ends.
        large: Whether it is a PSB, which has longer length fields.
    """
    wide = 8 if large else 4
    length = _number(data, start, wide)
    if length and _is_negative(data, start + wide, stop):
        return True
    at = start + wide + length
    at += 4 + _number(data, at, 4)
    for _ in range(MAX_SEGMENTS):
        if at + 12 > stop:
            break
        name = data[at + 4 : at + 8]
        at += 8 + (counted := 8 if large and name in _LONG else 4)
        if name in _MERGED or (name in _LAYERS and _is_negative(data, at, stop)):
            return True
        length = _number(data, at - counted, counted)
        at += length + -length % 4
    return False


def _number(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(data[at : at + count], "big")


def _is_negative(data: bytes, at: int, stop: int) -> bool:
    return at + 2 <= stop and data[at] > 0x7F
