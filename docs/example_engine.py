"""An engine of one's own: Pillow, but with JPEGs that a browser shows coarse first and then ever finer.

Name it by its path, with its options::

    ADVANCE_THUMBNAIL_ENGINE = {
        "BACKEND": "project.engines.ExampleEngine",
        "OPTIONS": {"reads": ["JPEG", "PNG", "GIF", "WEBP"]},
    }
"""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from django.core import checks
from PIL import Image

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Encoding
from advthumb.engines.pillow import PillowEngine

WEB = ("JPEG", "PNG", "GIF", "WEBP")


class ExampleEngine(PillowEngine):
    """Renders with Pillow, reads what it is told to, and writes progressive JPEGs.

    Args:
        reads: The formats that may reach its decoders; those that the build lacks are left out.
        progressive: Whether JPEGs are written progressively.
        options: Those of every engine.
    """

    name = "example"  # how messages call it

    def __init__(self, reads: Iterable[str] = WEB, *, progressive: bool = True, **options: Any) -> None:
        super().__init__(**options)
        wanted = frozenset(ImageFormat(name) for name in reads)
        self._missing = sorted(wanted - self.reads)
        # Sources of other formats go to the next engine of the setting, or are refused as `unsupported`.
        self.reads = wanted & self.reads
        # Set here and never again: one instance renders in many threads at once.
        self._progressive = progressive

    def check(self) -> list[checks.CheckMessage]:
        """Have `manage.py check` tell what is missing, before somebody uploads it."""
        if not self._missing:
            return []
        return [checks.Warning(f"Pillow reads no {', '.join(self._missing)} here.", id="example.W001")]

    def versions(self) -> Mapping[str, str]:
        """Have `manage.py thumbnail_engines` show where this comes from."""
        return {"example": "1.0", **super().versions()}

    def _encode(self, image: Image.Image, encoding: Encoding) -> bytes:
        """Encode without any metadata: the one primitive that differs.

        `encoding` says format and quality; geometry, colours and limits were decided long before. What is
        raised here becomes a `ThumbnailError` with the code `engine`, so there is nothing to catch.
        """
        if encoding.format is not ImageFormat.JPEG:
            return super()._encode(image, encoding)
        image.info = {}  # where save() would find a comment, a profile or EXIF of the source
        out = BytesIO()
        image.save(out, "JPEG", quality=encoding.quality, optimize=True, progressive=self._progressive)
        return out.getvalue()
