"""The one exception family that leaves an engine, and its codes."""

from collections.abc import Mapping
from enum import StrEnum
from textwrap import shorten
from types import MappingProxyType


class ErrorCode(StrEnum):
    """Why a thumbnail could not be made; the same words in logs, signals and JSON."""

    UNSUPPORTED = "unsupported"
    """The bytes are no picture, or a format that is not allowed or that no engine reads."""
    TOO_LARGE = "too-large"
    """The header announces more bytes, pixels or a longer side than the limits allow, or to decode it takes
    more time or memory than a process has (`ThumbnailError.for_now`)."""
    CORRUPT = "corrupt"
    """The format is right, the data is not: cut off, damaged or contradictory."""
    STORAGE = "storage"
    """The source could not be read from its storage, or the thumbnail not written to its own."""
    ENGINE = "engine"
    """The engine failed for a reason that is not the picture's fault."""


_LONGEST_REASON = 300
"""Characters."""
_SAYS_TOO_MUCH: Mapping[ErrorCode, str] = MappingProxyType(
    {
        ErrorCode.STORAGE: "a file could not be read or written; the log says which",
        ErrorCode.ENGINE: "the engine failed, for no fault of the file; the log says why",
    }
)


class ThumbnailError(Exception):
    """A thumbnail could not be made; `code` says which kind of reason it was.

    Args:
        message: One sentence for a person: what was wrong, with which value.
        code: The machine-readable reason.
        for_now: Whether the time or the memory of this process ran out, so that the same picture may well be
            made another time, or on another machine.
    """

    def __init__(self, message: str, code: ErrorCode, *, for_now: bool = False) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code
        self.for_now = for_now

    @property
    def reason(self) -> str:
        """What people who see the row are told: the code and the message, in one line of bounded length.

        Storages and engines put paths, addresses and the words of other libraries into their messages. Those
        are for the log, so the message is left out.
        """
        if self.code in _SAYS_TOO_MUCH:
            return f"{self.code}: {_SAYS_TOO_MUCH[self.code]}"
        return shorten(f"{self.code}: {self.message}", _LONGEST_REASON, placeholder=" …")

    def __str__(self) -> str:
        """Return the message followed by the code, as logs and commands print it."""
        return f"{self.message} [{self.code}]"
