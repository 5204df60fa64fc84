"""The layouts of pixels in a TIFF that libvips decodes correctly."""

from advthumb.engines.layouts import Layouts, pixels

_FURTHER = ("", "further sample", "further samples")
_ALPHA = ("alpha", "alpha, further sample", "alpha, further samples", "alpha, in last place")
_NUMBERS = ("32 bits", "signed 8 bits", "signed 16 bits", "signed 32 bits", "float 16 bits", "float 32 bits")

TIFF = Layouts(
    pixels=pixels("grey of 1 bit", "grey of 2 bits", "grey of 4 bits")
    | pixels(
        *("grey of 8 bits", "grey of 16 bits", "RGB of 8 bits", "RGB of 16 bits"),
        extras=(*_FURTHER, *_ALPHA, *(f"premultiplied {alpha}" for alpha in _ALPHA)),
    )
    | pixels(
        *(f"{colour} of {numbers}" for colour in ("grey", "RGB") for numbers in _NUMBERS), extras=_FURTHER
    )
    | pixels("palette of 1 bit", "palette of 2 bits", "palette of 4 bits", "palette of 8 bits")
    | pixels("CMYK of 8 bits", "CMYK of 16 bits", extras=(*_FURTHER, *_ALPHA))
    | pixels("CIELAB of 8 bits", "CIELAB of 16 bits", extras=(*_FURTHER, *_ALPHA))
    | pixels("YCbCr of 8 bits"),
    wrong=(
        *(
            frozenset({f"grey of {bits}", "premultiplied alpha", "further samples"})
            for bits in ("8 bits", "16 bits")
        ),
        frozenset({"planes", "tiles"}),
        frozenset({"grey of 8 bits", "planes"}),
        frozenset({"grey of 16 bits", "planes"}),
        frozenset({"RGB of float 16 bits", "planes"}),
        # If libtiff does not convert YCbCr, libvips reads it as RGB.
        *(
            frozenset({"YCbCr of 8 bits", "whole chroma", compression})
            for compression in ("plain", "deflate", "LZW", "packbits")
        ),
        frozenset({"YCbCr of 8 bits", "shared chroma", "plain"}),
    ),
)
"""The TIFFs that libvips reads."""
