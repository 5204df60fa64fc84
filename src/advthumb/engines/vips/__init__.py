"""The vips engine: fast, and uses little memory.

`engine` has the primitives, `files` opens sources and writes thumbnails, `colour` converts the colours of a
source to sRGB, `layouts` lists the TIFFs that libvips reads correctly, and `sources` corrects a file that
libvips cannot read. A libvips picture is a list of operations that run when its pixels are needed. So a
primitive that may find damage, or whose result is used several times, ends with the pixels in memory.
"""

from .engine import VipsEngine

__all__ = ["VipsEngine"]
