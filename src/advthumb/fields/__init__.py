"""The model field, and functions that bring the thumbnails of rows up to date.

To read the code, begin with `lifecycle`, which Django calls in saves and deletions. Then read `pictures`: the
thumbnails of one source of one row. `refresh` and the commands use the same object outside of saves.
"""

from advthumb.core.focal_point import FocalPoint

from .arguments import RESIZE_COVER, RESIZE_FILL, RESIZE_FIT, RESIZE_PAD, VALID_RESIZE_METHODS
from .change import Change
from .choices import Verify
from .dictionaries import ThumbnailDict
from .files import ThumbnailFieldFile
from .focal_point import FocalPointField
from .refresh import Refreshed, arefresh_thumbnails, iter_thumbnails, refresh_thumbnails
from .thumbnail import AdvanceThumbnailField

__all__ = [
    "RESIZE_COVER",
    "RESIZE_FILL",
    "RESIZE_FIT",
    "RESIZE_PAD",
    "VALID_RESIZE_METHODS",
    "AdvanceThumbnailField",
    "Change",
    "FocalPoint",
    "FocalPointField",
    "Refreshed",
    "ThumbnailDict",
    "ThumbnailFieldFile",
    "Verify",
    "arefresh_thumbnails",
    "iter_thumbnails",
    "refresh_thumbnails",
]
