"""An engine whose decoder has a hole."""

import os

from advthumb.core.images import SourceInfo
from advthumb.engines.pillow import PillowEngine

MARK = b"crash me"


class CrashingEngine(PillowEngine):
    """Takes its process along when it meets a picture with a mark, wherever in the file that is."""

    name = "crashing"

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        if MARK in data:
            os.abort()
        return super()._clean(data, info)
