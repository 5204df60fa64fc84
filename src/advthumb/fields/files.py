"""What stands in a thumbnail's attribute, and what an instance knows of its row by it."""

import logging
from typing import NamedTuple, Protocol, TypedDict

from django.core.files.base import File
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.fields.files import FieldFile, ImageFieldFile

from advthumb import storages
from advthumb.core.detection import ThumbnailFacts
from advthumb.core.errors import ThumbnailError
from advthumb.core.names import ThumbnailName
from advthumb.generation import Source

from .column import ThumbnailColumn
from .rollback import is_withdrawn, withdraw

logger = logging.getLogger("advthumb")


class ThumbnailDict(TypedDict):
    """A thumbnail for APIs; later versions may add keys.

    Attributes:
        url: Where it is, with the host where a request was given.
        width: Pixels; None where nothing tells them.
        height: The same.
        status: The verdict by its name alone: `fresh`, `source-changed` and so on.
    """

    url: str
    width: int | None
    height: int | None
    status: str


class BuildsURLs(Protocol):
    """A request of Django, or of a framework above it."""

    def build_absolute_uri(self, location: str | None = None, /) -> str:
        """Return a URL with the host."""
        ...


class ThumbnailFieldFile(ImageFieldFile):
    """A stored thumbnail; its width and height are read from its name."""

    field: ThumbnailColumn

    __module__ = "advthumb.fields"  # what pickles say

    in_row: bool = True
    """False for a name that may not be in the row: its save is not done, failed, or was rolled back."""

    @property
    def status(self) -> str:
        """The verdict on this thumbnail by its name alone, without I/O: `fresh`, `missing` and so on.

        What was recorded in a `fingerprint_field` counts; the cache is not asked.
        """
        source: FieldFile = getattr(self.instance, self.field.source_field.attname)
        kept = self.field.fingerprint_field and getattr(self.instance, self.field.fingerprint_field)
        inspector = self.field.inspector(self.instance._state.db or DEFAULT_DB_ALIAS, "name")
        found = inspector.by_name(
            Source(source.storage, source.name) if source.name else None,
            ThumbnailFacts(stored_name(self), kept or ""),
        )
        return found.verdict.value

    def url_or(self, default: str = "") -> str:
        """Return the URL, or a default where there is no thumbnail; templates need no `{% if %}`."""
        return self.url if self else default

    def as_dict(self, request: BuildsURLs | None = None) -> ThumbnailDict | None:
        """Return what an API says of this thumbnail, None where there is none; without I/O, as `status`.

        Args:
            request: The request that is answered: the URL then has its host.
        """
        if not self:
            return None
        url = self.url if request is None else request.build_absolute_uri(self.url)
        return ThumbnailDict(url=url, width=self.width, height=self.height, status=self.status)

    def delete(self, save: bool = True) -> None:
        """Delete the file, as Django does. The next save of the row makes the thumbnail again."""
        withdraw(self.name or "")
        super().delete(save)

    def _get_image_dimensions(self) -> tuple[int | None, int | None]:
        """Return (width, height) in pixels without I/O where the name tells them.

        Names that version 2 made do not; for those Django opens the file. Without a file, or with
        one that cannot be opened, both are None, so that a page never breaks on it.
        """
        if not self:
            return None, None
        parsed = ThumbnailName.parse(self.name or "")
        if parsed is not None:
            return parsed.size.width, parsed.size.height
        try:
            with storages.storage_errors(f"measuring {self.name!r}"):
                dimensions: tuple[int | None, int | None] = super()._get_image_dimensions()  # type: ignore[misc]
        except ThumbnailError as error:
            logger.warning("A thumbnail has no known size: %s", error)
            return None, None
        return dimensions


class Known(NamedTuple):
    """What an instance knows of one thumbnail of its row.

    Attributes:
        name: The name that the instance has; empty for none, or for one that cannot be the row's.
        in_row: Whether the row is believed to have that name; if not, the row has to be asked.
    """

    name: str
    in_row: bool


def known(field: ThumbnailColumn, instance: Model) -> Known:
    """Return what an instance knows of a thumbnail. Nothing is loaded where the column is deferred."""
    value = instance.__dict__.get(field.attname)
    name = stored_name(value)
    if isinstance(value, File):
        in_row = isinstance(value, ThumbnailFieldFile) and value.in_row and is_committed(value)
    else:
        in_row = field.attname in instance.__dict__
    return Known("", in_row=False) if name and is_withdrawn(name) else Known(name, in_row)


def stored_name(value: object) -> str:
    """Return the name in storage behind an attribute's value, empty for none or not yet stored."""
    if isinstance(value, str):
        return value
    if isinstance(value, FieldFile) and is_committed(value):
        return value.name or ""
    return ""


def is_given_by_hand(value: object) -> bool:
    """Return whether an attribute's value is a file that somebody assigned: it is stored nowhere."""
    return isinstance(value, File) and not (isinstance(value, FieldFile) and is_committed(value))


def is_committed(file: FieldFile) -> bool:
    """Return whether a file lies in its storage, and is not just assigned."""
    committed: bool = file._committed  # type: ignore[attr-defined]
    return committed
