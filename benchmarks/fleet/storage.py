"""The storage of a machine: S3, with calls that are counted and slowed down as if the network were long."""

import time
from collections import Counter
from threading import Lock
from typing import Any

from storages.backends.s3 import S3Storage

calls: "Counter[str]" = Counter()
"""The calls of this process by HTTP method."""

_lock = Lock()


class SlowStorage(S3Storage):
    """Counts each call, and waits `call_seconds` before it is sent."""

    def get_default_settings(self) -> dict[str, Any]:
        """Declare the option for how long to wait."""
        return super().get_default_settings() | {"call_seconds": 0.0}

    def _create_session(self) -> Any:
        """Each thread has a session of its own, so the session is what all calls go through."""
        session = super()._create_session()
        session.events.register("before-send.s3", self._slow_down)
        return session

    def _slow_down(self, request: Any, **_details: object) -> None:
        with _lock:
            calls[request.method] += 1
        time.sleep(self.call_seconds)
