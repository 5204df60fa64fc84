"""The source that keeps its bytes between upload and rendering."""

from functools import cache
from io import UnsupportedOperation
from typing import Any

from django.core.files.base import ContentFile, File
from django.db.models import Field, FileField
from django.db.models.fields.files import FieldFile

from advthumb import conf
from advthumb.generation import Source

_HELD = "_advthumb_upload"


class _KeepsUpload(FieldFile):
    """A source that keeps its bytes when it is written to its storage.

    It stands right before `FieldFile` in the method order, so that it sees what really goes to
    the storage after a subclass (one that shrinks uploads, say) had its turn.
    """

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Store a file under a name, as Django does, and keep its bytes until the row is saved."""
        data, content = _in_hand(content, name)
        super().save(name, content, save=False)
        file = getattr(self.instance, self.field.attname)
        file.__dict__[_HELD] = Source(self.storage, self.name or "", data)
        if save:
            self.instance.save()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by way of the field, for this class is made at run time."""
        return _unpickled, (self.field,), self.__getstate__()


def _unpickled(field: "Field[Any, Any]") -> FieldFile:
    file_class: type[FieldFile] = field.attr_class  # type: ignore[attr-defined]
    return file_class.__new__(file_class)


def held(file: FieldFile) -> Source | None:
    """Return the source that a file was just stored from, None if it was stored before."""
    source: Source | None = file.__dict__.get(_HELD)
    return source if source is not None and source.name == file.name else None


def release(file: FieldFile) -> None:
    """Let go of the bytes of an upload."""
    file.__dict__.pop(_HELD, None)


def _in_hand(content: Any, name: str) -> "tuple[bytes | None, File[Any]]":
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
