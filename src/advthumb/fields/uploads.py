"""Sources that keep their bytes between upload and rendering.

An upload that is saved with its row is not read back from its storage. The uploads that wait for a later save
(`image.save(name, content, save=False)`) are limited for the whole process (`upload_memory`). Above the
limit, bytes are dropped, and read from the storage when they are needed.
"""

import weakref
from functools import cache
from typing import Any, Self

from django.db.models import Field, FileField
from django.db.models.fields.files import FieldFile

from advthumb.generation import Source
from advthumb.prepared import taken
from advthumb.rendering import bytes_of

from .read_ahead import read_ahead
from .relations import all_made_by_tasks
from .upload_memory import memory

_HELD = "_advthumb_upload"


class _KeepsUpload(FieldFile):
    """A source that keeps its bytes when it is written to its storage.

    It comes right before `FieldFile` in the method resolution order. So it sees what is really written to the
    storage, after any subclass has changed it (to shrink uploads, for example).
    """

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Store a file under a name, as Django does, and keep its bytes until the row is saved."""
        # Django's own `pre_save` passes the file that was assigned.
        in_a_save = save or content is self.__dict__.get("_file")
        if all_made_by_tasks(type(self.instance), self.field):
            data, readable = None, content  # a worker reads it from the storage
        else:
            data, readable = read_ahead(content, name)
        super().save(name, readable, save=False)
        source = Source(self.storage, self.name or "", data, taken(content, data))
        file = getattr(self.instance, self.field.attname)
        file.__dict__[_HELD] = source, weakref.ref(self.instance)
        size = len(data or b"") + bytes_of(source.rendered)
        memory.add(source, size, in_a_save=in_a_save)
        del data
        if save:
            try:
                self.instance.save()
            finally:
                source.drop()
                memory.remove(source)

    def __copy__(self) -> Self:
        """Copy only what is pickled: a copy of the file is not an upload."""
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__getstate__())
        return copied

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        """Pickle as the class that the field has when loaded, because this class is made at run time."""
        return object.__new__, (_FileClass(self.field),), self.__getstate__()


class _FileClass:
    """Stands for the file class of a field in a pickle, so that the pickle contains no name of ours."""

    def __init__(self, field: "Field[Any, Any]") -> None:
        self._field = field

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self._field, "attr_class")


def held(file: FieldFile) -> Source | None:
    """Return the source of a file that was just stored, None if it was stored before.

    It still has its bytes, unless too many uploads wait; then they are read from the storage. A copy of the
    instance has no upload.
    """
    source, owner = file.__dict__.get(_HELD, (None, None))
    if source is None or owner() is not file.instance or source.name != file.name:
        return None
    kept: Source = source
    return kept


def release(file: FieldFile) -> None:
    """Release an upload after its row was saved."""
    source: Source | None = file.__dict__.pop(_HELD, (None, None))[0]
    if source is not None:
        source.drop()
        memory.remove(source)


@cache
def _keeping(file_class: type[FieldFile]) -> type[FieldFile]:
    bases = (_KeepsUpload,) if file_class is FieldFile else (file_class, _KeepsUpload)
    return type(file_class.__name__, bases, {"__module__": file_class.__module__})


def keep_uploads(source_field: object) -> None:
    """Make the files of a source field keep their bytes between upload and rendering.

    A field that is not a file field is left alone: a system check reports it (`advthumb.E002`).
    """
    if isinstance(source_field, FileField) and not issubclass(source_field.attr_class, _KeepsUpload):
        source_field.attr_class = _keeping(source_field.attr_class)  # type: ignore[arg-type]
