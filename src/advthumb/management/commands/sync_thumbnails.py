"""Update every thumbnail in one pass: does what generate_thumbnails and regenerate_thumbnails do."""

from advthumb.core.detection import SYNC
from advthumb.management.base import ThumbnailCommand


class Command(ThumbnailCommand):
    """Makes thumbnails that are missing, lost, stale or of unknown origin, and clears orphaned ones."""

    help = (
        "Bring every thumbnail up to date in one pass: make those that are missing or lost, make stale ones "
        "again, and clear those whose source was removed. It does what generate_thumbnails and "
        "regenerate_thumbnails do together."
    )
    due = SYNC
