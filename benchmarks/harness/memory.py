"""How much memory this process has used at most."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_MIB = 2**20


def peak_memory() -> float:
    """Return the peak of this process in MiB.

    Linux hands the peak of the parent down to a child in `ru_maxrss`, so the kernel's own high-water
    mark is read where there is one.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / _MIB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MIB
