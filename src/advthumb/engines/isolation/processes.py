"""Processes that an engine runs in: started on first use, used again, ended when they overrun or die.

They are started by `subprocess`, never forked, so that they know nothing of this process and work in
daemonic ones (Celery's) too; a process that this one forks starts its own.
"""

import fcntl
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from select import POLLIN, POLLOUT, poll
from threading import Condition
from time import monotonic

from .wire import Message, read_message

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


class TooSlowError(Exception):
    """A process did not answer in time."""


class EndedError(Exception):
    """A process ended instead of answering.

    Args:
        status: Its exit status; negative is the number of the signal that ended it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Process:
    """One process that serves an engine (see `serving`).

    Args:
        environment: What it finds in its environment beside the places of libraries.

    Attributes:
        holds: The source that it has been sent last, and still has.
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
        self._orders, self._answers = _pipes(self._child)
        self._end = weakref.finalize(self, _end, self._child)
        self.holds: bytes | None = None

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._child.pid

    def ask(self, message: Message, seconds: float) -> Message:
        """Send a message and return the answer.

        Raises:
            TooSlowError: It took longer than that.
            EndedError: The process ended.
            MessageError: The answer is none.
        """
        deadline = monotonic() + seconds
        try:
            for part in message.parts():
                self._write(memoryview(part), deadline)
        except BrokenPipeError:
            raise EndedError(self._status()) from None
        return read_message(partial(self._read, deadline=deadline))

    def is_alive(self) -> bool:
        """Return whether it still runs."""
        return self._child.poll() is None

    def end(self) -> None:
        """Kill it, whatever it is doing, and leave nothing behind."""
        self._end()

    def forget(self) -> None:
        """Let go of a process of the one that this one was forked from."""
        self._child.returncode = 0  # not ours to kill, nor to wait for
        self._end()

    def _status(self) -> int:
        """Return how a process ended that does not talk any more; one that only closed its ends is killed."""
        try:
            return self._child.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            return self._child.wait()

    def _write(self, rest: memoryview, deadline: float) -> None:
        while rest:
            _wait(self._orders, POLLOUT, deadline)
            try:
                rest = rest[os.write(self._orders, rest[:_CHUNK]) :]
            except BlockingIOError:
                continue

    def _read(self, count: int, *, deadline: float) -> bytes:
        found = bytearray()
        while len(found) < count:
            _wait(self._answers, POLLIN, deadline)
            piece = os.read(self._answers, min(_CHUNK, count - len(found)))
            if not piece:
                raise EndedError(self._status())
            found += piece
        return bytes(found)


class Pool:
    """As many processes as are needed at once, up to a limit; who comes later waits.

    Args:
        start: Starts a process and waits until it is ready.
        most: How many there may be.
    """

    def __init__(self, start: Callable[[], Process], most: int) -> None:
        self._start = start
        self._most = most
        self._forget()
        _pools.add(self)

    def _forget(self) -> None:
        self._changed = Condition()
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._starting = 0

    def forget(self) -> None:
        """Start anew, in a process that has just been forked."""
        for process in [*self._idle, *self._busy]:
            process.forget()
        self._forget()

    @contextmanager
    def borrowed(self, source: bytes | None = None) -> Iterator[Process]:
        """Give a process to one caller alone; whatever is raised meanwhile ends it.

        Args:
            source: A process that holds this one is preferred.
        """
        process = self._taken(source)
        try:
            yield process
        except BaseException:
            self._returned(process, sound=False)
            raise
        self._returned(process, sound=True)

    def _taken(self, source: bytes | None) -> Process:
        with self._changed:
            while not self._idle and len(self._busy) + self._starting >= self._most:
                self._changed.wait()
            while self._idle:
                holding = (process for process in self._idle if source and process.holds is source)
                process = next(holding, self._idle[-1])
                self._idle.remove(process)
                if process.is_alive():
                    self._busy.add(process)
                    return process
                process.end()
            self._starting += 1
        try:
            process = self._start()
        except BaseException:
            with self._changed:
                self._starting -= 1
                self._changed.notify()
            raise
        with self._changed:
            self._starting -= 1
            self._busy.add(process)
        return process

    def _returned(self, process: Process, *, sound: bool) -> None:
        if not sound:
            process.end()
        with self._changed:
            self._busy.discard(process)
            if sound:
                self._idle.append(process)
            self._changed.notify()


_pools: "weakref.WeakSet[Pool]" = weakref.WeakSet()


def _forget_all() -> None:
    for pool in _pools:
        pool.forget()


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


def _wait(pipe: int, event: int, deadline: float) -> None:
    waiting = poll()
    waiting.register(pipe, event)
    if not waiting.poll(max(0.0, deadline - monotonic()) * 1000):
        raise TooSlowError


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
