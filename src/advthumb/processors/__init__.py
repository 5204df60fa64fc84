"""Processors that change finished thumbnails: `AdvanceThumbnailField(processors=[Sharpen(0.6)], ...)`.

`Processor` is the base class for your own.
"""

from advthumb.processing import Processor

from .filters import Blur, Greyscale, Sharpen
from .rounded import Rounded
from .watermark import Watermark

__all__ = ["Blur", "Greyscale", "Processor", "Rounded", "Sharpen", "Watermark"]
