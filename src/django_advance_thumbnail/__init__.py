"""The name of version 2: everything here is advthumb's."""

from advthumb.fields import (
    RESIZE_COVER,
    RESIZE_FILL,
    RESIZE_FIT,
    VALID_RESIZE_METHODS,
    AdvanceThumbnailField,
)

__all__ = [
    "RESIZE_COVER",
    "RESIZE_FILL",
    "RESIZE_FIT",
    "VALID_RESIZE_METHODS",
    "AdvanceThumbnailField",
]
