"""Make the thumbnails anew that are out of step: run it after changing a size, say."""

from advthumb.core.detection import REGENERATE
from advthumb.management.base import ThumbnailCommand


class Command(ThumbnailCommand):
    """Makes what is stale or of unknown making, and clears what is orphaned."""

    help = (
        "Make the thumbnails anew that are of another size, of other options or of another source, or of "
        "which nothing is known (as those of version 2), and clear those whose source was removed. "
        "Missing ones are left to generate_thumbnails."
    )
    due = REGENERATE
