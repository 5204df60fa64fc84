"""An encoded thumbnail, with what is known about its pixels."""

from dataclasses import dataclass

from . import thumbhash
from .dominant import DominantColour
from .formats import ImageFormat
from .images import Size
from .samples import Samples


@dataclass(frozen=True, slots=True)
class RenderedThumbnail:
    """An encoded thumbnail, not yet stored.

    Attributes:
        data: The file.
        size: Its size in pixels.
        format: Its format.
        preview: The finished picture, scaled to `RenderPlan.preview`; None if none was planned.
    """

    data: bytes
    size: Size
    format: ImageFormat
    preview: Samples | None = None

    @property
    def colour(self) -> DominantColour | None:
        """The dominant colour; None without a preview, or if the picture is transparent."""
        return DominantColour.of(self.preview) if self.preview else None

    @property
    def thumbhash(self) -> str:
        """The ThumbHash as text; empty without a preview."""
        return thumbhash.to_text(thumbhash.encode(self.preview)) if self.preview else ""
