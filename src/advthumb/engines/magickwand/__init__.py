"""ImageMagick through Wand, in the process that asks: `imagemagick` runs it in one of its own.

Decoders are named by the sniffed format, and get the bytes of one picture: what a file says about itself
is read in `containers` and `tiff` first, for ImageMagick walks all frames, unpacks every text, and takes
half a JPEG for a whole one. Works with ImageMagick 6 and 7.

`engine` has the primitives, `calls` what they ask of ImageMagick past Wand.
"""

from .engine import WandEngine

__all__ = ["WandEngine"]
