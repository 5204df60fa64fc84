"""The ImageMagick engine: Wand in separate processes with few rights, which can be killed.

`isolated` has the engine that a setting names; it does not import Wand. `engine` has the primitives that run
in its processes, `calls` the functions of ImageMagick that Wand does not offer, `layouts` the TIFFs that
ImageMagick reads correctly, and `policy` what it may do. `finding` finds the installed ImageMagick.

The sniffed format chooses the decoder, and the decoder gets the bytes of a single picture. `core.containers`
reads the header first, because ImageMagick reads all frames, unpacks every text, and accepts half a JPEG as a
whole one. The engine works with ImageMagick 6 and 7.
"""

from .isolated import ImageMagickEngine

__all__ = ["ImageMagickEngine"]
