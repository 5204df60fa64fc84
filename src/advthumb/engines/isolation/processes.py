"""One process that an engine runs in: started, asked, timed and ended.

It is started by `subprocess`, never forked, so that it knows nothing of this process and works in daemonic
ones (Celery's) too; a process that this one forks has nothing to do with it.
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
"""What a process is told of the environment: where libraries are, and no secrets."""

_CHUNK = 2**20
_GRACE = 1.0
"""Seconds between the last word of a process and its end."""
_PAUSE = 0.002
"""Seconds between two looks at whether a process has ended."""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the system tells the memory of a process."""


class Time:
    """The time for one picture, which begins to run at once.

    Args:
        seconds: How much it is.
    """

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left, 0 if none are."""
        return max(0.0, self._end - monotonic())

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Do something that does not count."""
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
        status: Its exit status; negative is the number of the signal that ended it.
        peak: The most bytes of memory that it had, 0 where that is not known.
    """

    def __init__(self, status: int, peak: int = 0) -> None:
        super().__init__(status)
        self.status = status
        self.peak = peak


class Process:
    """One process that serves an engine (see `serving`).

    Args:
        environment: What it finds in its environment beside the places of libraries.

    Attributes:
        holds: The source that it has been sent last, and still has.
        pictures: How many sources it has been sent.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [_python(), "-P", "-W", "ignore", "-m", "advthumb.engines.isolation.serving"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**_environment(), **environment},
            start_new_session=True,  # Ctrl-C is for the one who asked
        )
        # On Linux the peak of whoever starts a process counts as its own.
        self._inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._orders, self._answers = _pipes(self._child)
        self._end = weakref.finalize(self, _end, self._child)
        self.holds: bytes | None = None
        self.pictures = 0
        _started.add(self)

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._child.pid

    def ask(self, message: Message, time: Time) -> Message:
        """Send a message and return the answer.

        Raises:
            TooSlowError: It took longer than that.
            EndedError: The process ended.
            MessageError: The answer is none, or none to this message.
        """
        ticket = token_bytes(TICKET_BYTES)
        try:
            for part in (ticket, *message.parts()):
                self._write(memoryview(part), time)
        except BrokenPipeError:
            raise self._ended() from None
        read = partial(self._read, time=time)
        if read(TICKET_BYTES) != ticket:
            raise MessageError("it is the answer to no question")
        return read_message(read)

    def is_ready(self) -> bool:
        """Return whether it runs and says nothing: one that talks unasked is not to be trusted."""
        return self._child.poll() is None and not _waited(self._answers, POLLIN, 0)

    def end(self) -> None:
        """Kill it, whatever it is doing, and leave nothing behind."""
        self._end()

    def forget(self) -> None:
        """Let go of a process of the one that this one was forked from."""
        self._child.returncode = 0  # not ours to kill, nor to wait for
        self._end()

    def _ended(self) -> EndedError:
        """Return how a process ended that does not talk any more; one that only closed its ends is killed."""
        time, pid = Time(_GRACE), 0
        try:
            while not pid:
                pid, status, usage = os.wait4(self.pid, os.WNOHANG)
                if not pid:
                    sleep(_PAUSE)
                if not time.left():
                    self._child.kill()
        except ChildProcessError:  # somebody else in this process waits for all children
            return EndedError(self._child.wait())
        self._child.returncode = os.waitstatus_to_exitcode(status)  # for it cannot be waited for twice
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
    """Return the interpreter; where a server embeds Python, `sys.executable` is the server."""
    if Path(sys.executable).name.startswith("python"):
        return sys.executable
    return str(Path(sys.prefix, "bin", "python3"))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


def _pipes(child: "subprocess.Popen[bytes]") -> tuple[int, int]:
    """Return the numbers of both pipes, which from now on never block."""
    assert child.stdin is not None  # noqa: S101 - for the type checker; both were asked for
    assert child.stdout is not None  # noqa: S101
    orders, answers = child.stdin.fileno(), child.stdout.fileno()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # above the limit of the system
            fcntl.fcntl(orders, fcntl.F_SETPIPE_SZ, _CHUNK)
    os.set_blocking(orders, False)
    os.set_blocking(answers, False)
    return orders, answers


def _wait(pipe: int, event: int, time: Time) -> None:
    if not _waited(pipe, event, time.left()):
        raise TooSlowError


def _waited(pipe: int, event: int, seconds: float) -> bool:
    """Return whether something could be done with a pipe within that time."""
    waiting = poll()
    waiting.register(pipe, event)
    return bool(waiting.poll(seconds * 1000))


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
