"""A watermark: a picture that is placed on each thumbnail."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from django.core import checks
from PIL import Image

from advthumb.core.errors import ThumbnailError
from advthumb.processing import Processor, is_number, refuse

from .marks import Mark, fitted, mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_POSITIONS = {
    word: (number % 3, number // 3)
    for number, word in enumerate(("nw", "n", "ne", "w", "c", "e", "sw", "s", "se"))
}
"""How many halves of the free width and height lie to the left of the watermark and above it."""
_IN_COLOUR = {"L": "RGB", "LA": "RGBA"}
_UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Watermark(Processor):
    """Places a picture, such as a logo, on the thumbnail.

    The picture is read once per process. Its content is part of the fingerprint of a thumbnail: after another
    picture was deployed under the same name, thumbnails are stale. While it cannot be read, no thumbnail of
    the field can be made (error code `engine`), and `manage.py check` says why.

    Args:
        file: The name of a static file, as in `{% static %}`, or of a file in `storage`. PNG with alpha is
            the usual format; any that the engine `pillow` reads will do.
        position: Where it is placed: `nw`, `n`, `ne`, `w`, `c`, `e`, `sw`, `s` or `se`.
        opacity: From 0 (invisible) to 1 (as in the file).
        scale: Its width as a fraction of the width of the thumbnail; None for its own size. It never becomes
            larger than the thumbnail within its margins, and keeps its aspect ratio.
        margin: The distance from the rim of the thumbnail, in pixels.
        storage: The alias of a storage in STORAGES; None for static files, which the finders of
            `django.contrib.staticfiles` find.

    Raises:
        ImproperlyConfigured: An argument has another value.
    """

    path: ClassVar[str] = "advthumb.processors.Watermark"

    file: str
    position: str = "se"
    _: KW_ONLY
    opacity: float = 1.0
    scale: float | None = None
    margin: int = 8
    storage: str | None = None

    def __post_init__(self) -> None:
        """Check the arguments; the file is not read."""
        if not isinstance(self.file, str) or not self.file:
            raise refuse(self, "file", "the name of a static file, such as 'brand/mark.png'")
        if self.position not in list(_POSITIONS):
            raise refuse(self, "position", f"one of {', '.join(_POSITIONS)}")
        if not is_number(self.opacity, 0, 1):
            raise refuse(self, "opacity", "a number from 0 to 1")
        if self.scale is not None and not (is_number(self.scale, 0, 1) and self.scale):
            raise refuse(self, "scale", "a fraction of the width above 0 and up to 1, or None")
        if not isinstance(self.margin, int) or isinstance(self.margin, bool) or self.margin < 0:
            raise refuse(self, "margin", "a whole number of pixels from 0 on")
        if self.storage is not None and not isinstance(self.storage, str):
            raise refuse(self, "storage", "the alias of a storage in STORAGES, or None for static files")

    def identity(self) -> "Mapping[str, object]":
        """Return how the picture is placed, and a digest of its file. Its name makes no difference."""
        try:
            content = mark_of(self.file, self.storage).digest
        except ThumbnailError:
            content = _UNREADABLE
        placed = {name: getattr(self, name) for name in ("position", "opacity", "scale", "margin")}
        return {"content": content, **placed}

    def check(self) -> list[checks.CheckMessage]:
        """Report a picture that cannot be read."""
        try:
            mark_of(self.file, self.storage)
        except ThumbnailError as error:
            hint = "No thumbnail of this field can be made. Correct the name, or add the file and restart."
            return [checks.Error(f"{error.message}.", hint=hint, id="advthumb.E016")]
        return []

    def for_sibling(self, width: int, factor: float) -> Self:
        """Return a watermark that covers the same part of the picture.

        Raises:
            ThumbnailError: `engine`, for now: the watermark cannot be read.
        """
        scale = self.scale
        if scale is None:
            scale = min(1.0, mark_of(self.file, self.storage).image.width * factor / width)
        return replace(self, scale=scale, margin=round(self.margin * factor))

    def process(self, image: Image.Image) -> Image.Image:
        """Return the picture with the watermark over it.

        Raises:
            ThumbnailError: `engine`, for now: the watermark cannot be read.
        """
        mark = mark_of(self.file, self.storage)
        across, down = (min(self.margin, (side - 1) // 2) for side in image.size)
        room = image.width - 2 * across, image.height - 2 * down
        shown = fitted(mark, self._size(mark, image.width, room), self.opacity)
        halves = _POSITIONS[self.position]
        left = across + (room[0] - shown.width) * halves[0] // 2
        top = down + (room[1] - shown.height) * halves[1] // 2
        if mark.coloured:
            image = image.convert(_IN_COLOUR.get(image.mode, image.mode))
        box = (left, top, left + shown.width, top + shown.height)
        below = image.crop(box).convert("RGBA")
        below.alpha_composite(shown)
        image.paste(below.convert(image.mode), box)
        return image

    def _size(self, mark: Mark, width: int, room: tuple[int, int]) -> tuple[int, int]:
        """Return the size of the watermark on a thumbnail of this width, within this room."""
        own = mark.image.size
        wanted = own[0] if self.scale is None else width * self.scale
        factor = min(wanted / own[0], room[0] / own[0], room[1] / own[1])
        return max(1, round(own[0] * factor)), max(1, round(own[1] * factor))
