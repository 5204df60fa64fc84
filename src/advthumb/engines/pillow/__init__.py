"""The Pillow engine: the default, always there.

`engine` has the primitives; `files` opens sources and writes thumbnails, `colour` is what lies between
the colours of a source and sRGB, and `layouts` says which TIFFs Pillow reads rightly.
"""

from .engine import PillowEngine
from .files import flattened

__all__ = ["PillowEngine", "flattened"]
