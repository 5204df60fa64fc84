"""The process of an isolated engine: `python -m advthumb.engines.isolation.serving`, started by `processes`.

It creates the engine that the first message names and reports what the engine supports. Then it answers one
request after the other, until the other side closes the pipe.
"""

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.core.exceptions import ImproperlyConfigured

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import SourceInfo
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.registry import engine
from advthumb.malloc import keep_freed_memory

from .memory import Memory
from .seal import rehearse, seal
from .wire import TICKET_BYTES, Message, info_to_json, made_to_message, plan_from_json, read_message

_KEPT = 64 * 2**20
"""How many bytes of freed memory are kept: as many as a progressive photo of 12 megapixels needs."""
_GRACE = 1.0
"""A process ends itself this many seconds after its time limit, in case the other side cannot kill it."""


class Server:
    """Answers the requests to one engine.

    Args:
        found: The engine.
        seconds: How long one answer may take.
        memory: The memory of this process.
    """

    def __init__(self, found: ThumbnailEngine, seconds: float, memory: Memory) -> None:
        self._engine = found
        self._seconds = seconds
        self._memory = memory
        self._source = b""
        self._info: SourceInfo | None = None

    def answer(self, request: Message) -> Message:
        """Return the answer to a request: the result, or the error."""
        signal.setitimer(signal.ITIMER_REAL, self._seconds + _GRACE)
        try:
            return self._answer(request)
        except ThumbnailError as error:
            return self._refused(error)
        except MemoryError as error:
            return _refusal(_lacking_memory(error))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _refused(self, error: ThumbnailError) -> Message:
        self._source = b""
        pixels = self._info.size.pixels if self._info else 0
        if error.code is ErrorCode.CORRUPT and self._memory.may_have_run_out(pixels):
            error = _lacking_memory(error)
        return _refusal(error)

    def _answer(self, request: Message) -> Message:
        document = request.document
        if request.blobs:
            [self._source], self._info = request.blobs, None
        if document["do"] == "probe":
            self._info = self._probed(document)
            return Message({"info": info_to_json(self._info)})
        info = self._info = self._info or self._probed(document)  # another process may have read the header
        source, self._source = self._source, b""
        plans = [plan_from_json(each) for each in document["plans"]]
        return made_to_message(self._engine.render(source, info, plans))

    def _probed(self, document: Mapping[str, Any]) -> SourceInfo:
        return self._engine.probe(self._source, ImageFormat(document["format"]), document["frames"])


def _lacking_memory(cause: Exception) -> ThumbnailError:
    msg = "the source is too large for the memory of the engine's process"
    error = ThumbnailError(msg, ErrorCode.TOO_LARGE, for_now=True)
    error.__cause__ = cause
    return error


def _refusal(error: ThumbnailError) -> Message:
    """Return the answer for an error."""
    cause = None if error.__cause__ is None else str(error.__cause__)
    return Message({"error": error.code, "message": error.message, "for_now": error.for_now, "cause": cause})


def introduction(found: ThumbnailEngine) -> dict[str, Any]:
    """Return the facts about an engine that the other side needs."""
    checks = [
        {"level": each.level, "msg": each.msg, "hint": each.hint, "id": each.id} for each in found.check()
    ]
    return {
        "name": found.name,
        "reads": sorted(found.reads),
        "writes": sorted(found.writes),
        "animates": sorted(found.animates),
        "lossless": sorted(found.lossless),
        "margin": found.shrink_margin,
        "revision": found.revision,
        "versions": dict(found.versions()),
        "checks": checks,
    }


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""

    def read(count: int) -> bytes:
        found = orders.read(count)
        if len(found) < count:
            raise EOFError
        return found

    def give(ticket: bytes, answer: Message) -> None:
        answers.writelines([ticket, *answer.parts()])
        answers.flush()

    try:
        ticket = read(TICKET_BYTES)
        server, told = _started(read_message(read).document)
        give(ticket, told)
        while server:
            ticket = read(TICKET_BYTES)
            give(ticket, server.answer(read_message(read, sys.maxsize)))  # the other side is trusted
    except (EOFError, BrokenPipeError):
        return


def _started(start: Mapping[str, Any]) -> tuple[Server | None, Message]:
    """Create the engine. Return its server, None if the engine is not available, and the first answer."""
    memory = Memory(start["memory"])
    keep_freed_memory(_KEPT)
    try:
        found = engine(start["engine"])
    except ImproperlyConfigured as error:
        return None, Message({"unavailable": " ".join(str(error.__cause__ or error).split())})
    told = introduction(found)
    return Server(found, start["seconds"], memory), Message(
        {**told, "unsealed": _sealed(found, start["sealed"])}
    )


def _sealed(found: ThumbnailEngine, wanted: bool) -> str:
    """Seal this process if wanted; return why it is not fully sealed, empty if it is or need not be."""
    if not wanted:
        return ""
    rehearse(found)
    return seal(threads=found.starts_threads)


def main() -> None:
    """Serve on the standard pipes, and redirect what a library prints to the null device."""
    orders, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    with os.fdopen(orders, "rb") as reading, os.fdopen(answers, "wb") as writing:
        serve(reading, writing)


if __name__ == "__main__":
    main()
