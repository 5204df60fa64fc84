"""The protocol between an engine's process and the process that uses it: JSON, followed by bytes.

A message consists of lengths, a JSON document, and any number of byte strings. Nothing is unpickled, so an
attacker who controls an imaging library can give wrong answers, but nothing more. A ticket precedes each
message: random bytes of the request, which the answer repeats, so that answers cannot be confused.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.images import RGB, Box, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.samples import Samples
from advthumb.engines.base import Made

_HEAD = struct.Struct(">II")
_LENGTH = struct.Struct(">Q")
TICKET_BYTES = 8
MAX_DOCUMENT = 2**20
MAX_BLOBS = 2**10
MAX_BYTES = 2**29
"""The maximum size of an answer: the sum of its blobs, in bytes. They are thumbnails, or samples of them."""


class MessageError(ValueError):
    """The received bytes are not a valid message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A JSON document and the byte strings that follow it."""

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
        read: Returns exactly the requested number of bytes.
        most: The maximum size of all blobs together, in bytes.

    Raises:
        MessageError: The lengths are too large, or the document is not a JSON object.
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
        raise MessageError("the document is not JSON") from error
    if not isinstance(document, dict):
        raise MessageError("the document is not an object")
    return Message(document, [read(length) for length in lengths])


def info_to_json(info: SourceInfo) -> dict[str, Any]:
    """Return the facts of a header that planning and limits need, as a document."""
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
    """Return the header that a document describes.

    Raises:
        LookupError, TypeError, ValueError: The document does not describe a header.
    """
    width, height = document["size"]
    return SourceInfo(
        format=ImageFormat(document["format"]),
        size=_size(width, height),
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
    """Return the plan that a document describes."""
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
        raw=document["raw"],
        preview=Size(*document["preview"]) if document["preview"] else None,
        smart=document["smart"],
    )


def _encoding(document: Mapping[str, Any]) -> Encoding:
    named = {"format": ImageFormat(document["format"]), "effort": Effort(document["effort"])}
    return Encoding(**{**document, **named})


def made_to_message(made: Sequence[RenderedThumbnail]) -> Message:
    """Return thumbnails as an answer: of each the file, and then the samples of its preview, if any."""
    previews = [each.preview for each in made]
    document = {
        "sizes": [each.size for each in made],
        "previews": [preview and (*preview.size, preview.bands) for preview in previews],
    }
    blobs = []
    for each in made:
        blobs += [each.data, each.preview.data if each.preview else b""]
    return Message(document, blobs)


def made_from_message(message: Message) -> list[Made]:
    """Return the thumbnails in an answer.

    Raises:
        LookupError, TypeError, ValueError: The answer has no valid thumbnails.
    """
    files, samples = message.blobs[::2], message.blobs[1::2]
    sizes, previews = message.document["sizes"], message.document["previews"]
    return [
        Made(data, _size(*size), _preview(preview, pixels))
        for data, size, preview, pixels in zip(files, sizes, previews, samples, strict=True)
    ]


def _preview(document: Any, pixels: bytes) -> Samples | None:
    if document is None:
        return None
    width, height, bands = document
    return Samples(_size(width, height), _whole(bands), pixels)


def _size(width: object, height: object) -> Size:
    return Size(_whole(width), _whole(height))


def _whole(number: object) -> int:
    if not isinstance(number, int):
        raise MessageError(f"{number!r} is not a whole number")
    return number
