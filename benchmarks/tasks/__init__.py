"""The tasks of workers: each function prepares without timing, times what counts, and returns a dict.

`seconds` in an answer is wall time, `cpu` is the processor time of the process with all its threads.
"""

import gc
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command

Answer = dict[str, Any]


def timed(action: Callable[[], object]) -> Answer:
    """Do something once, with garbage collected before and not during it, and return its two times."""
    gc.collect()
    gc.disable()
    try:
        seconds, cpu = time.perf_counter(), time.process_time()
        action()
        return {"seconds": time.perf_counter() - seconds, "cpu": time.process_time() - cpu}
    finally:
        gc.enable()


def start_afresh() -> None:
    """Empty the database, the cache and the media folder."""
    call_command("flush", interactive=False, verbosity=0)
    cache.clear()
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
    (settings.MEDIA_ROOT / "photos").mkdir(parents=True)


def write_all(contents: list[bytes], folder: str, suffix: str) -> list[str]:
    """Write pictures for the main process to check, and return their paths."""
    paths = [Path(folder) / f"made-{place}{suffix}" for place in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return [str(path) for path in paths]


def model_of(contender: ModuleType, kind: str) -> Any:
    """Return a contender's model `Single` or `Triple`."""
    return getattr(contender, kind)
