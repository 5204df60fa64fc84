"""One process that an engine runs in: start it, send it requests, time it, and end it.

It is started by `subprocess` and never forked, so that it inherits nothing from the memory of this process,
and can be started from daemonic processes (Celery's) too. If this process forks, the new process forgets it.
"""

import fcntl
import os
import resource
import subprocess
import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from secrets import token_bytes
from select import POLLIN, POLLOUT, poll
from time import monotonic, sleep

from .wire import TICKET_BYTES, Message, MessageError, read_message

_KEPT_VARIABLES = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "MAGICK_HOME",
    "WAND_MAGICK_LIBRARY_SUFFIX",
)
"""The environment variables that a process inherits: the locations of libraries, and no secrets."""

_CHUNK = 2**20
_GRACE = 1.0
"""A process that has closed its pipes may take this many seconds to end."""
_PAUSE = 0.002
"""Seconds between two checks whether a process has ended."""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""The unit, in bytes, in which the system reports the memory of a process."""


class Time:
    """The time limit for one picture. It starts to run when this is created.

    Args:
        seconds: The length of the limit.
    """

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left, at least 0."""
        return max(0.0, self._end - monotonic())

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the clock during the `with` block."""
        began = monotonic()
        try:
            yield
        finally:
            self._end += monotonic() - began


class TooSlowError(Exception):
    """A process did not answer in time."""


class EndedError(Exception):
    """A process ended instead of answering.

    Args:
        status: Its exit status. A negative one is the number of the signal that ended it.
        peak: Its peak memory in bytes, 0 if this is not known.
    """

    def __init__(self, status: int, peak: int = 0) -> None:
        super().__init__(status)
        self.status = status
        self.peak = peak


class Process:
    """One process that serves an engine (see `serving`).

    Args:
        environment: Further environment variables, in addition to those for the locations of libraries.

    Attributes:
        holds: The last source that was sent to it, if it still has this source.
        pictures: How many sources have been sent to it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [_python(), "-P", "-W", "ignore", "-m", "advthumb.engines.isolation.serving"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**_environment(), **environment},
            start_new_session=True,  # Ctrl-C should stop this process, not the child
        )
        # On Linux, the peak memory of a process includes that of the process that started it.
        self._inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._orders, self._answers = _pipes(self._child)
        self._end = weakref.finalize(self, _end, self._child)
        self.holds: bytes | None = None
        self.pictures = 0
        _started.add(self)

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._child.pid

    def ask(self, message: Message, time: Time) -> Message:
        """Send a message and return the answer.

        Raises:
            TooSlowError: The answer did not come in time.
            EndedError: The process ended.
            MessageError: The answer is not valid, or does not belong to this message.
        """
        ticket = token_bytes(TICKET_BYTES)
        try:
            for part in (ticket, *message.parts()):
                self._write(memoryview(part), time)
        except BrokenPipeError:
            raise self._ended() from None
        read = partial(self._read, time=time)
        if read(TICKET_BYTES) != ticket:
            raise MessageError("it answers no request")
        return read_message(read)

    def is_ready(self) -> bool:
        """Return whether it runs and has sent nothing. A process that answers unasked cannot be trusted."""
        return self._child.poll() is None and not _waited(self._answers, POLLIN, 0)

    def end(self) -> None:
        """Kill it, whatever it is doing, and free its resources."""
        self._end()

    def forget(self) -> None:
        """Close the pipes to a process that belongs to the parent of this forked process."""
        self._child.returncode = 0  # only the parent may kill it or wait for it
        self._end()

    def _ended(self) -> EndedError:
        """Return how a process ended. One that has closed its pipes but still runs is killed."""
        time, pid = Time(_GRACE), 0
        try:
            while not pid:
                pid, status, usage = os.wait4(self.pid, os.WNOHANG)
                if not pid:
                    sleep(_PAUSE)
                if not time.left():
                    self._child.kill()
        except ChildProcessError:  # other code in this process waits for all children
            return EndedError(self._child.wait())
        self._child.returncode = os.waitstatus_to_exitcode(status)  # because `wait` works only once
        known = usage.ru_maxrss > self._inherited
        return EndedError(self._child.returncode, usage.ru_maxrss * _RSS_UNIT if known else 0)

    def _write(self, rest: memoryview, time: Time) -> None:
        while rest:
            _wait(self._orders, POLLOUT, time)
            try:
                rest = rest[os.write(self._orders, rest[:_CHUNK]) :]
            except BlockingIOError:
                continue

    def _read(self, count: int, *, time: Time) -> bytes:
        found = bytearray()
        while len(found) < count:
            _wait(self._answers, POLLIN, time)
            piece = os.read(self._answers, min(_CHUNK, count - len(found)))
            if not piece:
                raise self._ended()
            found += piece
        return bytes(found)


_started: "weakref.WeakSet[Process]" = weakref.WeakSet()


def _forget_all() -> None:
    for process in list(_started):
        process.forget()
    _started.clear()


os.register_at_fork(after_in_child=_forget_all)


def _python() -> str:
    """Return the path of the interpreter. If a server embeds Python, `sys.executable` is the server."""
    if Path(sys.executable).name.startswith("python"):
        return sys.executable
    return str(Path(sys.prefix, "bin", "python3"))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


def _pipes(child: "subprocess.Popen[bytes]") -> tuple[int, int]:
    """Return the file descriptors of both pipes, and set them to non-blocking."""
    assert child.stdin is not None  # noqa: S101 - for the type checker; both were asked for
    assert child.stdout is not None  # noqa: S101
    orders, answers = child.stdin.fileno(), child.stdout.fileno()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # this size is above the limit of the system
            fcntl.fcntl(orders, fcntl.F_SETPIPE_SZ, _CHUNK)
    os.set_blocking(orders, False)
    os.set_blocking(answers, False)
    return orders, answers


def _wait(pipe: int, event: int, time: Time) -> None:
    if not _waited(pipe, event, time.left()):
        raise TooSlowError


def _waited(pipe: int, event: int, seconds: float) -> bool:
    """Wait until a pipe is ready for reading or writing; return whether it was ready in time."""
    waiting = poll()
    waiting.register(pipe, event)
    return bool(waiting.poll(seconds * 1000))


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
