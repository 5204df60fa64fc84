"""What stands in the two attributes: the thumbnail's file, and the source that keeps its bytes."""

import logging
from functools import cache
from io import UnsupportedOperation
from typing import Any

from django.core.files.base import ContentFile, File
from django.db.models import Field, FileField, Model
from django.db.models.fields.files import FieldFile, ImageFieldFile, ImageFileDescriptor

from advthumb import conf, storages
from advthumb.core.detection import ThumbnailFacts, assess
from advthumb.core.errors import ThumbnailError
from advthumb.core.fingerprints import SourceFacts
from advthumb.core.names import ThumbnailName, valid_name
from advthumb.generation import Source

from .column import ThumbnailColumn
from .state import state_of

logger = logging.getLogger("advthumb")


class ThumbnailFieldFile(ImageFieldFile):
    """A stored thumbnail; its width and height are read from its name."""

    field: ThumbnailColumn

    def __init__(self, instance: Model, field: ThumbnailColumn, name: str | None) -> None:
        # A row whose thumbnail is superseded has none.
        super().__init__(instance, field, valid_name(name) if name else name)
        self.name_at_first = name or ""
        """What the row has, before anybody set another name on this object (`file.name = ...`)."""

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the first name along."""
        return {**super().__getstate__(), "name_at_first": self.name_at_first}

    @property
    def status(self) -> str:
        """The verdict on this thumbnail by its name alone, without I/O: `fresh`, `missing` and so on.

        What was recorded in a `fingerprint_field` counts; the cache is not asked.
        """
        source: FieldFile = getattr(self.instance, self.field.source_field.attname)
        facts = SourceFacts(source.name) if source.name else None
        kept = self.field.fingerprint_field and getattr(self.instance, self.field.fingerprint_field)
        thumbnail = ThumbnailFacts(stored_name(self), kept or "")
        return assess(self.field.spec, facts, thumbnail).verdict.value

    def url_or(self, default: str = "") -> str:
        """Return the URL, or a default where there is no thumbnail; templates need no `{% if %}`."""
        return self.url if self else default

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


class ThumbnailFileDescriptor(ImageFileDescriptor):
    """Remembers the name the row has when another value is assigned, so that its file can go."""

    def __set__(self, instance: Model, value: Any) -> None:
        """Assign a value, as Django does."""
        attname = self.field.attname
        if _is_read_anew(value, instance):
            state_of(instance).loaded.pop(attname, None)
        elif attname in instance.__dict__:
            state_of(instance).loaded.setdefault(attname, name_at_first(instance.__dict__[attname]))
        super().__set__(instance, value)


def _is_read_anew(value: object, instance: Model) -> bool:
    """Return whether a value tells what the row has: that of another instance of it (`refresh_from_db`)."""
    return isinstance(value, ThumbnailFieldFile) and value.instance == instance


def stored_name(value: object) -> str:
    """Return the name in storage behind an attribute's value, empty for none or not yet stored."""
    if isinstance(value, str):
        return value
    if isinstance(value, FieldFile) and is_committed(value):
        return value.name or ""
    return ""


def name_at_first(value: object) -> str:
    """Return the stored name behind a value before another one was set on the file object itself."""
    if isinstance(value, ThumbnailFieldFile) and is_committed(value):
        return value.name_at_first
    return stored_name(value)


def is_committed(file: FieldFile) -> bool:
    """Return whether a file lies in its storage, and is not just assigned."""
    committed: bool = file._committed  # type: ignore[attr-defined]
    return committed


class _KeepsUpload(FieldFile):
    """A source that keeps its bytes in hand when it is written to its storage.

    It stands right before `FieldFile` in the method order, so that it sees what really goes to
    the storage after a subclass (one that shrinks uploads, say) had its turn.
    """

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Store a file under a name, as Django does, and keep its bytes until the row is saved."""
        data, content = _in_hand(content, name)
        super().save(name, content, save=False)
        state_of(self.instance).uploads[self.field.attname] = Source(self.storage, self.name or "", data)
        if save:
            self.instance.save()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by way of the field, for this class is made at run time."""
        return _unpickled, (self.field,), self.__getstate__()


def _unpickled(field: "Field[Any, Any]") -> FieldFile:
    file_class: type[FieldFile] = field.attr_class  # type: ignore[attr-defined]
    return file_class.__new__(file_class)


def _in_hand(content: Any, name: str) -> "tuple[bytes | None, File[Any]]":
    """Return the bytes of an upload and a file from which a storage can still read them.

    The bytes are None where there are more than the limit: no thumbnail will be made of them.
    """
    file: File[Any] = content if hasattr(content, "chunks") else File(content, name)
    try:
        size = file.size
    except (AttributeError, NotImplementedError):  # a stream: its size shows only by reading
        size = 0
    if size > conf.max_source_bytes():
        return None, file
    data = b"".join(chunk.encode() if isinstance(chunk, str) else bytes(chunk) for chunk in file.chunks())
    try:
        file.seek(0)
    except (AttributeError, UnsupportedOperation):  # read once and for all: hand on what was read
        file = ContentFile(data, name)
    return data, file


@cache
def _keeping(file_class: type[FieldFile]) -> type[FieldFile]:
    bases = (_KeepsUpload,) if file_class is FieldFile else (file_class, _KeepsUpload)
    return type(file_class.__name__, bases, {"__module__": file_class.__module__})


def keep_uploads(source_field: object) -> None:
    """Make the files of a source field keep their bytes between upload and rendering.

    What is no file field is left alone: a system check says so (`advthumb.E002`).
    """
    if isinstance(source_field, FileField) and not issubclass(source_field.attr_class, _KeepsUpload):
        source_field.attr_class = _keeping(source_field.attr_class)  # type: ignore[arg-type]
