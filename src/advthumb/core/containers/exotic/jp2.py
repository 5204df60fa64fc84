"""Reads JPEG 2000 files: the boxes of a JP2 (ITU-T T.800, annex I), or a bare codestream."""

import struct
from dataclasses import dataclass

from advthumb.core.containers import icc
from advthumb.core.containers.boxes import Boxes, box
from advthumb.core.containers.reading import corrupt, unpacked, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo
from advthumb.core.orientation import Extent

from . import codestream

_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_LISTED, _PROFILES = 1, (2, 3)
"""Methods of describing colours: by a number, or by an ICC profile."""
_COLOURS = {16: Colours.RGB, 17: Colours.GREY}
"""Colour models by number."""
_NUMBERS = {colours: number for number, colours in _COLOURS.items()}
_CHANNELS = {Colours.GREY: 1, Colours.RGB: 3}
_COLOUR, _OPACITY = 0, 1
_CODESTREAM_ALONE = b"\xff\x4f"


@dataclass(frozen=True, slots=True)
class _Found:
    """The contents of the boxes, and the place of the codestream.

    Attributes:
        start: Where the codestream begins.
        stop: Where it ends.
        colours: The colour model of the samples; None if it is not declared.
        profile: Their ICC profile, as it is in the file.
        channels: The declared number, type and association of each channel.
    """

    start: int
    stop: int
    colours: Colours | None = None
    profile: bytes | None = None
    channels: tuple[tuple[int, int, int], ...] = ()


def read(data: bytes) -> SourceInfo:
    """Read the boxes of a JP2 and the main header of its codestream.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` if there are very many parts.
    """
    found = _found(data)
    coded = codestream.read(data, found.start, found.stop)
    colours = found.colours or (Colours.GREY if coded.components < 3 else Colours.RGB)
    alpha = _has_alpha(found, coded.components, _CHANNELS[colours])
    return SourceInfo(
        ImageFormat.JP2,
        coded.size,
        has_alpha=alpha,
        colours=colours,
        samples=coded.components,
        bits=coded.bits,
        held=coded.held,
        profile=icc.counting(found.profile, colours),
        kind=f"a JPEG 2000 of {'grey' if colours is Colours.GREY else 'colours'} with alpha" if alpha else "",
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a JP2 with the codestream and the boxes that decoding needs, without a profile."""
    found = _found(data)
    header = struct.pack(">IIH4B", info.size.height, info.size.width, info.samples, info.bits - 1, 7, 0, 0)
    colours = struct.pack(">BBBI", _LISTED, 0, 0, _NUMBERS[info.colours])
    parts = [box(b"ihdr", header), box(b"colr", colours)]
    if info.has_alpha:
        channels = [(number, _COLOUR, number + 1) for number in range(info.samples - 1)]
        channels.append((info.samples - 1, _OPACITY, 0))
        described = b"".join(struct.pack(">HHH", *channel) for channel in channels)
        parts.append(box(b"cdef", struct.pack(">H", len(channels)), described))
    return b"".join(
        [
            _SIGNATURE,
            box(b"ftyp", b"jp2 \0\0\0\0jp2 "),
            box(b"jp2h", *parts),
            box(b"jp2c", data[found.start : found.stop]),
        ]
    )


def halvings(data: bytes, size: Size, floor: Size) -> int:
    """Return how often a decoder may halve the sides of a picture.

    Args:
        data: The file.
        size: The size of the picture.
        floor: The smallest size that is needed.
    """
    found = _found(data)
    most = codestream.levels(data, found.start, found.stop)
    smaller = (times for times in range(most, 0, -1) if size.width >> times >= floor.width)
    return next((times for times in smaller if size.height >> times >= floor.height), 0)


def covered(size: Size, times: int) -> Extent:
    """Return the extent of a picture within its decoded version, whose sides are halved `times` times.

    Each pixel of that version is a smoothed version of the pixel at its corner, not the mean of the pixels
    that it replaces. So the content is shifted by up to half a pixel to the right and down.
    """
    shift = 0.5 - 0.5 / 2**times
    return (shift, shift, size.width / 2**times + shift, size.height / 2**times + shift)


def _found(data: bytes) -> _Found:
    if data.startswith(_CODESTREAM_ALONE):
        return _Found(0, len(data))
    boxes = Boxes(data)
    first: dict[bytes, tuple[int, int]] = {}
    for name, start, stop in boxes.between(0, len(data)):
        first.setdefault(name, (start, stop))
        if name == b"jp2c":
            break  # a JPX may have more codestreams; what follows does not concern this one
    if not first.keys() >= {b"jp2h", b"jp2c"}:
        raise corrupt("its header or its picture is missing")
    described: dict[bytes, tuple[int, int]] = {}
    for name, start, stop in boxes.between(*first[b"jp2h"]):
        described.setdefault(name, (start, stop))
    if b"pclr" in described or b"colr" not in described:
        raise unsupported("a JPEG 2000 with a palette, or without a colour space")
    colours, profile = _described(data, *described[b"colr"])
    return _Found(*first[b"jp2c"], colours, profile, _channels(data, *described.get(b"cdef", (0, 0))))


def _described(data: bytes, start: int, stop: int) -> tuple[Colours, bytes | None]:
    """Return the colour model of the samples and their profile (I.5.3.3)."""
    (method,) = unpacked(">B", data, start)
    if method in _PROFILES:
        profile = data[start + 3 : stop]
        spaces = {b"GRAY": Colours.GREY, b"RGB ": Colours.RGB}
        colours = spaces.get(profile[16:20])
    else:
        (number,) = unpacked(">I", data, start + 3)
        profile, colours = None, _COLOURS.get(number) if method == _LISTED else None
    if colours is None:
        raise unsupported(f"a JPEG 2000 with the colour specification method {method}")
    return colours, profile


def _channels(data: bytes, start: int, stop: int) -> tuple[tuple[int, int, int], ...]:
    """Return the number, type and association of each declared channel (I.5.3.6)."""
    if not stop:
        return ()
    (count,) = unpacked(">H", data, start)
    if start + 2 + 6 * count > stop:
        raise corrupt("its channel definitions end early")
    return tuple(sorted(struct.iter_unpack(">HHH", data[start + 2 : start + 2 + 6 * count])))


def _has_alpha(found: _Found, components: int, colours: int) -> bool:
    """Return whether the last component is alpha.

    Raises:
        ThumbnailError: `unsupported`: there are other components, or they are reordered or premultiplied.
    """
    plain = tuple((number, _COLOUR, number + 1) for number in range(colours))
    if components == colours and found.channels in {(), plain}:
        return False
    if components == colours + 1 and found.channels == (*plain, (colours, _OPACITY, 0)):
        return True
    raise unsupported(
        f"a JPEG 2000 with {components} components and the channel definitions {found.channels}"
    )
