"""The errors of advthumb.

`ThumbnailError` means that one picture could not be made, `EngineUnavailable` that the set-up is wrong.
`EngineUnavailable` is deliberately not a `ThumbnailError`: code that continues after a bad picture must not
swallow a missing library. `SizeUnknownError` means that a thumbnail has no width and height.
"""

from django.core.exceptions import ImproperlyConfigured

from .core.errors import ErrorCode, ThumbnailError

__all__ = ["EngineUnavailable", "ErrorCode", "SizeUnknownError", "ThumbnailError"]


class EngineUnavailable(ImproperlyConfigured):
    """The chosen engine is unknown, or the library it needs is not installed."""


class SizeUnknownError(ValueError, AttributeError):
    """A thumbnail has no width and height: it does not exist, or an old one cannot be opened.

    It is a `ValueError` because Django raises one for an image field without a file. A template shows nothing
    instead: Django checks `silent_variable_failure`, and Jinja2 treats an `AttributeError` as undefined.
    """

    silent_variable_failure = True
