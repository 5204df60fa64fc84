"""The only exceptions that an engine raises, and their codes."""

from collections.abc import Mapping
from enum import StrEnum
from textwrap import shorten
from types import MappingProxyType


class ErrorCode(StrEnum):
    """Why a thumbnail could not be made; the same words in logs, signals and JSON."""

    UNSUPPORTED = "unsupported"
    """The bytes are not a picture, or the format is not allowed or not readable by any engine."""
    TOO_LARGE = "too-large"
    """The header announces more bytes, more pixels or a longer side than the limits allow, or decoding takes
    more time or memory than the process has (`ThumbnailError.for_now`)."""
    CORRUPT = "corrupt"
    """The format is supported, but the data is truncated, damaged or contradictory."""
    STORAGE = "storage"
    """The source could not be read from its storage, or the thumbnail could not be written to its storage."""
    ENGINE = "engine"
    """The engine failed for a reason other than the picture."""


_LONGEST_REASON = 300
"""Characters."""
_SAYS_TOO_MUCH: Mapping[ErrorCode, str] = MappingProxyType(
    {
        ErrorCode.STORAGE: "a file could not be read or written; the log says which",
        ErrorCode.ENGINE: "the engine failed although the file is not at fault; the log says why",
    }
)


class ThumbnailError(Exception):
    """A thumbnail could not be made; `code` says why.

    Args:
        message: One sentence for a person: what was wrong, with which value.
        code: The machine-readable reason.
        for_now: Whether this process ran out of time or memory, so that the same picture may succeed later or
            on another machine.
    """

    def __init__(self, message: str, code: ErrorCode, *, for_now: bool = False) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code
        self.for_now = for_now

    @property
    def reason(self) -> str:
        """The text for people who see the row: the code and the message, in one line of limited length.

        The messages of storages and engines contain paths, addresses and texts of other libraries. Those
        belong in the log only, so the message is left out for these two codes.
        """
        if self.code in _SAYS_TOO_MUCH:
            return f"{self.code}: {_SAYS_TOO_MUCH[self.code]}"
        return shorten(f"{self.code}: {self.message}", _LONGEST_REASON, placeholder=" …")

    def __str__(self) -> str:
        """Return the message followed by the code, as logs and commands print it."""
        return f"{self.message} [{self.code}]"
