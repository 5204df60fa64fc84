"""Make the thumbnails that do not exist. Run it after adding a field to a table with pictures."""

from advthumb.core.detection import GENERATE
from advthumb.management.base import ThumbnailCommand


class Command(ThumbnailCommand):
    """Makes the thumbnails that are `missing` or `lost`."""

    help = (
        "Make the thumbnails that are missing, and those whose file is lost. Pictures that failed before "
        "are tried again only with --force. Stale thumbnails are left to regenerate_thumbnails; "
        "sync_thumbnails does both."
    )
    due = GENERATE
