"""The warnings of libjpeg about a picture, whichever imaging library uses it."""

_DAMAGE = ("premature end of data segment", "bad Huffman code")


def tells_damage(words: str) -> bool:
    """Return whether warnings say that pixels are damaged.

    Other warnings occur with good pictures: webcams leave "extraneous bytes" between the parts of a scan,
    and phones write "Invalid SOS parameters".
    """
    return any(damage in words for damage in _DAMAGE)
