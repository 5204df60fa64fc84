"""What every reader of a container needs: bounds, numbers, and the words for a refusal."""

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
        """Return the stream that a decoder is to see: the first picture, and nothing else."""


MAX_SEGMENTS = 10_000
"""How many segments, chunks or blocks beside those with pixels a file may have; real ones have tens."""

MAX_FRAMES = 100_000
"""How many frames a file may have, whether or not they are decoded: an hour of video has no more."""


def corrupt(what: str) -> ThumbnailError:
    """Return the error for a file that is damaged: cut off, or contradictory."""
    return ThumbnailError(f"the file is damaged: {what}", ErrorCode.CORRUPT)


def unsupported(what: str) -> ThumbnailError:
    """Return the error for a sound file of a kind that nobody here decodes rightly."""
    return ThumbnailError(f"the file is of a kind that is not supported: {what}", ErrorCode.UNSUPPORTED)


def too_large(what: str) -> ThumbnailError:
    """Return the error for a file whose header announces more work than a picture can need."""
    return ThumbnailError(f"the file asks for too much: {what}", ErrorCode.TOO_LARGE)


def unpacked(layout: str, data: bytes, at: int) -> tuple[Any, ...]:
    """Return the numbers at a place in a file.

    Args:
        layout: Their layout, as `struct` spells it.
        data: The file.
        at: Where they begin, in bytes.

    Raises:
        ThumbnailError: `corrupt`: the file ends before they do.
    """
    try:
        return struct.unpack_from(layout, data, at)
    except (struct.error, OverflowError) as error:  # a place of 64 bits may be more than Python counts to
        raise corrupt("it ends within its header") from error


def byte(data: bytes, at: int) -> int:
    """Return one byte of a file.

    Raises:
        ThumbnailError: `corrupt`: the file ends before it.
    """
    if at >= len(data):
        raise corrupt("it ends within its header")
    return data[at]


def clears(disposals: Iterable[Disposal]) -> bool:
    """Return whether frames leave some of their canvas transparent, in the order in which they are shown."""
    return any(
        each is Disposal.CLEAR or (each is Disposal.RESTORE and number == 0)
        for number, each in enumerate(disposals)
    )


_TOO_SHORT, _DEFAULT = 10, 100
"""Milliseconds: browsers show frames of the first for as long as the second."""


def shown_for(milliseconds: int) -> int:
    """Return for how many milliseconds a frame is shown that says how long, as browsers do it."""
    return _DEFAULT if milliseconds <= _TOO_SHORT else milliseconds
