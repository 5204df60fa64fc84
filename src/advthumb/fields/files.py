"""The value of a thumbnail's attribute, and what an instance knows about its row from it."""

import logging
from collections import deque
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from django.core.files.base import File
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.fields.files import FieldFile, ImageFieldFile

from advthumb import storages
from advthumb.core.detection import ThumbnailFacts, Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.core.names import ThumbnailName, siblings_of
from advthumb.core.srcset import Candidate, SetURLs
from advthumb.exceptions import SizeUnknownError
from advthumb.generation import Source
from advthumb.inspection import Inspector

from .arguments import FormatName
from .column import ThumbnailColumn
from .dictionaries import BuildsURLs, ThumbnailDict, absolute, dictionaries
from .placeholder import HasPlaceholder
from .rollback import is_withdrawn, withdraw
from .waiting import judged

logger = logging.getLogger("advthumb")


class Explanation(NamedTuple):
    """Why a thumbnail is as it is, or why there is none.

    Attributes:
        status: The verdict: `fresh`, `missing`, `failed` and so on.
        reason: The explanation, such as "corrupt: the file is damaged: its pixel data ends early".
    """

    status: str
    reason: str


class ThumbnailFieldFile(HasPlaceholder, ImageFieldFile):
    """A stored thumbnail; its width and height are read from its name.

    If there is no thumbnail, this file is false. Then `url` raises `ValueError`, as in Django, and `width`
    and `height` raise `SizeUnknownError`, which is a `ValueError` too. A template shows nothing for those.
    """

    field: ThumbnailColumn

    __module__ = "advthumb.fields"  # the name in pickles

    in_row: bool = True
    """False if the name might not be in the row: its save is not finished, failed, or was rolled back."""

    @property
    def status(self) -> str:
        """The verdict on this thumbnail from its name alone, without I/O: `fresh`, `missing` and so on.

        The record in a `fingerprint_field` counts. The cache is not read, so a thumbnail that waits for a
        task is `missing` or `spec-changed` here (see `explain`).
        """
        thumbnail = ThumbnailFacts(stored_name(self), self._record)
        found = self._inspector.by_name(self._source, thumbnail, self.field.point_of(self.instance))
        return found.verdict.value

    def explain(self) -> "Explanation":
        """Return the verdict on this thumbnail and the reason for it, such as why none could be made.

        Failures are remembered in the cache, and so are tasks on their way. So this can return `failed` or
        `waiting` where `status` says `missing`. It makes at most one call to the cache, in task mode two, and
        no other I/O. Use it in forms, the admin and APIs, and use
        `status` on pages with many rows.

        The reason of a failure is kept for 30 days, unless the cache loses it. It says what is wrong with the
        file, and contains no paths or addresses of the server.
        """
        point = self.field.point_of(self.instance)
        found, failure = self._inspector.explain(self._source, stored_name(self), self._record, point)
        cache = self.field.fingerprint_cache(self._using)
        found = judged(found, self.field, self.instance.pk, stored_name(self._source_file), cache)
        reason = found.reason
        if failure and found.verdict is Verdict.FAILED:
            reason = failure
        elif failure:
            reason = f"{found.reason}; an earlier attempt failed: {failure}"
        return Explanation(found.verdict.value, reason)

    @property
    def _source(self) -> Source | None:
        source = self._source_file
        return Source(source.storage, source.name) if source.name else None

    @property
    def _source_file(self) -> FieldFile:
        source: FieldFile = getattr(self.instance, self.field.source_field.attname)
        return source

    @property
    def _using(self) -> str:
        return self.instance._state.db or DEFAULT_DB_ALIAS

    @property
    def _record(self) -> str:
        kept = self.field.fingerprint_field and getattr(self.instance, self.field.fingerprint_field)
        return kept or ""

    @property
    def _inspector(self) -> Inspector:
        return self.field.inspector(self._using, "name")

    def url_or(self, default: str = "") -> str:
        """Return the URL, or a default if there is no thumbnail; templates need no `{% if %}`."""
        return self.url if self else default

    def srcset(self, format: FormatName | None = None) -> str:  # noqa: A002 - the same word as the field's
        """Return the files in one format for a `srcset` attribute: `a.400.avif 400w, a.800.avif 800w`.

        The widths are listed, or for a field with `densities` the pixels for each CSS pixel (`1x`, `2x`). A
        single file has neither. The result is empty if there is no thumbnail, or none in that format.

        Args:
            format: The name of a format, such as `AVIF`. None means the format of the thumbnail itself.
        """
        found = set_urls(self)
        return found.srcset(found.main_format if format is None else format.upper())

    @property
    def sources(self) -> dict[str, list[Candidate]]:
        """All files of the set, as (url, width) by the name of the format.

        The preferred format comes first, and that of the thumbnail itself last. In each format the narrowest
        file comes first. The dictionary is empty if there is no thumbnail, or if its name has no size, as
        those of version 2.
        """
        return set_urls(self).sources

    def url_for(self, width: int) -> str:
        """Return the URL of the smallest file that is at least this wide, or else of the widest one.

        Only files in the format of the thumbnail itself count. Without a thumbnail the result is empty.

        Args:
            width: Pixels.
        """
        return set_urls(self).url_for(width) or self.url_or()

    def as_dict(self, request: BuildsURLs | None = None) -> ThumbnailDict | None:
        """Return this thumbnail for an API, None if there is none; without I/O, like `status`.

        Args:
            request: The current request; the URLs then include its host.
        """
        if not self:
            return None
        found = set_urls(self, request)
        return ThumbnailDict(
            url=found.url(self.name or ""),
            width=getattr(self, "width", None),
            height=getattr(self, "height", None),
            status=self.status,
            srcset=found.srcset(found.main_format),
            sources=dictionaries(found.sources),
            color=self.color,
            placeholder=self.thumbhash,
        )

    def delete(self, save: bool = True) -> None:
        """Delete the file and its set, as Django does. The next save of the row makes the thumbnail again."""
        if not self.name:
            return
        siblings = siblings_of(self.name)
        withdraw(self.name)
        super().delete(save=False)
        deque(storages.delete_all(self.storage, siblings), maxlen=0)
        if save:
            self.instance.save()

    def _get_image_dimensions(self) -> tuple[int, int]:
        """Return (width, height) in pixels for the properties `width` and `height`.

        They are read from the name. Names that version 2 made do not contain them; for those Django opens the
        file.

        Raises:
            SizeUnknownError: There is no thumbnail, or an old one cannot be opened.
        """
        if not self:
            raise SizeUnknownError(f"The {self.field.name!r} attribute has no file associated with it.")
        parsed = ThumbnailName.parse(self.name or "")
        if parsed is not None:
            return parsed.size.width, parsed.size.height
        try:
            with storages.storage_errors(f"measuring {self.name!r}"):
                width, height = super()._get_image_dimensions()  # type: ignore[misc]
        except ThumbnailError as error:
            logger.warning("A thumbnail has no known size: %s", error)
            raise SizeUnknownError(f"The thumbnail {self.name!r} has no known size: {error}") from error
        if width is None or height is None:
            raise SizeUnknownError(f"The thumbnail {self.name!r} has no known size: it is not a picture.")
        return width, height


class Known(NamedTuple):
    """What an instance knows about one thumbnail of its row.

    Attributes:
        name: The name that the instance has; empty for none, or for one that the row cannot have.
        in_row: Whether the row is believed to have that name. If not, the row must be read.
    """

    name: str
    in_row: bool


def known(field: ThumbnailColumn, instance: Model) -> Known:
    """Return what an instance knows about a thumbnail. A deferred column is not loaded."""
    value = instance.__dict__.get(field.attname)
    name = stored_name(value)
    if isinstance(value, File):
        in_row = isinstance(value, ThumbnailFieldFile) and value.in_row and is_committed(value)
    else:
        in_row = field.attname in instance.__dict__
    return Known("", in_row=False) if name and is_withdrawn(name) else Known(name, in_row)


def set_urls(file: ThumbnailFieldFile, request: BuildsURLs | None = None) -> SetURLs:
    """Return the URLs of a thumbnail's set. The storage is asked for each once, when it is needed.

    Args:
        file: The thumbnail, which may be empty.
        request: The current request; the URLs then include its host.
    """
    url = cache(file.storage.url if request is None else absolute(file.storage.url, request))
    return SetURLs.of(stored_name(file), url, by_density=bool(file.field.densities))


def points_of(instance: Model, fields: Iterable[ThumbnailColumn]) -> dict[str, str]:
    """Return the focal points that an instance has for thumbnails, by the attribute name of the thumbnail."""
    return {field.attname: field.point_of(instance) for field in fields if field.focal_field}


def stored_name(value: object) -> str:
    """Return the name in storage of an attribute's value, empty for none or if it is not stored yet."""
    if isinstance(value, str):
        return value
    if isinstance(value, FieldFile) and is_committed(value):
        return value.name or ""
    return ""


def is_given_by_hand(value: object) -> bool:
    """Return whether an attribute's value is a file that was assigned directly and is not stored."""
    return isinstance(value, File) and not (isinstance(value, FieldFile) and is_committed(value))


def is_committed(file: FieldFile) -> bool:
    """Return whether a file is in its storage, and not only assigned."""
    committed: bool = file._committed  # type: ignore[attr-defined]
    return committed
