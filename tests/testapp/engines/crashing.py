"""An engine whose decoder has a hole."""

import os
from typing import Any

from advthumb.engines.pillow import PillowEngine

MARK = b"crash me"


class CrashingEngine(PillowEngine):
    """Takes its process along when it meets a picture with a mark."""

    name = "crashing"

    def _clean(self, data: bytes, *args: Any) -> bytes:  # its decoder would not see what is behind the end
        if MARK in data:
            os.abort()
        return super()._clean(data, *args)
