"""The errors of advthumb.

`ThumbnailError` says that one picture could not be made; `EngineUnavailable` that the set-up is
wrong. The second is deliberately no kind of the first: code that goes on after a bad picture must
not swallow a missing library.
"""

from django.core.exceptions import ImproperlyConfigured

from .core.errors import ErrorCode, ThumbnailError

__all__ = ["EngineUnavailable", "ErrorCode", "ThumbnailError"]


class EngineUnavailable(ImproperlyConfigured):
    """The chosen engine is unknown, or the library it needs is not installed."""
