"""Reads an upload before its storage does, and gives the storage a file from which it can read all of it."""

from collections import deque
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import InMemoryUploadedFile

from advthumb import conf


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
