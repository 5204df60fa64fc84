"""Helpers for all readers of containers: limits, numbers, and errors for refused files."""

import struct
from collections.abc import Iterable
from typing import Any, Protocol

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.images import Disposal, SourceInfo


class Reader(Protocol):
    """The functions of a reader."""

    def read(self, data: bytes) -> SourceInfo:
        """Return what the header says, or refuse the file."""

    def clean(self, data: bytes, info: SourceInfo) -> bytes:
        """Return the stream that the decoder sees: the first picture and nothing else."""


MAX_SEGMENTS = 10_000
"""The maximum number of segments, chunks or blocks without pixels in a file; real files have tens."""

MAX_FRAMES = 100_000
"""The maximum number of frames in a file, whether or not they are decoded; an hour of video has no more."""


def corrupt(what: str) -> ThumbnailError:
    """Return the error for a file that is damaged: truncated or contradictory.

    `what` completes the sentence. The same damage has the same words in every reader:

    - "its header ends early", "its pixel data ends early";
    - "a segment extends past the end of its container", or "of the file";
    - "a frame extends outside its canvas";
    - "its palette is missing", "it has no pixel data", "its header has no valid WIDTH";
    - "it has 3 tiles, but needs 4", "its header says 9x8 px, but its picture is 8x8 px".
    """
    return ThumbnailError(f"the file is damaged: {what}", ErrorCode.CORRUPT)


def unsupported(what: str) -> ThumbnailError:
    """Return the error for an intact file of a kind that no engine here decodes correctly."""
    return ThumbnailError(f"this kind of file is not supported: {what}", ErrorCode.UNSUPPORTED)


def too_large(what: str) -> ThumbnailError:
    """Return the error for a file whose header announces more work than any real picture needs."""
    return ThumbnailError(f"the file exceeds a limit: {what}", ErrorCode.TOO_LARGE)


def unpacked(layout: str, data: bytes, at: int) -> tuple[Any, ...]:
    """Return the numbers at an offset in a file.

    Args:
        layout: Their layout, in the format of `struct`.
        data: The file.
        at: Their offset in bytes.

    Raises:
        ThumbnailError: `corrupt`: the file ends before them.
    """
    try:
        return struct.unpack_from(layout, data, at)
    except (struct.error, OverflowError) as error:  # a 64-bit offset may be too large for Python
        raise corrupt("its header ends early") from error


def byte(data: bytes, at: int) -> int:
    """Return one byte of a file.

    Raises:
        ThumbnailError: `corrupt`: the file ends before it.
    """
    if at >= len(data):
        raise corrupt("its header ends early")
    return data[at]


def clears(disposals: Iterable[Disposal]) -> bool:
    """Return whether frames, in this order, leave a part of the canvas transparent."""
    return any(
        each is Disposal.CLEAR or (each is Disposal.RESTORE and number == 0)
        for number, each in enumerate(disposals)
    )


_TOO_SHORT, _DEFAULT = 10, 100
"""Milliseconds: browsers show frames that last at most the first value for the second value."""


def shown_for(milliseconds: int) -> int:
    """Return how many milliseconds browsers show a frame that declares this duration."""
    return _DEFAULT if milliseconds <= _TOO_SHORT else milliseconds
