"""A process that renders files one by one and reports what each cost: started by `watch.py`.

Reads one path per line, answers one line of JSON per path.
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
"""Python's audit events by which it opens files, starts programs and talks to the network."""

GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""Has glibc give back all memory that is freed. What it kept would be used again, and count as no growth."""

KEPT = {"max_pictures": sys.maxsize}
"""Has a process never replaced for its age: another one would count as something that a picture did."""

events: list[str] = []


def main(reference: EngineReference) -> None:
    """Serve until there are no more paths."""
    django.conf.settings.configure()
    isolated = registry.engine_class(reference).isolated
    engine = registry.engine(kept(reference) if isolated else reference)
    if isinstance(engine, IsolatedEngine):
        engine.environment = MappingProxyType({**engine.environment, **GIVEN_BACK})
    if not (
        isinstance(reference, str) and reference in registry.PREVIEWS
    ):  # they have rendered their samples
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
    """Return the reference of the same engine in processes that are never replaced for their age."""
    given: Mapping[str, Any] = {"BACKEND": reference} if isinstance(reference, str) else reference
    return {**given, "OPTIONS": {**given.get("OPTIONS", {}), **KEPT}}


def attempt(engine: ThumbnailEngine, data: bytes) -> dict[str, Any]:
    """Render one file at a common size and say what came of it."""
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
    """Remember what a decoder has no business to do."""
    if event.startswith(WATCHED):
        events.append(f"{event} {args[:1]}")


def processes() -> list[Path]:
    """Return this process and those that it started, as Linux shows them."""
    lists = Path("/proc/self/task").glob("*/children")
    started = [Path("/proc", number) for each in lists for number in each.read_text().split()]
    return [Path("/proc/self"), *sorted(started)]


def below() -> dict[str, tuple[int, str, str]]:
    """Return what the processes of an engine hold open and have started, which no hook here hears of."""
    facts = {}
    for process in processes()[1:]:
        started = "".join(each.read_text() for each in process.glob("task/*/children"))
        # The faults of processes that were started and have ended: 0 as long as there were none.
        faults = (process / "stat").read_text().rpartition(")")[2].split()[8]
        facts[process.name] = (len(list((process / "fd").iterdir())), started, faults)
    return facts


def worked() -> float:
    """Return the seconds that processors have worked for this process and those below it.

    By the clock, a machine that is busy otherwise would take longer.
    """
    stats = [process / "stat" for process in processes()]
    if not stats[0].exists():
        return time.process_time()
    fields = [stat.read_text().rpartition(")")[2].split() for stat in stats]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def changes(before: dict[str, tuple[int, str, str]], after: dict[str, tuple[int, str, str]]) -> list[str]:
    """Return what such processes have no business to do: to open, to start, to end."""
    return [
        f"process {each}: {before[each]} became {after.get(each)}"
        for each in before
        if before[each] != after.get(each)
    ]


def fresh_peak() -> int:
    """Forget earlier peaks, where the system can, and return what is resident now."""
    for process in processes():
        if (process / "clear_refs").exists():
            (process / "clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """Return the most memory that was resident in this process and those below it, in bytes."""
    statuses = [process / "status" for process in processes()]
    if statuses[0].exists():  # on Linux getrusage() counts the parent's memory, from before exec
        found = (re.search(r"VmHWM:\s+(\d+)", status.read_text()) for status in statuses)
        return sum(int(kilobytes[1]) * 1024 for kilobytes in found if kilobytes)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
