"""The one exception family that leaves an engine, and its codes."""

from enum import StrEnum


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

    def __str__(self) -> str:
        """Return the message followed by the code, as logs and commands print it."""
        return f"{self.message} [{self.code}]"
