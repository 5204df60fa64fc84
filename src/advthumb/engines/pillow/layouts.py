"""The layouts of pixels in a TIFF that Pillow decodes correctly."""

from PIL import __version__ as version

from advthumb.core.containers.exotic import dds, pcx, tga
from advthumb.engines.layouts import Layouts, pixels

_ALPHA = ("alpha", "premultiplied alpha")
_RELEASE = int(version.partition(".")[0])
_READ_SINCE = (
    (12, frozenset({"palette of 8 bits", "further sample"})),
    (13, frozenset({"grey of 8 bits", "further sample"})),
    (13, frozenset({"grey of 8 bits", "premultiplied alpha"})),
    (13, frozenset({"YCbCr of 8 bits", "whole chroma", "plain"})),
)
"""Layouts that older releases of Pillow decode wrongly or call damaged, with the first release that reads
them."""

TIFF = Layouts(
    pixels=pixels("grey of 1 bit", "grey of 2 bits", "grey of 4 bits", "grey of 16 bits")
    | pixels("grey of signed 16 bits", "grey of signed 32 bits", "grey of float 32 bits")
    | pixels("grey of 8 bits", extras=("", "further sample", *_ALPHA))
    | pixels("RGB of 8 bits", extras=("", "further sample", "further samples", *_ALPHA))
    | pixels("RGB of 16 bits", extras=("", "further sample", *_ALPHA))
    | pixels("palette of 1 bit", "palette of 2 bits", "palette of 4 bits", "palette of 8 bits")
    | pixels("CMYK of 8 bits", "palette of 8 bits", extras=("", "further sample"))
    | pixels("CMYK of 16 bits", "YCbCr of 8 bits", "CIELAB of 8 bits"),
    wrong=(
        # libtiff has already put the bytes into the order of this machine.
        *(
            frozenset({f"grey of {numbers}", compression, "big-endian"})
            for numbers in ("signed 16 bits", "signed 32 bits", "float 32 bits")
            for compression in ("deflate", "LZW", "packbits")
        ),
        # Pillow reads each plane as one of RGB; uncompressed planes, as planes of 8 bits.
        *(frozenset({"grey of 8 bits", extra, "planes"}) for extra in _ALPHA),
        frozenset({"CIELAB of 8 bits", "planes"}),
        frozenset({"RGB of 8 bits", "premultiplied alpha", "planes", "plain"}),
        frozenset({"RGB of 16 bits", "planes", "plain"}),
        frozenset({"CMYK of 16 bits", "planes", "plain"}),
        frozenset({"YCbCr of 8 bits", "planes", "plain"}),
        frozenset({"YCbCr of 8 bits", "shared chroma", "plain"}),
        *(
            frozenset({f"palette of {few}", "low bit first", "plain"})
            for few in ("1 bit", "2 bits", "4 bits")
        ),
        *(words for release, words in _READ_SINCE if release > _RELEASE),
    ),
)
"""The TIFFs that Pillow reads."""

WRONG = frozenset({dds.PLAIN, pcx.FOUR_BITS, tga.FEW_BITS})
"""Kinds of other formats that Pillow decodes wrongly, or in Python, which takes a second per megapixel."""
