"""What an engine's process and the one that uses it say to each other: JSON, and bytes beside it.

A message is a few lengths, a JSON document, and any number of byte strings. Nothing is unpickled: whoever
takes over an imaging library gets to give wrong answers, and no further. In front of each stands a ticket:
random bytes of the one who asks, which the answer gives back, so that no answer is taken for another.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.images import RGB, Box, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.engines.base import Made

_HEAD = struct.Struct(">II")
_LENGTH = struct.Struct(">Q")
TICKET_BYTES = 8
MAX_DOCUMENT = 2**20
MAX_BLOBS = 2**10
MAX_BYTES = 2**29
"""What an answer may measure at the most: its blobs together, in bytes; they are thumbnails."""


class MessageError(ValueError):
    """What came is no message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A JSON document and the byte strings beside it."""

    document: Mapping[str, Any]
    blobs: Sequence[bytes] = ()

    def parts(self) -> list[bytes]:
        """Return the message as bytes, in order; large ones are not copied."""
        document = json.dumps(self.document).encode()
        lengths = b"".join(_LENGTH.pack(len(blob)) for blob in self.blobs)
        return [_HEAD.pack(len(document), len(self.blobs)) + lengths + document, *self.blobs]


def read_message(read: Callable[[int], bytes], most: int = MAX_BYTES) -> Message:
    """Read one message.

    Args:
        read: Returns exactly as many bytes as it is asked for.
        most: The most bytes that its blobs may have together.

    Raises:
        MessageError: These are no lengths that a message has, or no document.
    """
    document_length, blobs = _HEAD.unpack(read(_HEAD.size))
    if document_length > MAX_DOCUMENT or blobs > MAX_BLOBS:
        raise MessageError("a message cannot be that long")
    lengths = [_LENGTH.unpack(read(_LENGTH.size))[0] for _ in range(blobs)]
    if sum(lengths) > most:
        raise MessageError("a message cannot be that long")
    try:
        document = json.loads(read(document_length))
    except (ValueError, RecursionError) as error:
        raise MessageError("the document is no JSON") from error
    if not isinstance(document, dict):
        raise MessageError("the document is no object")
    return Message(document, [read(length) for length in lengths])


def info_to_json(info: SourceInfo) -> dict[str, Any]:
    """Return as a document what planning and limits want to know of a header."""
    return {
        "format": info.format,
        "size": info.size,
        "orientation": info.orientation,
        "has_alpha": info.has_alpha,
        "frames": info.frames,
        "samples": info.samples,
        "bits": info.bits,
        "held": info.held,
        "coded": info.coded,
    }


def info_from_json(document: Mapping[str, Any]) -> SourceInfo:
    """Return the header of a document.

    Raises:
        LookupError, TypeError, ValueError: It is none.
    """
    width, height = document["size"]
    return SourceInfo(
        format=ImageFormat(document["format"]),
        size=Size(_whole(width), _whole(height)),
        orientation=Orientation(document["orientation"]),
        has_alpha=document["has_alpha"] is True,
        frames=_whole(document["frames"]),
        samples=_whole(document["samples"]),
        bits=_whole(document["bits"]),
        held=_whole(document["held"]),
        coded=_whole(document["coded"]),
    )


def plan_to_json(plan: RenderPlan) -> dict[str, Any]:
    """Return a plan as a document."""
    return asdict(plan)


def plan_from_json(document: Mapping[str, Any]) -> RenderPlan:
    """Return the plan of a document."""
    left, top = document["offset"]
    return RenderPlan(
        scaled=Size(*document["scaled"]),
        crop=Box(*document["crop"]),
        canvas=Size(*document["canvas"]),
        offset=(left, top),
        decode_floor=Size(*document["decode_floor"]),
        background=RGB(*document["background"]),
        flatten=document["flatten"],
        encoding=_encoding(document["encoding"]),
        frames=document["frames"],
    )


def _encoding(document: Mapping[str, Any]) -> Encoding:
    named = {"format": ImageFormat(document["format"]), "effort": Effort(document["effort"])}
    return Encoding(**{**document, **named})


def made_from_message(message: Message) -> list[Made]:
    """Return the thumbnails of an answer.

    Raises:
        LookupError, TypeError, ValueError: It has none.
    """
    sizes = message.document["sizes"]
    return [
        Made(blob, Size(_whole(width), _whole(height)))
        for blob, (width, height) in zip(message.blobs, sizes, strict=True)
    ]


def _whole(number: object) -> int:
    if not isinstance(number, int):
        raise MessageError(f"{number!r} is no whole number")
    return number
