"""The Pillow engine: the default, always installed.

`engine` has the primitives, `files` opens sources and writes files, `writing` prepares pictures for that,
`colour` converts the colours of a source to sRGB, `strips` processes large pictures in parts, `modes` has the
modes of finished pictures, and `layouts` lists the TIFFs that Pillow reads correctly.
"""

from .engine import PillowEngine
from .files import flattened

__all__ = ["PillowEngine", "flattened"]
