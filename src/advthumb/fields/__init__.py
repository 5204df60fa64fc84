"""The model field and what keeps its column in step with the source.

Read `refresh` first: it decides and renders for one row. `lifecycle` calls it from saves, and
`refresh_thumbnails` and the commands call it for rows that are not being saved.
"""

from .arguments import RESIZE_COVER, RESIZE_FILL, RESIZE_FIT, RESIZE_PAD, VALID_RESIZE_METHODS
from .files import ThumbnailFieldFile
from .refresh import refresh_thumbnails
from .thumbnail import AdvanceThumbnailField

__all__ = [
    "RESIZE_COVER",
    "RESIZE_FILL",
    "RESIZE_FIT",
    "RESIZE_PAD",
    "VALID_RESIZE_METHODS",
    "AdvanceThumbnailField",
    "ThumbnailFieldFile",
    "refresh_thumbnails",
]
