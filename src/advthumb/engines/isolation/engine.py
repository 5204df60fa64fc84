"""The engine that lets another engine do the work, in separate processes."""

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
"""If a process used more than this part of its address space, its crash is blamed on a lack of memory. Less
than 1, because code takes some of the space."""

_CRASHES = {
    *(signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS),
    signal.SIGTRAP,
}
"""The signals that mean that a process crashed, and that the picture in it is to blame."""


class RemoteError(Exception):
    """The cause of an error in an engine's process."""


class IsolatedEngine(ThumbnailEngine):
    """Runs another engine in separate processes, which are started when they are needed.

    Args:
        engine: The other engine, as a setting names it.
        timeout: The time in seconds that one picture may take from its header to its thumbnails, including
            the wait for a free process. After that, its process is killed.
        memory: The maximum address space of a process, in bytes.
        workers: The maximum number of processes, None for one per CPU. When all are busy, threads wait.
        max_pictures: A process is replaced after this many pictures, because libraries leak memory.
        sealed: Whether to seal the processes (`seal`), so that they can reach nothing but their pictures.
            A process is sealed when its engine has been created and has rendered every sample. Do not use
            this for an engine that loads parts of its library later.
        shrink_margin: As for every engine; None uses the margin of the other engine.

    Raises:
        EngineUnavailable: The other engine is not available, or its process cannot be started.
        ImproperlyConfigured: An option has an invalid value.
    """

    isolated = True

    environment: Mapping[str, str] = MappingProxyType({})
    """Variables that are added to the environment of the processes."""

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
        """Return the messages of the engine inside, and a warning if its processes are not fully sealed."""
        from django.core import checks  # takes 60 ms, which would slow the start of every process

        messages = [checks.CheckMessage(**each) for each in self._told["checks"]]
        if self._told["unsealed"]:
            messages.append(checks.Warning(*_unsealed(self.name, self._told["unsealed"]), id="advthumb.W005"))
        return messages

    def versions(self) -> Mapping[str, str]:
        """Return the versions that the engine inside reports."""
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
        """Send a request to a process and return the result. A process that fails is replaced.

        Raises:
            ThumbnailError: The engine refused the source, or its process failed.
        """
        try:
            with self._pool.borrowed(time, data) as process:
                answer = _answer(process, request, data, time)
                result = _refusal(answer) if "error" in answer.document else understand(answer)
                if isinstance(result, ThumbnailError) and result.for_now:
                    raise result  # ends the process, because it may not have given back all of its memory
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
        """Start a process, and wait until its engine has been created."""
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
        """Return the error for a process that ended. The picture is to blame for a crash with memory left."""
        if ended.status == -signal.SIGALRM:  # its own alarm, because this process could not check the time
            return self._overrun()
        crashed = -ended.status in _CRASHES
        how = signal.Signals(-ended.status).name if crashed else f"status {ended.status}"
        if ended.peak > self._memory * _NEARLY_ALL:  # without memory, libraries abort and Python exits
            msg = f"the picture is too large for the memory of the {self.name} engine's process ({how})"
            return ThumbnailError(msg, ErrorCode.TOO_LARGE, for_now=True)
        if crashed:
            msg = f"the picture made the process of the {self.name} engine crash ({how})"
            return ThumbnailError(msg, ErrorCode.CORRUPT)
        msg = f"the process of the {self.name} engine ended with {how}"
        return ThumbnailError(msg, ErrorCode.ENGINE)


def _unsealed(name: str, reason: str) -> tuple[str, str]:
    """Return the message and the hint of the system check for processes without a system call filter."""
    hint = (
        "They cannot open files or sockets. But a picture that takes one over may read the memory of other "
        "processes of its user, and remove files. Use Linux on x86-64 or 64-bit ARM, and allow seccomp()."
    )
    return f"The processes of the {name} engine are not fully sealed: {reason}.", hint


def _answer(process: Process, request: Mapping[str, Any], data: bytes, time: Time) -> Message:
    """Send a request to a process; the source goes with it, unless the process has just read its header."""
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
