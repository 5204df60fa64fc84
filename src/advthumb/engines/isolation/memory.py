"""The memory of an engine's process: its limit, and whether a picture may have reached it."""

import resource
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
_PEAK = b"VmPeak:"
_BYTES_PER_PIXEL = 8
_LEAST = 32 * 2**20
"""The bytes that a library may allocate at once in addition to the pixels."""


class Memory:
    """Limits the memory of this process, and forbids core files.

    Args:
        limit: The maximum address space, in bytes.
    """

    def __init__(self, limit: int) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._limit = limit
        self._status = None
        with suppress(OSError):  # not on Linux
            self._status = _STATUS.open("rb", buffering=0)  # now, because a sealed process cannot open files

    def may_have_run_out(self, pixels: int) -> bool:
        """Return whether a picture may have reached the limit, judging by the peak and its pixels.

        This is needed because some libraries report a picture as damaged when an allocation for it fails.

        Args:
            pixels: The number of pixels in the picture.
        """
        if self._status is None:
            return False
        self._status.seek(0)
        [line] = [line for line in self._status.read().splitlines() if line.startswith(_PEAK)]
        peak = int(line.split()[1]) * 1024
        return peak + max(_LEAST, pixels * _BYTES_PER_PIXEL) > self._limit
