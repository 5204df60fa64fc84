"""Make the thumbnails that are not there: run it after adding a field to a table with pictures."""

from advthumb.core.detection import GENERATE
from advthumb.management.base import ThumbnailCommand


class Command(ThumbnailCommand):
    """Makes what is `missing` or `lost`."""

    help = (
        "Make the thumbnails that are missing, or whose file is lost. "
        "Pictures that failed before are tried again only with --force."
    )
    due = GENERATE
