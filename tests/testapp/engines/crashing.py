"""An engine whose decoder can crash."""

import os

from advthumb.core.images import SourceInfo
from advthumb.engines.pillow import PillowEngine

MARK = b"crash me"


class CrashingEngine(PillowEngine):
    """Crashes its process on a picture with a mark anywhere in the file."""

    name = "crashing"

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        if MARK in data:
            os.abort()
        return super()._clean(data, info)
