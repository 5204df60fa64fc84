"""Set how the C library keeps freed memory in a process that only renders."""

import ctypes
import os
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
_LARGEST_KEPT = 32 * 2**20
"""Bytes: the largest M_MMAP_THRESHOLD that glibc allows (HEAP_MAX_SIZE / 2)."""
_KEPT = 512 * 2**20
"""Bytes: enough for all pictures that a command works on at once."""
_USERS_OWN = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES")


def keep_freed_memory(most: int = _KEPT) -> bool:
    """Make glibc keep the memory of one picture for the next, instead of returning it to the kernel.

    By default each large block is mapped again, and the kernel clears it page by page while the other threads
    wait. The change lasts for the rest of this process, which then uses more memory. So use it in a process
    that only renders, and never in one that serves pages.

    Args:
        most: How many bytes to keep at the end of the heap.

    Returns:
        Whether it was done. It is not done without glibc, or if the environment already tunes malloc.
    """
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in _USERS_OWN):
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT) and mallopt(_TRIM_THRESHOLD, most))
