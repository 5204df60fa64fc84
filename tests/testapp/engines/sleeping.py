"""An engine that never finishes."""

import time

from advthumb.core.images import SourceInfo
from advthumb.engines.pillow import PillowEngine


class SleepingEngine(PillowEngine):
    """Sleeps on every picture."""

    name = "sleeping"

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        time.sleep(60)
        return super()._clean(data, info)
