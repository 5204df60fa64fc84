"""A thumbnail that is not stored yet, with the other files of its set and what is known about its pixels."""

from dataclasses import dataclass

from . import thumbhash
from .dominant import DominantColour
from .formats import ImageFormat
from .images import Size
from .samples import Samples


@dataclass(frozen=True, slots=True)
class RenderedThumbnail:
    """A thumbnail that is not stored yet.

    Attributes:
        data: The file; of a raw plan, the samples (`raw_frames`).
        size: The size in pixels.
        format: The format of the file.
        preview: The finished picture, scaled to `RenderPlan.preview`; None if none was planned.
        siblings: The other files of its set, in the order of `names.members`.
    """

    data: bytes
    size: Size
    format: ImageFormat
    preview: Samples | None = None
    siblings: "tuple[RenderedThumbnail, ...]" = ()

    @property
    def bytes(self) -> int:
        """The length of all files of the set."""
        return len(self.data) + sum(len(each.data) for each in self.siblings)

    @property
    def colour(self) -> DominantColour | None:
        """The dominant colour; None without a preview, or if the picture is transparent."""
        return DominantColour.of(self.preview) if self.preview else None

    @property
    def thumbhash(self) -> str:
        """The ThumbHash as text; empty without a preview."""
        return thumbhash.to_text(thumbhash.encode(self.preview)) if self.preview else ""
