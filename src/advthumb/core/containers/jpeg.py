"""Reads JPEG headers (ITU-T T.81), including the EXIF data and ICC profile in their segments."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo
from advthumb.core.orientation import Orientation

from . import icc
from .reading import MAX_SEGMENTS, byte, corrupt, too_large, unpacked, unsupported

MAX_SCANS = 100
"""A progressive JPEG has about ten scans. For each scan, even a tiny one, the decoder processes all pixels:
a megabyte of empty scans takes ten minutes."""

_MARKER = re.compile(rb"\xff([^\x00\xff])")
"""Anything between segments is skipped, as in decoders."""
_LONG_MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
"""A marker that is followed by a length: not stuffed zeros, restarts in pixel data, or TEM."""
_MAYBE_SCAN = re.compile(rb"\xff\xda\x00")
"""The start of a scan, whose header is shorter than 256 bytes. `re` takes half as long as `bytes.count`."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}
"""Markers without a length: restarts, TEM."""
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN, _APP1, _APP2 = 0xD8, 0xD9, 0xDA, 0xE1, 0xE2
_TEXTS = (frozenset(range(0xE1, 0xFF)) - {0xEE}) | frozenset(range(0x02, 0xC0))
"""Markers of segments that pixels do not need: texts, profiles, previews. (JFIF and Adobe define colours.)"""
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_PROGRESSIVE = 0xC2
_EXIF, _ICC, _MORE_PICTURES = b"Exif\x00\x00", b"ICC_PROFILE\x00", b"MPF\x00"
_END = re.compile(rb"\xff\xd9")
_AHEAD = b"\xff\x00" * 8
"""Bits that are not a code of any table. Decoders read up to eight bytes ahead and need these bytes."""
_COLOURS = {1: Colours.GREY, 3: Colours.RGB, 4: Colours.CMYK}
_COEFFICIENT = 2
"""Bytes that libjpeg keeps for each sample of a picture with several scans."""


class _Frame(NamedTuple):
    """The header of a frame: its kind, size, number of components and sampling factors."""

    kind: int
    size: Size
    components: int
    sampling: bytes
    """The sampling factors of the components: the upper half of a byte is horizontal, the lower vertical."""


def read(data: bytes) -> SourceInfo:
    """Read the header of a JPEG, and check that its pixel data is terminated.

    Raises:
        ThumbnailError: `corrupt`, `unsupported` (lossless, arithmetic, 12 bits...), `too-large`.
    """
    frame, exif, parts, at = None, None, list[bytes](), 2
    for marker, start, stop in _segments(data):
        if marker in _FRAMES:
            if frame is not None:
                raise corrupt("it has two frame headers")
            frame = _frame(data, marker, start)
        elif marker == _APP1 and exif is None and data.startswith(_EXIF, start):
            exif = data[start:stop]
        elif marker == _APP2 and data.startswith(_ICC, start):
            parts.append(data[start + len(_ICC) : stop])
        at = stop
    if frame is None:
        raise corrupt("its frame header is missing")
    scan = byte(data, at)  # how many components the first scan has
    one_scan = frame.kind in _SEQUENTIAL and scan == frame.components
    if not one_scan:
        _check_scans(data, at)
    # In pixel data, 0xff is followed by a zero or a restart marker, so this is a real end. It is not the end
    # of a preview either, because previews come before the pixels.
    if data.rfind(b"\xff\xd9", at) < 0:
        raise corrupt("its pixel data ends early")
    colours = _COLOURS[frame.components]
    return SourceInfo(
        ImageFormat.JPEG,
        frame.size,
        Orientation.from_exif(exif or b""),
        colours=colours,
        samples=frame.components,
        held=0 if one_scan else _coefficients(frame),
        profile=icc.counting(icc.joined(parts), colours),
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the segments that the pixels need, and the pixels.

    The end marker of a single scan is removed. If the codes of a damaged scan end before the last pixel,
    decoders fill the rest with grey if an end marker follows, but refuse the file if it just ends.
    """
    head, more, start = [data[:2]], False, 0
    for marker, start, stop in _segments(data):
        more = more or (marker == _APP2 and data.startswith(_MORE_PICTURES, start))
        if marker not in _TEXTS and marker != _START_OF_SCAN:
            head.append(data[start - 4 : stop])
    pixels = memoryview(data)[start - 4 :]
    if info.held:  # several scans: decoders search for the end first
        return b"".join([*head, pixels])
    # Finding the last end marker is fast. Finding the first one takes a millisecond, so it is done only if
    # other pictures follow.
    end = found.start() if more and (found := _END.search(data, start)) else data.rfind(b"\xff\xd9")
    return b"".join([*head, pixels[: end - start + 4], _AHEAD])


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker, start and end of each segment before the pixels.

    The last one is the start of scan. Its yielded end is the start of its content.
    """
    at, count, last = 2, 0, 0
    while found := _MARKER.search(data, at):
        marker, gap, at = found[1][0], found.start() - at, found.end()
        count += 1
        if count > MAX_SEGMENTS:
            raise too_large(f"it has more than {MAX_SEGMENTS} segments before its pixel data")
        if marker == _END_OF_IMAGE:
            break
        if marker == _START_OF_IMAGE:
            if gap and last == _APP1:
                raise unsupported("a camera RAW file that starts like a JPEG")
            raise corrupt("it has a second start marker")
        if marker in _ALONE:
            continue
        (length,) = unpacked(">H", data, at)
        if marker == _START_OF_SCAN:
            yield marker, at + 2, at + 2
            return
        yield marker, at + 2, at + length
        last, at = marker, at + length
    raise corrupt("it has no pixel data")


def _frame(data: bytes, kind: int, at: int) -> _Frame:
    bits, height, width, components = unpacked(">BHHB", data, at)
    if kind not in _SEQUENTIAL and kind != _PROGRESSIVE:
        how = "arithmetic" if kind & 8 else "hierarchical" if kind & 4 else "lossless"
        raise unsupported(f"a JPEG with {how} coding")
    if bits != 8:
        raise unsupported(f"a JPEG with {bits} bits per sample")
    if components not in _COLOURS:
        raise unsupported(f"a JPEG with {components} components")
    sampling = data[at + 7 : at + 6 + 3 * components : 3]
    if len(sampling) < components or not all(each >> 4 and each & 15 for each in sampling):
        raise corrupt("it has no valid sampling factors")
    return _Frame(kind, Size(width, height), components, sampling)


def _coefficients(frame: _Frame) -> int:
    """Return the size in bytes of all coefficients of a frame."""
    most = max(each >> 4 for each in frame.sampling) * max(each & 15 for each in frame.sampling)
    samples = sum((each >> 4) * (each & 15) for each in frame.sampling)
    return frame.size.pixels * samples * _COEFFICIENT // most


def _check_scans(data: bytes, at: int) -> None:
    """Refuse more than `MAX_SCANS` scans after an offset.

    A trailer may contain other pictures with scans, so counting the bytes that start a scan only shows that
    there may be too many.
    """
    if next(islice(_MAYBE_SCAN.finditer(data, at), MAX_SCANS - 1, None), None) is None:
        return
    scans = 1
    while scans <= MAX_SCANS and (marker := _LONG_MARKER.search(data, at)):
        if marker[1][0] == _END_OF_IMAGE:
            return
        scans += marker[1][0] == _START_OF_SCAN
        at = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    if scans > MAX_SCANS:
        raise too_large(f"it has more than {MAX_SCANS} scans")
