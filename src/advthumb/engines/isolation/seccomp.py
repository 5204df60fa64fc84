"""A seccomp filter, which limits the system calls of a process. For Linux on x86-64 and on 64-bit ARM.

The kernel runs a small program before every system call. Ours allows a list of calls: those that compute,
allocate memory, or read and write files that are already open. A few others get a fixed answer, and the rest
fail with EPERM, an error that libraries know how to handle. A call from the table of another architecture
kills the process. A filter cannot be removed, and applies to all threads of the process.

Layouts and values are those of the Linux headers: linux/seccomp.h (operations, actions, `seccomp_data`),
linux/filter.h (`sock_filter`, `sock_fprog`), linux/bpf_common.h (instructions), linux/audit.h
(architectures), linux/prctl.h, linux/sched.h (`CLONE_THREAD`). Numbers of calls: syscall_64.tbl of arch/x86,
and asm-generic/unistd.h for ARM.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

# linux/bpf_common.h: what an instruction does
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS: the word at an offset of `seccomp_data`
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45  # BPF_JMP | BPF_K | BPF_JEQ, BPF_JGE, BPF_JSET
_RETURN = 0x06  # BPF_RET | BPF_K

# linux/seccomp.h: offsets in `seccomp_data`, and what a program can return
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
ALLOW, KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000

_X32 = 0x40000000  # the bit that marks the calls of the second table (x32) of x86-64

_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_SET_MODE_FILTER, _ALL_THREADS = 1, 1  # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC
_CLONE_THREAD = 0x00010000  # linux/sched.h

_Calls = Mapping[str, tuple[int, int]]

ALLOWED: _Calls = MappingProxyType(
    {
        # files that are already open
        "read": (0, 63),
        "write": (1, 64),
        "readv": (19, 65),
        "writev": (20, 66),
        "close": (3, 57),
        "lseek": (8, 62),
        "fstat": (5, 80),
        # memory
        "mmap": (9, 222),
        "munmap": (11, 215),
        "mremap": (25, 216),
        "mprotect": (10, 226),
        "madvise": (28, 233),
        "brk": (12, 214),
        # its existing threads
        "futex": (202, 98),
        "set_robust_list": (273, 99),
        "rseq": (334, 293),
        "sched_yield": (24, 124),
        "sched_getaffinity": (204, 123),
        "getpid": (39, 172),
        "gettid": (186, 178),
        # signals to itself, and the alarm
        "rt_sigaction": (13, 134),
        "rt_sigprocmask": (14, 135),
        "rt_sigreturn": (15, 139),
        "sigaltstack": (131, 132),
        "restart_syscall": (219, 128),
        "setitimer": (38, 103),
        # time and randomness
        "clock_gettime": (228, 113),
        "clock_getres": (229, 114),
        "clock_nanosleep": (230, 115),
        "nanosleep": (35, 101),
        "gettimeofday": (96, 169),
        "times": (100, 153),
        "getrandom": (318, 278),
        # the end
        "exit": (60, 93),
        "exit_group": (231, 94),
    }
)
"""The system calls that a sealed process may make, with their numbers on x86-64 and on ARM."""

_TGKILL, _CLONE, _CLONE3, _SECCOMP = (234, 131), (56, 220), (435, 435), (317, 277)
_ACCESS = (21, 48)  # on ARM `faccessat`


class Machine(NamedTuple):
    """A processor: the value by which the kernel marks its calls, and the index of its number in a pair."""

    architecture: int
    which: int


MACHINES: Mapping[str, Machine] = MappingProxyType(
    {"x86_64": Machine(0xC000003E, 0), "aarch64": Machine(0xC00000B7, 1)}  # linux/audit.h
)


class Instruction(NamedTuple):
    """A `sock_filter`: an operation, how many instructions to skip if it is true or false, and its value."""

    code: int
    if_true: int
    if_false: int
    value: int


class NoSeccompError(Exception):
    """This system has no such filter, or does not let us set one."""


def install(*, threads: bool) -> None:
    """Restrict this process permanently, including all of its threads.

    Args:
        threads: Whether it may start threads. It may never start processes.

    Raises:
        NoSeccompError: A filter is not possible here. No call is restricted, but on Linux the process may
            already be unable to gain privileges.
    """
    machine = MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        msg = f"there is no filter of system calls for {sys.platform} on {platform.machine()}"
        raise NoSeccompError(msg)
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        raise NoSeccompError("there is no filter of system calls for 32 bits")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise NoSeccompError(f"no_new_privs cannot be set: {os.strerror(ctypes.get_errno())}")
    instructions = program(machine, os.getpid(), threads=threads)
    packed = b"".join(struct.pack("=HBBI", *each) for each in instructions)
    content = ctypes.create_string_buffer(packed, len(packed))
    whole = _Program(len(instructions), ctypes.addressof(content))
    call, mode, threads_too = _SECCOMP[machine.which], _SET_MODE_FILTER, _ALL_THREADS
    if libc.syscall(*map(ctypes.c_long, (call, mode, threads_too)), ctypes.byref(whole)):
        raise NoSeccompError(f"the filter cannot be set: {os.strerror(ctypes.get_errno())}")


class _Program(ctypes.Structure):
    """A `sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def program(machine: Machine, process: int, *, threads: bool) -> list[Instruction]:
    """Return the filter.

    Args:
        machine: The processor whose calls are allowed.
        process: The id of the process. It may send signals to itself, because `abort` does so.
        threads: Whether threads may be started.
    """
    return list(_program(machine, process, threads=threads))


def _program(machine: Machine, process: int, *, threads: bool) -> Iterator[Instruction]:
    yield _load(_ARCHITECTURE)
    yield Instruction(_IF_EQUAL, 1, 0, machine.architecture)
    yield _answer(KILL)
    yield _load(_NUMBER)
    yield Instruction(_IF_AT_LEAST, 0, 1, _X32)
    yield _answer(KILL)
    for pair in ALLOWED.values():
        yield from _where(pair[machine.which], [_answer(ALLOW)])
    own = Instruction(_IF_EQUAL, 0, 1, process)
    yield from _where(
        _TGKILL[machine.which], [_load(_FIRST_ARGUMENT), own, _answer(ALLOW), error(errno.EPERM)]
    )
    # Font libraries check whether they may read a file that they hold open. The answer is always yes.
    yield from _where(_ACCESS[machine.which], [error(0)])
    # The C library tries `clone3`, whose flags a filter cannot see, and then `clone`.
    yield from _where(_CLONE3[machine.which], [error(errno.ENOSYS)])
    if threads:
        thread = Instruction(_IF_ANY_BIT, 0, 1, _CLONE_THREAD)
        checks = [_load(_FIRST_ARGUMENT), thread, _answer(ALLOW)]
        yield from _where(_CLONE[machine.which], [*checks, error(errno.EPERM)])
    yield from _where(_CLONE[machine.which], [error(errno.EAGAIN)])  # as if there were too many threads
    yield error(errno.EPERM)


def _where(number: int, then: list[Instruction]) -> Iterator[Instruction]:
    yield Instruction(_IF_EQUAL, 0, len(then), number)
    yield from then


def _load(offset: int) -> Instruction:
    return Instruction(_LOAD, 0, 0, offset)


def _answer(value: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, value)


def error(number: int) -> Instruction:
    """Return the instruction that makes a call fail with this error number."""
    return _answer(_ERROR | number)
