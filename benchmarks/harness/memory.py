"""How much memory a process uses."""

import resource
import sys
from pathlib import Path
from typing import NamedTuple

_STATUS = Path("/proc/self/status")
_MIB = 2**20


class Memory(NamedTuple):
    """The memory of a process in MiB: everything it has loaded, and what it shares with no other process."""

    whole: float
    own: float


def peak_memory() -> float:
    """Return the peak of this process in MiB.

    In `ru_maxrss` a child inherits the peak of its parent on Linux, so the kernel's own high-water
    mark is read if there is one.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / _MIB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MIB


def memory_of(process: int) -> Memory:
    """Return the current memory of a process by its id.

    Raises:
        OSError: The system does not report it, or the process has ended.
    """
    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()[1:]
    found = {
        name: int(value.split()[0]) * 1024 / _MIB
        for name, _, value in (line.partition(":") for line in lines)
    }
    return Memory(found["Rss"], found["Private_Dirty"])
