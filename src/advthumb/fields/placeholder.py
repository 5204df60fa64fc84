"""What a row knows about the placeholder of a thumbnail: its colour and its ThumbHash, without I/O."""

from django.db.models.fields.files import FieldFile

from advthumb.core import placeholders
from advthumb.core.dominant import DominantColour
from advthumb.core.names import ThumbnailName

from .column import ThumbnailColumn


class HasPlaceholder(FieldFile):
    """The attributes of a stored thumbnail for its placeholder."""

    field: ThumbnailColumn

    @property
    def color(self) -> str:
        """The dominant colour as `#rrggbb`, read from the name; empty if the name does not have it.

        The field needs `placeholder=True`.
        """
        return str(self._colour.rgb) if self._colour else ""

    @property
    def _colour(self) -> DominantColour | None:
        parsed = ThumbnailName.parse(self.name or "")
        return parsed.colour if parsed else None

    @property
    def thumbhash(self) -> str:
        """The ThumbHash in base 64; empty if there is none, or if its column was not loaded."""
        column = self.field.placeholder_field
        return (self.instance.__dict__.get(column) or "") if self and column else ""

    @property
    def placeholder_css(self) -> str:
        """CSS for the `style` of an `<img>`, which shows a placeholder until the thumbnail is loaded.

        It is a blurred picture if there is a ThumbHash, else the dominant colour. It is empty if neither is
        known, or if the thumbnail has transparent parts, which would show it forever.
        """
        return placeholders.css(self.thumbhash, self._colour)

    @property
    def placeholder_url(self) -> str:
        """The blurred picture as a data URI, from the ThumbHash; empty if there is none."""
        return placeholders.painted(self.thumbhash).url if self.thumbhash else ""
