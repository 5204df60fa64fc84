"""advthumb: stored thumbnails that stay up to date with their source images.

`advthumb.fields.AdvanceThumbnailField` is the model field. `advthumb.signals` reports what was made and what
failed. `advthumb.engines.base.ThumbnailEngine` is the contract for an imaging library.

The names below are loaded on first use, so importing this package needs neither settings nor an imaging
library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.detection import Verdict
    from .exceptions import EngineUnavailable, ErrorCode, ThumbnailError
    from .fields import (
        RESIZE_COVER,
        RESIZE_FILL,
        RESIZE_FIT,
        RESIZE_PAD,
        VALID_RESIZE_METHODS,
        AdvanceThumbnailField,
        Change,
        FocalPoint,
        FocalPointField,
        Refreshed,
        ThumbnailDict,
        ThumbnailFieldFile,
        arefresh_thumbnails,
        iter_thumbnails,
        refresh_thumbnails,
    )

__version__ = "3.0.0"

__all__ = [
    "RESIZE_COVER",
    "RESIZE_FILL",
    "RESIZE_FIT",
    "RESIZE_PAD",
    "VALID_RESIZE_METHODS",
    "AdvanceThumbnailField",
    "Change",
    "EngineUnavailable",
    "ErrorCode",
    "FocalPoint",
    "FocalPointField",
    "Refreshed",
    "ThumbnailDict",
    "ThumbnailError",
    "ThumbnailFieldFile",
    "Verdict",
    "arefresh_thumbnails",
    "iter_thumbnails",
    "refresh_thumbnails",
]

_HOMES = {
    "EngineUnavailable": "exceptions",
    "ErrorCode": "exceptions",
    "ThumbnailError": "exceptions",
    "Verdict": "core.detection",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home module; most live in `fields`."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'fields')}"), name)


def __dir__() -> list[str]:
    """List the lazy names too."""
    return sorted({*globals(), *__all__})
