"""The memory of an engine's process: its limit, and whether a picture may have come up against it."""

import resource
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
_PEAK = b"VmPeak:"
_BYTES_PER_PIXEL = 8
_LEAST = 32 * 2**20
"""What a library may want in one piece beside the pixels, in bytes."""


class Memory:
    """Gives this process no more memory than that, and no core files.

    Args:
        limit: Bytes of address space.
    """

    def __init__(self, limit: int) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._limit = limit
        self._status = None
        with suppress(OSError):  # not on Linux
            self._status = _STATUS.open("rb", buffering=0)  # now: a sealed process opens nothing

    def may_have_run_out(self, pixels: int) -> bool:
        """Return whether a picture of so many pixels may not have fitted beside what was in use at the most.

        Some libraries say of a picture for which they get no memory that it is damaged.
        """
        if self._status is None:
            return False
        self._status.seek(0)
        [line] = [line for line in self._status.read().splitlines() if line.startswith(_PEAK)]
        peak = int(line.split()[1]) * 1024
        return peak + max(_LEAST, pixels * _BYTES_PER_PIXEL) > self._limit
