"""The ImageMagick engine: Wand in processes of its own, which can do little, and can be killed.

`isolated` is the engine that a setting names; it does not import Wand. `engine` has the primitives that run
in its processes, `calls` what they ask of ImageMagick past Wand, `layouts` which TIFFs it reads rightly,
`policy` what ImageMagick may do there, `finding` which ImageMagick is installed.

Decoders are named by the sniffed format, and get the bytes of one picture: what a file says about itself
is read in `core.containers` first, for ImageMagick walks all frames, unpacks every text, and takes
half a JPEG for a whole one. Works with ImageMagick 6 and 7.
"""

from .isolated import ImageMagickEngine

__all__ = ["ImageMagickEngine"]
