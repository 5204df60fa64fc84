"""One kind of error for everything that fails in a storage."""

from advthumb.core.errors import ErrorCode, ThumbnailError


class storage_errors:  # noqa: N801 - used like a function, but three times as fast as one
    """Turn any exception of a storage into a `storage` ThumbnailError with its cause.

    Broad on purpose: storages are third-party code over a network and share no exception type.

    Args:
        doing: What is being done, for the message.
    """

    __slots__ = ("_doing",)

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Raise what went wrong, if anything did."""
        if isinstance(error, Exception) and not isinstance(error, ThumbnailError):
            raise trouble(self._doing, error) from error


def trouble(doing: str, error: Exception) -> ThumbnailError:
    """Return the error for an exception that a storage raised."""
    return ThumbnailError(f"{doing} failed: {str(error) or type(error).__name__}", ErrorCode.STORAGE)
