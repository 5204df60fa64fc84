"""The first use of an engine in a process: its time, and the memory that stays in use.

`bench_formats` starts it with an engine as JSON and the path of a source; it prints its answer as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from harness.memory import memory_of

from advthumb import conf
from advthumb.core.planning import plan
from advthumb.core.spec import ThumbnailSpec
from advthumb.generation import examine


def main(reference: Any, source: str) -> None:
    """Make one thumbnail, and print the seconds and the MiB of the processes started for it."""
    settings.configure(ADVANCE_THUMBNAIL_ENGINE=reference, INSTALLED_APPS=["advthumb"])
    django.setup()
    data = Path(source).read_bytes()
    started = time.perf_counter()
    engine, info = examine(data, conf.engines())
    engine.render(data, info, [plan(ThumbnailSpec(width=300, height=300), info, engine.shrink_margin)])
    seconds = time.perf_counter() - started
    [memory] = (memory_of(process.pid) for process in engine._pool._idle)
    print(json.dumps({"seconds": seconds, "memory": memory.whole, "own": memory.own}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
