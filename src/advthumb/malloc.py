"""How the C library keeps memory in a process that does nothing but render."""

import ctypes
import os
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
_LARGEST_KEPT = 32 * 2**20
"""Bytes: the most that glibc lets M_MMAP_THRESHOLD be (HEAP_MAX_SIZE / 2)."""
_KEPT = 512 * 2**20
"""Bytes: enough for all pictures that a command works on at once."""
_USERS_OWN = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES")


def keep_freed_memory(most: int = _KEPT) -> bool:
    """Have glibc keep the memory of one picture for the next, instead of handing it back to the kernel.

    By default each large block is mapped anew, and the kernel clears it page by page while the other threads
    wait. It holds for the rest of this process, which needs more memory for it: so it is for a process that
    does nothing else, and never for one that serves pages.

    Args:
        most: How many bytes to keep at the end of the heap.

    Returns:
        Whether it was done: not without glibc, nor where the environment says how memory is to be kept.
    """
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in _USERS_OWN):
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT) and mallopt(_TRIM_THRESHOLD, most))
