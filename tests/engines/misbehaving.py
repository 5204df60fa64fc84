"""An engine that does what its source says: anything that a hostile picture could make a library do."""

import ctypes
import os
import platform
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from django.core import checks

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Encoding, Size, SourceInfo
from advthumb.engines.isolation.wire import TICKET_BYTES, Message

from .fake import FakeEngine, FakePicture

REFERENCE = "tests.engines.misbehaving.MisbehavingEngine"

_FOREIGN = bytes(TICKET_BYTES) + b"".join(
    Message({"sizes": [[50, 38]], "previews": [None]}, [b"\x89PNG\r\n\x1a\nsomebody else's", b""]).parts()
)
"""A well-formed answer that belongs to no request."""


_PTRACE_SEIZE = 0x4206  # linux/ptrace.h


class _Part(ctypes.Structure):
    """A `struct iovec`."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _ticket() -> bytes:
    """Return the ticket of the current request, as an attacker inside the process would find it."""
    frame = sys._getframe()
    while "ticket" not in frame.f_locals:
        assert frame.f_back is not None
        frame = frame.f_back
    found: bytes = frame.f_locals["ticket"]
    return found


def _write_everywhere(data: bytes) -> None:
    """Write to every open file descriptor."""
    for number in range(3, 20):
        try:
            os.write(number, data)
        except OSError:
            continue


def _take(megabytes: str) -> None:
    taken = bytearray(int(megabytes) << 20)
    taken[:: 1 << 12] = bytes(range(256)) * (len(taken) >> 20)  # or the system would not count it


class MisbehavingEngine(FakeEngine):
    """Its source is the name of a method and the arguments."""

    name = "misbehaving"

    def check(self) -> list[checks.CheckMessage]:
        return [checks.Warning("It misbehaves.", hint="Do not use it.", id="tests.W001")]

    def versions(self) -> dict[str, str]:
        return {**os.environ, "process": str(os.getpid())}

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        if data == b"early":
            os.abort()
        info = super()._header(data, image_format, max_frames)
        return replace(info, size=Size(20_000, 20_000)) if data == b"damage large" else info

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> FakePicture:
        order, _, rest = stream.decode().partition(" ")
        getattr(self, f"do_{order}", lambda _rest: None)(rest)
        return super()._decode(stream, info, floor)

    def do_abort(self, _rest: str) -> None:
        os.abort()

    def do_fill(self, megabytes: str) -> None:
        """Allocate memory, and abort when none is left, as C++ libraries do."""
        _take(megabytes)
        os.abort()

    def do_fill_and_exit(self, megabytes: str) -> None:
        """Allocate memory, and exit when none is left, as Python does if nothing catches the error."""
        _take(megabytes)
        os._exit(1)

    def do_segfault(self, _rest: str) -> None:
        ctypes.string_at(0)

    def do_signal(self, number: str) -> None:
        os.kill(os.getpid(), int(number))

    def do_exit(self, status: str) -> None:
        os._exit(int(status))

    def do_raise(self, _rest: str) -> None:
        raise KeyboardInterrupt

    def do_hang(self, _rest: str) -> None:
        time.sleep(600)

    def do_hang_deaf(self, path: str) -> None:
        """Create a file to show that the call has started, then hang."""
        Path(path).touch()
        time.sleep(600)

    def do_allocate(self, megabytes: str) -> None:
        bytearray(int(megabytes) << 20)

    def do_count_faults(self, megabytes: str) -> None:
        """Report how many pages the kernel must provide for memory that was freed a moment before."""
        for _ in range(2):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            b"1" * (int(megabytes) << 20)
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        raise ThumbnailError(str(faults), ErrorCode.ENGINE)

    def do_answer(self, text: str) -> None:
        """Answer with these bytes, as an attacker inside the process could, and stay alive."""
        _write_everywhere(_ticket() + text.encode("latin-1"))
        time.sleep(600)

    def do_answer_early(self, _rest: str) -> None:
        """Send an unrequested answer right before the requested one."""
        _write_everywhere(_FOREIGN)

    def do_answer_late(self, _rest: str) -> None:
        """Send an unrequested answer after the requested one."""
        threading.Timer(0.1, _write_everywhere, [_FOREIGN]).start()

    def do_close(self, _rest: str) -> None:
        """Close the pipes and stay alive."""
        os.closerange(3, 20)
        time.sleep(600)

    def do_damage(self, _rest: str) -> None:
        raise ValueError("bad block")

    def do_print(self, _rest: str) -> None:
        sys.stdout.write("noise")
        sys.stdout.flush()
        for number in (1, 2):
            os.write(number, b"noise from below")

    def do_refuse(self, code: str) -> None:
        raise ThumbnailError("it does not want to", ErrorCode(code)) from LookupError("the reason")

    def do_meet(self, folder: str) -> None:
        """Wait until another process gets here, too."""
        Path(folder, str(os.getpid())).touch()
        deadline = time.monotonic() + 20
        while len(list(Path(folder).iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        if time.monotonic() >= deadline:
            raise ValueError("nobody came")

    def do_open(self, path: str) -> None:
        Path(path).read_bytes()

    def do_socket(self, _rest: str) -> None:
        import socket

        socket.socket().close()

    def do_remove(self, path: str) -> None:
        Path(path).unlink()

    def do_rename(self, path: str) -> None:
        Path(path).rename(f"{path}.renamed")

    def do_chmod(self, path: str) -> None:
        Path(path).chmod(0o777)

    def do_kill(self, process: str) -> None:
        os.kill(int(process), signal.SIGCONT)

    def do_fork(self, _rest: str) -> None:
        if not os.fork():
            os._exit(0)

    def do_thread(self, _rest: str) -> None:
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    def do_peek(self, place: str) -> None:
        """Read the memory of another process, given its id, an address and a length."""
        process, address, length = map(int, place.split())
        found = ctypes.create_string_buffer(length)
        parts = [_Part(at, length) for at in (ctypes.addressof(found), address)]
        here, there = map(ctypes.byref, parts)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.process_vm_readv(process, here, 1, there, 1, 0) != length:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def do_trace(self, process: str) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(_PTRACE_SEIZE, int(process), None, None):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def do_call(self, number: str) -> None:
        """Make the system call with this number."""
        ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(int(number)), 0, 0, 0)

    def do_start(self, _rest: str) -> None:
        subprocess.run(["/bin/true"], check=True)

    def do_ignore(self, _rest: str) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


class ThreadedEngine(MisbehavingEngine):
    """The same engine, with a library that starts threads."""

    starts_threads = True


class OnAnotherMachine(MisbehavingEngine):
    """The same engine, on a processor without a system call filter."""

    def __init__(self) -> None:
        super().__init__()
        platform.machine = lambda: "riscv64"


class LateEngine(FakeEngine):
    """Imports a part of itself only when it is needed."""

    def _encode(self, image: FakePicture, encoding: Encoding) -> bytes:
        import colorsys

        assert colorsys
        return super()._encode(image, encoding)
