"""The layouts of pixels in a TIFF that ImageMagick decodes correctly."""

from dataclasses import replace

from advthumb.core.containers.exotic import pcx, psd, tga
from advthumb.engines.layouts import Layouts, pixels

_FURTHER = ("", "further sample", "further samples")
_ALPHA = ("alpha", "premultiplied alpha")
_BITS = ("2 bits", "4 bits", "8 bits", "16 bits")

TIFF = Layouts(
    pixels=pixels("grey of 1 bit", "palette of 1 bit", "RGB of 1 bit")
    | pixels("RGB of 1 bit", extras=("further sample", *_ALPHA))
    | pixels(
        *(f"{colour} of {bits}" for colour in ("grey", "RGB") for bits in _BITS),
        extras=("", "further sample", *_ALPHA),
    )
    | pixels("grey of 8 bits", "grey of 16 bits", extras=_FURTHER)
    | pixels(
        "RGB of 8 bits",
        "RGB of 16 bits",
        extras=("further samples", *(f"{alpha}, further sample" for alpha in _ALPHA)),
    )
    | pixels(*(f"palette of {bits}" for bits in _BITS if bits != "16 bits"), extras=("", "further sample"))
    | pixels("CMYK of 8 bits", "CMYK of 16 bits", extras=(*_FURTHER, "alpha"))
    | pixels("YCbCr of 8 bits", "CIELAB of 8 bits", "CIELAB of 16 bits"),
    wrong=(
        *(frozenset({f"grey of {bits}", alpha, "planes"}) for bits in _BITS for alpha in _ALPHA),
        *(
            frozenset({"YCbCr of 8 bits", "shared chroma", compression})
            for compression in ("plain", "deflate", "LZW", "packbits")
        ),
    ),
)
"""The TIFFs that ImageMagick 6 reads: integer samples of up to 16 bits."""

TIFF_7 = replace(
    TIFF,
    wrong=(*TIFF.wrong, *(frozenset({f"palette of {bits}", "further sample"}) for bits in _BITS)),
)
"""The TIFFs that version 7 reads. It treats an extra sample in a palette picture as transparency."""

WRONG_7 = frozenset({pcx.BLACK_AND_WHITE, tga.GREY_ALPHA})
"""Kinds of other formats that both versions decode wrongly."""

WRONG_6 = WRONG_7 | {psd.INDEXED}
"""Kinds of other formats that version 6 decodes wrongly."""
