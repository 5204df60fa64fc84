"""The vips engine: fast, and frugal with memory.

`engine` has the primitives; `files` opens sources and writes thumbnails, `colour` is what lies between the
colours of a source and sRGB, `layouts` says which TIFFs libvips reads rightly, and `sources` sees to what it
overlooks. Pictures of libvips are recipes
that run when pixels are asked for, so each primitive that can meet damage, or that others start from, ends
with the pixels in memory.
"""

from .engine import VipsEngine

__all__ = ["VipsEngine"]
