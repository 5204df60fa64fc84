"""`isolation.wire` and `isolation.serving`: the requests to an engine's process and its answers."""

import signal
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.images import RGB, Encoding, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.planning import plan
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.samples import Samples
from advthumb.engines.base import Made
from advthumb.engines.isolation import serving
from advthumb.engines.isolation.memory import Memory
from advthumb.engines.isolation.wire import (
    MAX_DOCUMENT,
    TICKET_BYTES,
    Message,
    MessageError,
    info_from_json,
    info_to_json,
    made_from_message,
    made_to_message,
    plan_from_json,
    plan_to_json,
    read_message,
)
from advthumb.testing.contract.rendering import wanted

from .fake import OPAQUE, FakeEngine

INFO = SourceInfo(ImageFormat.JPEG, Size(40, 30), Orientation.ROTATE_90, has_alpha=True, frames=7)
ENCODING = Encoding(ImageFormat.PNG, 70, Effort.SMALL, progressive=True, lossless=True, max_bytes=5000)
PLAN = replace(
    plan(wanted(20, 20, method="pad", background=(1, 2, 3)), INFO),
    frames=5,
    encoding=ENCODING,
    raw=True,
    preview=Size(32, 24),
    smart=True,
)
START = {"engine": "tests.engines.fake.FakeEngine", "memory": 1, "seconds": 20, "sealed": True}


class Plenty(Memory):
    """More memory than any picture takes."""

    def __init__(self) -> None:
        """Limit nothing."""

    def may_have_run_out(self, pixels: int) -> bool:
        return False


def sent(message: Message) -> bytes:
    return b"".join(message.parts())


def received(data: bytes) -> Message:
    return read_message(BytesIO(data).read)


def through_json(document: dict[str, Any]) -> dict[str, Any]:
    return dict(received(sent(Message(document))).document)


@pytest.mark.parametrize("blobs", [(), (b"",), (b"a", b"", b"\0" * 100_000)])
def test_a_message_arrives_as_it_was_sent(blobs: tuple[bytes, ...]) -> None:
    message = Message({"do": "probe", "frames": 3, "name": "假期"}, blobs)
    found = received(sent(message))
    assert (found.document, tuple(found.blobs)) == (message.document, blobs)


def test_values_arrive_as_they_were_sent() -> None:
    """With the same types, too: sizes have sides, formats facts, backgrounds channels."""
    info, made = (
        info_from_json(through_json(info_to_json(INFO))),
        plan_from_json(through_json(plan_to_json(PLAN))),
    )
    assert (info, made) == (INFO, PLAN)
    assert made.encoding.effort is Effort.SMALL
    assert (info.display_size, info.format) == (Size(30, 40), ImageFormat.JPEG)
    assert (made.background, made.crop.size, made.encoding.format) == (RGB(1, 2, 3), PLAN.crop.size, "PNG")


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\2\0\0\0\0[]",
        b"\0\0\0\2\0\0\0\0{]",
        b"\0\0\0\2\0\0\0\0\xff\xff",
        (MAX_DOCUMENT + 1).to_bytes(4, "big") + bytes(4),
        b"\0\0\0\2\xff\xff\xff\xff",
        b"\0\0\0\2\0\0\0\1" + b"\xff" * 8 + b"{}",
        b"\0\x01\0\0\0\0\0\0" + b"[" * 65_536,
    ],
)
def test_an_invalid_message_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        received(data)


@pytest.mark.parametrize("sizes", [[["a", 2]], [[1.5, 2]], [[1]], [], [[1, 2], [3, 4]], None, 7])
def test_invalid_sizes_are_refused(sizes: object) -> None:
    with pytest.raises((MessageError, TypeError, ValueError)):
        made_from_message(Message({"sizes": sizes, "previews": [None]}, [b"data", b""]))


def test_thumbnails_arrive_with_their_previews() -> None:
    preview = Samples(Size(2, 1), 4, b"12345678")
    sent_ones = [
        RenderedThumbnail(b"first", Size(50, 38), ImageFormat.PNG, preview),
        RenderedThumbnail(b"second", Size(9, 9), ImageFormat.PNG),
    ]
    found = made_from_message(received(sent(made_to_message(sent_ones))))
    assert found == [Made(b"first", Size(50, 38), preview), Made(b"second", Size(9, 9))]
    assert isinstance(found[0].preview, Samples)


@pytest.mark.parametrize(
    "preview", [[2, 1, 3], [2, 1, 5], [3, 1, 4], [-2, 1, 4], [2, 1], [2, 1.0, 4], ["2", 1, 4], 7, []]
)
def test_invalid_previews_are_refused(preview: object) -> None:
    """A process that was taken over cannot send other samples than their size says."""
    with pytest.raises((MessageError, TypeError, ValueError)):
        made_from_message(Message({"sizes": [[9, 9]], "previews": [preview]}, [b"data", b"12345678"]))


@pytest.mark.parametrize("blobs", [[b"data"], [b"data", b"", b"more"], [b"data", b"", b"more", b""]])
def test_an_answer_with_other_parts_than_announced_is_refused(blobs: list[bytes]) -> None:
    with pytest.raises(ValueError, match="zip"):
        made_from_message(Message({"sizes": [[9, 9]], "previews": [None]}, blobs))


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Stop the serving code from limiting this process; return what it would have done."""
    done: list[object] = []
    monkeypatch.setattr(serving, "Memory", done.append)
    monkeypatch.setattr(serving, "rehearse", lambda _engine: done.append("rehearsed"))
    monkeypatch.setattr(serving, "seal", lambda *, threads: done.append(("sealed", threads)) or "no filter")
    return done


def served(*orders: Message) -> list[Message]:
    """Return the answers of a process to these orders."""
    answers = BytesIO()
    tickets = [number.to_bytes(TICKET_BYTES) for number in range(len(orders))]
    asked = b"".join(ticket + sent(order) for ticket, order in zip(tickets, orders, strict=True))
    serving.serve(BytesIO(asked), answers)
    stream, found = BytesIO(answers.getvalue()), []
    while ticket := stream.read(TICKET_BYTES):
        assert ticket == tickets[len(found)]
        found.append(read_message(stream.read))
    return found


@pytest.mark.parametrize("sealed", [False, True])
def test_a_process_reports_what_its_engine_can_do(limits: list[object], *, sealed: bool) -> None:
    [told] = served(Message({**START, "sealed": sealed}))
    assert told.document["name"] == "fake"
    assert told.document["reads"] == ["JPEG", "PNG"]
    assert told.document["lossless"] == []
    assert told.document["unsealed"] == ("no filter" if sealed else "")
    assert limits == ([1, "rehearsed", ("sealed", False)] if sealed else [1])


def test_a_process_reports_why_its_engine_is_unavailable(limits: list[object]) -> None:
    [told] = served(Message({**START, "engine": "no.such.Engine"}), Message({"do": "probe"}))
    assert told.document == {"unavailable": "No module named 'no'"}
    assert limits == [1]


def test_a_process_answers_until_requests_end(limits: list[object]) -> None:
    """A source is kept only from the request for its header until its pixels are decoded."""
    probe = Message({"do": "probe", "format": "PNG", "frames": 1}, [b"source"])
    render = {"do": "render", "format": "PNG", "frames": 1, "plans": [plan_to_json(plan(wanted(), OPAQUE))]}
    _, header, made, again = served(Message(START), probe, Message(render), Message(render, [b"other"]))
    assert info_from_json(header.document["info"]) == OPAQUE
    assert made.document["sizes"] == again.document["sizes"] == [[50, 38]]
    assert made.blobs == again.blobs
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize(
    ("failure", "code", "cause", "for_now"),
    [
        (ValueError("bad block"), ErrorCode.CORRUPT, "bad block", False),
        (MemoryError(), ErrorCode.TOO_LARGE, "", True),
        (ThumbnailError("too many", ErrorCode.TOO_LARGE), ErrorCode.TOO_LARGE, None, False),
    ],
)
def test_a_failure_is_sent_as_an_answer(
    failure: Exception, code: ErrorCode, cause: str | None, *, for_now: bool
) -> None:
    fake = FakeEngine()
    fake.failures["decode"] = failure
    render = {"format": "PNG", "frames": 1, "plans": [plan_to_json(plan(wanted(), OPAQUE))]}
    told = (
        serving.Server(fake, 20, Plenty()).answer(Message({"do": "render", **render}, [b"source"])).document
    )
    assert (told["error"], told["cause"], told["for_now"]) == (code, cause, for_now)


def test_running_out_of_memory_outside_the_engine_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def exhausted(*_arguments: object) -> SourceInfo:
        raise MemoryError

    monkeypatch.setattr(serving, "info_to_json", exhausted)
    probe = Message({"do": "probe", "format": "PNG", "frames": 1}, [b""])
    told = serving.Server(FakeEngine(), 20, Plenty()).answer(probe)
    assert (told.document["error"], told.document["for_now"]) == ("too-large", True)
