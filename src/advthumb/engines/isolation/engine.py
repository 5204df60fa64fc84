"""The engine that has another one do the work, in processes of their own."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

from advthumb.conf import EngineReference
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import RenderPlan, SourceInfo
from advthumb.cpus import available_cpus
from advthumb.engines.base import Made, ThumbnailEngine
from advthumb.exceptions import EngineUnavailable

from .pool import BusyError, Pool
from .processes import EndedError, Process, Time, TooSlowError
from .wire import Message, MessageError, info_from_json, made_from_message, plan_to_json

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

T = TypeVar("T")

TIMEOUT = 30.0
MEMORY = 2 * 2**30
MAX_PICTURES = 1000
_START_SECONDS = 60.0
_NEARLY_ALL = 0.75
"""The part of a process's address space from which on a crash is blamed on memory; code takes some."""

_CRASHES = {
    *(signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS),
    signal.SIGTRAP,
}
"""The signals by which a process ends through its own fault, and so that of the picture in it."""


class RemoteError(Exception):
    """What went wrong in the process of an engine."""


class IsolatedEngine(ThumbnailEngine):
    """Runs another engine in processes of its own, which are started when it is first used.

    Args:
        engine: The engine, as a setting names it.
        timeout: Seconds that one picture may take from its header to its thumbnails, waiting for a free
            process included, before its process is killed.
        memory: Bytes of address space that a process may have.
        workers: How many processes there may be, None for one per CPU; threads beyond wait.
        max_pictures: How many pictures a process gets before another takes its place: libraries leak.
        sealed: Whether the processes lose the means to reach anything but their pictures (`seal`) once the
            engine is made, and has done once all that it can. Not for engines that load more parts later.
        shrink_margin: That of every engine; None leaves it to the engine inside.

    Raises:
        EngineUnavailable: The engine cannot be had, or a process of it not be started.
        ImproperlyConfigured: An option makes no sense.
    """

    isolated = True

    environment: Mapping[str, str] = MappingProxyType({})
    """What its processes find in their environment."""

    def __init__(
        self,
        *,
        engine: EngineReference,
        timeout: float = TIMEOUT,
        memory: int = MEMORY,
        workers: int | None = None,
        max_pictures: int = MAX_PICTURES,
        sealed: bool = False,
        shrink_margin: float | None = None,
    ) -> None:
        _check("timeout", timeout, isinstance(timeout, int | float) and timeout > 0, "seconds above 0")
        _check("memory", memory, isinstance(memory, int) and memory > 0, "bytes above 0")
        _check(
            "workers", workers, workers is None or (isinstance(workers, int) and workers > 0), "at least 1"
        )
        _check("max_pictures", max_pictures, isinstance(max_pictures, int) and max_pictures > 0, "at least 1")
        self.sealed = sealed
        self._memory = memory
        self._timeout = timeout
        self._start = Message({"engine": engine, "memory": memory, "seconds": timeout, "sealed": sealed})
        self._pool = Pool(self._started, workers or available_cpus(), max_pictures)
        with self._pool.borrowed(Time(timeout)):
            told = self._told
        super().__init__(shrink_margin=told["margin"] if shrink_margin is None else shrink_margin)
        self.name = str(told["name"])
        self.revision = int(told["revision"])
        self.reads, self.writes, self.animates, self.lossless = (
            frozenset(map(ImageFormat, told[what])) for what in ("reads", "writes", "animates", "lossless")
        )

    def check(self) -> "list[CheckMessage]":
        """Return what the engine inside says, and whether its processes are sealed as they should be."""
        from django.core import checks  # 60 ms that every process would pay at its start

        messages = [checks.CheckMessage(**each) for each in self._told["checks"]]
        if self._told["unsealed"]:
            messages.append(checks.Warning(*_unsealed(self.name, self._told["unsealed"]), id="advthumb.W005"))
        return messages

    def versions(self) -> Mapping[str, str]:
        """Return the versions that the engine inside tells."""
        return dict(self._told["versions"])

    def _read_header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        request = {"do": "probe", "format": image_format, "frames": max_frames}
        time = Time(self._timeout)
        info = self._asked(request, data, lambda answer: info_from_json(answer.document["info"]), time)
        return replace(info, spent=self._timeout - time.left())

    def _make(self, data: bytes, info: SourceInfo, plans: Sequence[RenderPlan]) -> list[Made]:
        request = {
            "do": "render",
            "format": info.format,
            "frames": info.frames,
            "plans": [plan_to_json(plan) for plan in plans],
        }
        return self._asked(request, data, made_from_message, Time(self._timeout - info.spent))

    def _asked(
        self, request: Mapping[str, Any], data: bytes, understand: Callable[[Message], T], time: Time
    ) -> T:
        """Have something done in a process; one that fails in any way of its own is replaced."""
        try:
            with self._pool.borrowed(time, data) as process:
                answer = _answer(process, request, data, time)
                result = _refusal(answer) if "error" in answer.document else understand(answer)
        except BusyError as error:
            msg = f"no process of the {self.name} engine became free for this picture in {self._timeout:g} s"
            raise ThumbnailError(msg, ErrorCode.ENGINE, for_now=True) from error
        except TooSlowError as error:
            raise self._overrun() from error
        except EndedError as error:
            raise self._blamed(error) from error
        except (MessageError, LookupError, TypeError, ValueError) as error:
            msg = f"the process of the {self.name} engine gave no valid answer: {error}"
            raise ThumbnailError(msg, ErrorCode.ENGINE) from error
        if isinstance(result, ThumbnailError):
            raise result
        return result

    def _started(self) -> Process:
        """Start a process, and wait until its engine is made."""
        try:
            process = Process(self.environment)
        except OSError as error:
            msg = f"a process for the engine cannot be started: {error}"
            raise EngineUnavailable(msg) from error
        try:
            told = process.ask(self._start, Time(_START_SECONDS)).document
        except (TooSlowError, EndedError, MessageError) as error:
            process.end()
            msg = f"the process of the engine did not start: {error!r}"
            raise EngineUnavailable(msg) from error
        if "unavailable" in told:
            process.end()
            raise EngineUnavailable(told["unavailable"])
        self._told = told
        return process

    def _overrun(self) -> ThumbnailError:
        msg = f"the {self.name} engine took longer than {self._timeout:g} s for this picture"
        return ThumbnailError(msg, ErrorCode.TOO_LARGE, for_now=True)

    def _blamed(self, ended: EndedError) -> ThumbnailError:
        """Return the error for a process that ended: the picture's fault if it crashed with memory left."""
        if ended.status == -signal.SIGALRM:  # its own, while this process was kept from looking at the time
            return self._overrun()
        if -ended.status in _CRASHES:
            how = signal.Signals(-ended.status).name
            if ended.peak > self._memory * _NEARLY_ALL:  # libraries in C++ end the process that has no more
                msg = f"the picture is too large for the memory of the {self.name} engine's process ({how})"
                return ThumbnailError(msg, ErrorCode.TOO_LARGE, for_now=True)
            msg = f"the picture made the process of the {self.name} engine crash ({how})"
            return ThumbnailError(msg, ErrorCode.CORRUPT)
        msg = f"the process of the {self.name} engine ended with status {ended.status}"
        return ThumbnailError(msg, ErrorCode.ENGINE)


def _unsealed(name: str, reason: str) -> tuple[str, str]:
    """Return what a system check says of processes without a filter of system calls, and what to do."""
    hint = (
        "They can open no file and no socket. But a picture that takes one over may read the memory of other "
        "processes of its user, and remove files. Use Linux on x86-64 or 64-bit ARM, and allow seccomp()."
    )
    return f"The processes of the {name} engine are not sealed in full: {reason}.", hint


def _answer(process: Process, request: Mapping[str, Any], data: bytes, time: Time) -> Message:
    """Ask a process about a source, which it is sent unless it has read its header just now."""
    blobs = [] if process.holds is data else [data]
    process.holds = None
    process.pictures += len(blobs)
    answer = process.ask(Message(request, blobs), time)
    if request["do"] == "probe" and "error" not in answer.document:
        process.holds = data
    return answer


def _refusal(answer: Message) -> ThumbnailError:
    document = answer.document
    message, code = str(document["message"]), ErrorCode(document["error"])
    error = ThumbnailError(message, code, for_now=document["for_now"] is True)
    if document["cause"] is not None:
        error.__cause__ = RemoteError(document["cause"])
    return error


def _check(name: str, value: object, good: bool, wanted: str) -> None:
    if not good:
        msg = f"{name} is {value!r}; it must be a number: {wanted}"
        raise ImproperlyConfigured(msg)
