"""What libjpeg says of a picture, through whichever library it decodes for."""

_DAMAGE = ("premature end of data segment", "bad Huffman code")


def tells_damage(words: str) -> bool:
    """Return whether warnings say that pixels are damaged.

    Others come with sound pictures: webcams leave "extraneous bytes" between the parts of a scan, telephones
    write "Invalid SOS parameters".
    """
    return any(damage in words for damage in _DAMAGE)
