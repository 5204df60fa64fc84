"""Sources that keep their bytes between upload and rendering.

An upload that is saved with its row is not read back from its storage. The uploads that wait for a later save
(`image.save(name, content, save=False)`) are limited for the whole process. Above the limit, bytes are
dropped, and read from the storage when they are needed.
"""

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from functools import cache
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any, Self

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db.models import Field, FileField
from django.db.models.fields.files import FieldFile

from advthumb import conf
from advthumb.generation import Source
from advthumb.prepared import taken
from advthumb.rendering import bytes_of

from .relations import all_made_by_tasks

MAX_WAITING = 8 * 2**20
"""How many bytes of uploads may wait in this process, not counting the newest one of each thread."""

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
        _waiting.add(source, size, in_a_save=in_a_save)
        del data
        if save:
            try:
                self.instance.save()
            finally:
                source.drop()
                _waiting.remove(source)

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


_NOTHING: "tuple[Callable[[], Source | None], int]" = (lambda: None, 0)


class _Waiting:
    """Limits the bytes of uploads whose row is not saved yet: the oldest are dropped.

    The newest upload of each thread is not counted, because most are rendered right away. But an upload above
    the limit is kept only while its row is being saved.

    Args:
        limit: Bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.RLock()  # the garbage collector may call `_forget` during `add`
        self._total = 0
        self._counted: dict[int, tuple[weakref.ref[Source], int]] = {}
        self._newest = threading.local()

    def go_on_after_fork(self) -> None:
        """Make a new lock and count again: a thread that held the old lock is not in the new process."""
        self._lock = threading.RLock()
        self._total = sum(size for _, size in self._counted.values())

    def add(self, source: Source, size: int, *, in_a_save: bool) -> None:
        """Hold an upload; older ones may be dropped to make room."""
        last: tuple[Callable[[], Source | None], int] = getattr(self._newest, "upload", _NOTHING)
        self._newest.upload = weakref.ref(source), size
        if size > self._limit and not in_a_save:
            source.drop()
        with self._lock:
            self._count(*last)
            while self._total > self._limit:
                oldest = self._counted[next(iter(self._counted))][0]()
                if oldest is not None:
                    oldest.drop()
                    self.remove(oldest)

    def _count(self, reference: Callable[[], Source | None], size: int) -> None:
        source = reference()
        if source is not None and size:
            key = id(source)
            self._counted[key] = weakref.ref(source, lambda _gone: self._forget(key)), size
            self._total += size

    def remove(self, source: Source) -> None:
        """Stop counting an upload, if it was counted."""
        self._forget(id(source))
        last: tuple[Callable[[], Source | None], int] = getattr(self._newest, "upload", _NOTHING)
        if last[0]() is source:
            self._newest.upload = _NOTHING

    def _forget(self, key: int) -> None:
        with self._lock:
            self._total -= self._counted.pop(key, (None, 0))[1]


_waiting = _Waiting(MAX_WAITING)
os.register_at_fork(after_in_child=_waiting.go_on_after_fork)


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
        _waiting.remove(source)


def read_ahead(content: Any, name: str) -> "tuple[bytes | None, File[Any]]":
    """Return the bytes of an upload, and a file from which a storage can read all of them.

    The bytes are None if there are more than the limit, because no thumbnail is made from them then. They are
    also None if the file cannot be read here: the storage will find out what is wrong with it.
    """
    file: File[Any] = content if hasattr(content, "chunks") else File(content, name)
    limit = conf.max_source_bytes()
    if size_of(file) > limit:
        return None, file
    if isinstance(file, ContentFile | InMemoryUploadedFile) and type(file.file) is BytesIO:
        return file.file.getvalue(), file  # shares the bytes and does not move the position
    read: deque[bytes] = deque()
    length = 0
    try:
        for chunk in file.chunks():
            read.append(_as_bytes(chunk))
            length += len(read[-1])
            if length > limit:
                break
    except Exception:
        if length:
            raise  # as the storage would, in the middle of the file
        return None, file
    rewound = rewind(file)
    if length > limit:
        return None, file if rewound else _Replayed(file, BufferedReader(_Rest(read, file)))
    data = b"".join(read)
    return data, file if rewound else _Replayed(file, BytesIO(data))


def size_of(file: "File[Any]") -> int:
    """Return the size of a file, 0 if it is unknown: a stream must be read to know its size."""
    try:
        size = file.size
    except Exception:  # noqa: BLE001 - a stream without a size may raise anything
        return 0
    return size if isinstance(size, int) else 0


def rewind(file: "File[Any]") -> bool:
    """Go back to the start of a file, and return whether that is certain to have worked."""
    try:
        file.seek(0)
        return bool(file.tell() == 0)
    except Exception:  # noqa: BLE001 - a stream that cannot go back may raise anything
        return False


def _as_bytes(chunk: Any) -> bytes:
    return chunk.encode() if isinstance(chunk, str) else bytes(chunk)


class _Replayed(File):  # type: ignore[type-arg]
    """A stream that cannot be read twice, with a file that has all of its bytes.

    Everything except the content comes from the stream.

    Args:
        stream: The stream.
        file: What to read instead.
    """

    def __init__(self, stream: "File[Any]", file: Any) -> None:
        super().__init__(file, stream.name)
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """Return what a storage may ask of the stream itself, such as `content_type`."""
        return getattr(self.__dict__["_stream"], name)


class _Rest(RawIOBase):
    """The part that was already read from a stream, then the rest of the stream.

    Bytes are released when they are read again.

    Args:
        read: What was already read, piece by piece; pieces are removed from it.
        stream: The stream.
    """

    def __init__(self, read: deque[bytes], stream: "File[Any]") -> None:
        self._read = read
        self._stream = stream
        self._left = b""

    def readable(self) -> bool:
        """Tell a `BufferedReader` that it may read."""
        return True

    def readinto(self, target: Any) -> int:
        """Fill a buffer with the bytes that are available, and return how many they are."""
        room = memoryview(target).cast("B")
        data = self._left
        if not data:
            data = self._read.popleft() if self._read else _as_bytes(self._stream.read(len(room)))
        count = min(len(data), len(room))
        room[:count], self._left = data[:count], data[count:]
        return count


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
