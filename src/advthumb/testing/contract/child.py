"""A process that renders files one by one and reports the cost of each; `watch.py` starts it.

It reads one path per line, and answers with one line of JSON per path.
"""

import json
import os
import re
import resource
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import django.conf

from advthumb.conf import EngineReference
from advthumb.core.errors import ThumbnailError
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.isolation import IsolatedEngine
from advthumb.testing import pictures

from .rendering import probe, render_all, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

WATCHED = (
    "open",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "socket.",
    "ctypes.dlopen",
)
"""Python's audit events for opening files, starting programs and using the network."""

GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""Makes glibc return freed memory to the system. Otherwise it would use the memory again, without growth."""

KEPT = {"max_pictures": sys.maxsize}
"""Prevents that a process is replaced because of its age: the test would blame the picture for this."""

events: list[str] = []


def main(reference: EngineReference) -> None:
    """Render files until there are no more paths."""
    django.conf.settings.configure()
    isolated = registry.engine_class(reference).isolated
    engine = registry.engine(kept(reference) if isolated else reference)
    if isinstance(engine, IsolatedEngine):
        engine.environment = MappingProxyType({**engine.environment, **GIVEN_BACK})
    if not (
        isinstance(reference, str) and reference in registry.PREVIEWS
    ):  # these have already rendered their samples
        warm_up(engine)
    sys.addaudithook(note)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        data = Path(line.rstrip("\n")).read_bytes()
        before, others, started = fresh_peak(), below(), worked()
        events.clear()
        answer = attempt(engine, data)
        answer["events"] = [*events, *changes(others, below())]
        answer["seconds"] = worked() - started
        answer["growth"] = peak() - before
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def kept(reference: EngineReference) -> EngineReference:
    """Return a reference to the same engine, with processes that are never replaced because of their age."""
    given: Mapping[str, Any] = {"BACKEND": reference} if isinstance(reference, str) else reference
    return {**given, "OPTIONS": {**given.get("OPTIONS", {}), **KEPT}}


def attempt(engine: ThumbnailEngine, data: bytes) -> dict[str, Any]:
    """Render one file at a common size and return the outcome."""
    answer: dict[str, Any] = {}
    try:
        answer["display"] = probe(engine, data).display_size
        [thumbnail] = render_all(engine, data, wanted(100, 100, None))
        answer["size"], answer["format"] = thumbnail.size, thumbnail.format
    except ThumbnailError as error:
        answer |= {"code": error.code, "message": error.message, "caused": error.__cause__ is not None}
    return answer


def warm_up(engine: ThumbnailEngine) -> None:
    """Use everything once, so that later only the files themselves are measured."""
    for image_format in sorted(engine.reads & set(pictures.RASTER_FORMATS)):
        data = pictures.encode(pictures.photo_pixels(640, 480), image_format, icc_profile=pictures.P3.icc)
        render_all(engine, data, *(wanted(100, 100, output) for output in sorted(engine.writes)))


def note(event: str, args: tuple[Any, ...]) -> None:
    """Record an event that a decoder must not cause."""
    if event.startswith(WATCHED):
        events.append(f"{event} {args[:1]}")


def processes() -> list[Path]:
    """Return the /proc folders of this process and of those that it started."""
    lists = Path("/proc/self/task").glob("*/children")
    started = [Path("/proc", number) for each in lists for number in each.read_text().split()]
    return [Path("/proc/self"), *sorted(started)]


def below() -> dict[str, tuple[int, str, str]]:
    """Return the open files and child processes of an engine's processes, which audit hooks here miss."""
    facts = {}
    for process in processes()[1:]:
        started = "".join(each.read_text() for each in process.glob("task/*/children"))
        # The minor page faults of child processes that have ended: 0 if there were none.
        faults = (process / "stat").read_text().rpartition(")")[2].split()[8]
        facts[process.name] = (len(list((process / "fd").iterdir())), started, faults)
    return facts


def worked() -> float:
    """Return the CPU time of this process and of those that it started, in seconds.

    Elapsed time would depend on what else the machine does.
    """
    stats = [process / "stat" for process in processes()]
    if not stats[0].exists():
        return time.process_time()
    fields = [stat.read_text().rpartition(")")[2].split() for stat in stats]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def changes(before: dict[str, tuple[int, str, str]], after: dict[str, tuple[int, str, str]]) -> list[str]:
    """Return the changes that a picture must not cause in these processes: files opened, programs started."""
    return [
        f"process {each}: {before[each]} became {after.get(each)}"
        for each in before
        if before[each] != after.get(each)
    ]


def fresh_peak() -> int:
    """Reset the peak memory, if the system can, and return the memory that is resident now."""
    for process in processes():
        if (process / "clear_refs").exists():
            (process / "clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """Return the peak resident memory of this process and of those that it started, in bytes."""
    statuses = [process / "status" for process in processes()]
    if statuses[0].exists():  # on Linux, getrusage() includes the memory of the parent before exec
        found = (re.search(r"VmHWM:\s+(\d+)", status.read_text()) for status in statuses)
        return sum(int(kilobytes[1]) * 1024 for kilobytes in found if kilobytes)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
