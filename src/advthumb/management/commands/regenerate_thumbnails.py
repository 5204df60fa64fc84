"""Make stale thumbnails again. Run it after changing a size, for example."""

from advthumb.core.detection import REGENERATE
from advthumb.management.base import ThumbnailCommand


class Command(ThumbnailCommand):
    """Makes stale thumbnails and those of unknown origin again, and clears orphaned ones."""

    help = (
        "Make thumbnails again whose size, options or source changed, or whose origin is unknown (those of "
        "version 2), and clear those whose source was removed. "
        "Missing thumbnails are left to generate_thumbnails; sync_thumbnails does both."
    )
    due = REGENERATE
