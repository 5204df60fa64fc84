"""Reads PNG headers, and extracts the chunks that the pixels need (PNG, third edition).

The decoder sees only those chunks. Texts are never unpacked, private chunks are skipped, and the checksums of
both are ignored.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Disposal, Frame, Size, SourceInfo
from advthumb.core.orientation import Orientation

from . import icc
from .png_writing import END, SIGNATURE, Piece, chunk
from .reading import MAX_SEGMENTS, byte, clears, corrupt, shown_for, too_large, unpacked

DEEP_KEY = "a transparent colour of 16 bits"
"""The kind of a 16-bit picture with one transparent colour."""

_CHUNK = struct.Struct(">I4s")
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""The allowed bits per sample for each colour type."""
_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
"""The number of samples in a decoded pixel, by colour type."""
_GREY, _RGB, _PALETTE, _WITH_ALPHA = frozenset({0, 4}), 2, 3, frozenset({4, 6})
_PIXELS = frozenset({b"IDAT", b"fdAT"})
_BEFORE_PIXELS = frozenset({b"tRNS", b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM", b"eXIf", b"acTL"})
"""Chunks that are valid only before the pixels. The first of each type with a correct checksum is used."""
_DISPOSALS = {1: Disposal.CLEAR, 2: Disposal.RESTORE}
_ONE = 100_000
"""The unit of gAMA and cHRM."""


@dataclass(slots=True)
class _Walk:
    """The result of a walk over the chunks.

    Attributes:
        before: The contents of the chunks in `_BEFORE_PIXELS`, by name.
        frames: The content of each fcTL.
        hidden: Whether the picture in IDAT is not a frame of the animation.
    """

    before: dict[bytes, bytes] = field(default_factory=dict)
    frames: list[bytes] = field(default_factory=list)
    hidden: bool = False


def read(data: bytes) -> SourceInfo:
    """Read the header of a PNG, and walk its chunks.

    Raises:
        ThumbnailError: `corrupt`, or `too-large` if there are very many chunks.
    """
    width, height, depth, colours = header(data)
    found = _walked(data)
    size, offset = Size(width, height), (0, 0)
    part: Size | None = None
    if found.hidden:
        part, offset = _place(found.frames[0], size)
        part = None if part == size else part
    meaning = Colours.GREY if colours in _GREY else Colours.RGB
    keyed = b"tRNS" in found.before
    return SourceInfo(
        ImageFormat.PNG,
        size,
        _orientation(found.before.get(b"eXIf", b"")),
        # The canvas is transparent around a frame that is smaller.
        has_alpha=colours in _WITH_ALPHA or keyed or part is not None,
        frames=max(1, len(found.frames)),
        clears=clears(_disposal(control) for control in found.frames),
        offset=offset,
        part=part,
        colours=meaning,
        samples=_SAMPLES[colours] + keyed,
        bits=max(8, depth),
        profile=_profile(found.before, meaning),
        kind=DEEP_KEY if keyed and depth == 16 and colours == _RGB else "",
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a PNG with the chunks of the first picture.

    Raises:
        ThumbnailError: `corrupt`: the checksum of a chunk is wrong.
    """
    if _walked(data).hidden:
        return next(frames(data, info)).stream
    pixels = [_checked(data, start, stop) for name, start, stop in chunks(data) if name == b"IDAT"]
    return _alone(data, pixels)


def frames(data: bytes, info: SourceInfo) -> Iterator[Frame]:
    """Yield the first frames; `info` says how many.

    Raises:
        ThumbnailError: `corrupt`: the checksum of a chunk is wrong, or a frame is invalid.
    """
    for control, places in islice(_played(data), info.frames):
        size, offset = _place(control, info.size)
        pixels = []
        for name, start, stop in places:
            piece = _checked(data, start, stop)
            pixels.append(chunk(b"IDAT", piece[12:-4]) if name == b"fdAT" else piece)
        delay, parts, _, blend = unpacked(">HHBB", control, 20)
        yield Frame(
            _alone(data, pixels, size),
            size,
            offset,
            shown_for(delay * 1000 // (parts or 100)),
            _disposal(control),
            over=blend == 1,
        )


def plays(data: bytes) -> int:
    """Return how often the animation is played; 0 for endless."""
    return int(unpacked(">4xI", _walked(data).before[b"acTL"], 0)[0])


def _played(data: bytes) -> Iterator[tuple[bytes, list[tuple[bytes, int, int]]]]:
    """Yield the frame control of each frame, and the places of its pixels."""
    control, places = b"", list[tuple[bytes, int, int]]()
    for name, start, stop in chunks(data):
        if name == b"fcTL":
            if control:
                yield control, places
            control, places = data[start:stop], []
        elif name in _PIXELS and control:
            places.append((name, start, stop))
    yield control, places


def _alone(data: bytes, pixels: Sequence[Piece], size: Size | None = None) -> bytes:
    """Return a file with these pixels and the colours of `data`, and with another size if one is given.

    If `data` has no other content, it is returned without a copy.
    """
    _, _, depth, colours = header(data)
    kept: list[Piece] = [SIGNATURE]
    for name, start, stop in takewhile(lambda found: found[0] not in _PIXELS, chunks(data)):
        if name in {b"IHDR", b"PLTE", b"tRNS"}:
            piece: Piece = _checked(data, start, stop)
            if name == b"IHDR" and size is not None:
                piece = chunk(name, struct.pack(">II", *size) + piece[16:-4])
            elif name == b"tRNS" and colours != _PALETTE:
                piece = chunk(name, _masked(data[start:stop], depth))
            kept.append(piece)
    kept += [*pixels, END]
    whole = sum(map(len, kept)) == len(data) and data.startswith(b"".join(kept[: -1 - len(pixels)]))
    return data if whole and data.endswith(END) else b"".join(kept)


def header(data: bytes) -> tuple[int, int, int, int]:
    """Return the width and height in pixels, the bits per sample and the colour type (11.2.1).

    Raises:
        ThumbnailError: `corrupt`.
    """
    width, height, depth, colours = unpacked(">IIBB", data, 16)
    if data[12:16] != b"IHDR" or depth not in _DEPTHS.get(colours, ()):
        raise corrupt("it has no valid PNG header")
    return width, height, depth, colours


def _walked(data: bytes) -> _Walk:
    found, pixels, last = _Walk(), False, b""
    for name, start, stop in chunks(data):
        if name == b"IDAT" != last and pixels:
            # The PNG specification forbids it (5.6); a damaged name hides one of the chunks.
            raise corrupt("its pixel data is interrupted by other chunks")
        pixels, last = pixels or name == b"IDAT", name
        if name == b"fcTL":
            found.hidden |= pixels and not found.frames
            found.frames.append(data[start:stop])
        elif name in _BEFORE_PIXELS and not pixels and _is_whole(data, start, stop):
            found.before.setdefault(name, data[start:stop])
    if not pixels:
        raise corrupt("it has no pixel data")
    return found if b"acTL" in found.before else _Walk(found.before)


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk, and the start and end of its content.

    The last chunk may be damaged or missing, because only the chunks up to the pixels are needed.
    """
    at, end, others = len(SIGNATURE), len(data), 0
    while at + 12 <= end:
        length, name = _CHUNK.unpack_from(data, at)
        start, at = at + 8, at + 12 + length
        if name in _PIXELS:
            if at > end:
                raise corrupt("its pixel data ends early")
        elif name == b"IEND" or at > end:
            break
        else:
            others += 1
            if others > MAX_SEGMENTS:
                raise too_large(f"it has more than {MAX_SEGMENTS} chunks besides its pixel data")
        yield name, start, start + length


def _place(control: bytes, canvas: Size) -> tuple[Size, tuple[int, int]]:
    """Return the size and the position of a frame."""
    wide, high, left, top = unpacked(">4xIIII", control, 0)
    if not wide or not high or left + wide > canvas.width or top + high > canvas.height:
        raise corrupt("a frame extends outside its canvas")
    return Size(wide, high), (left, top)


def _orientation(exif: bytes) -> Orientation:
    """Return the orientation in eXIf, which begins with the byte order (11.3.4.5), unlike EXIF in JPEG."""
    return Orientation.from_exif(exif) if exif[:2] in {b"II", b"MM"} else Orientation.NORMAL


def _disposal(control: bytes) -> Disposal:
    return _DISPOSALS.get(byte(control, 24), Disposal.KEEP)


def _profile(before: Mapping[bytes, bytes], colours: Colours) -> bytes | None:
    """Return the profile. The order of precedence is cICP, iCCP, sRGB, and gAMA with cHRM (4.3)."""
    codes = before.get(b"cICP", b"")
    if len(codes) == 4:
        return icc.counting(icc.from_codes(codes[0], codes[1]), colours)
    if b"iCCP" in before and (profile := _unpacked_profile(before[b"iCCP"])):
        return icc.counting(profile, colours)
    gamma = before.get(b"gAMA", b"")
    if b"sRGB" in before or len(gamma) != 4:
        return None
    points = before.get(b"cHRM", b"")
    chromaticities = (
        tuple(each / _ONE for each in struct.unpack(">8I", points)) if len(points) == 32 else None
    )
    made = icc.from_gamma(struct.unpack(">I", gamma)[0] / _ONE, chromaticities)
    return icc.counting(made, colours)


def _unpacked_profile(content: bytes) -> bytes | None:
    packed = content.partition(b"\0")[2][1:]
    try:
        profile = zlib.decompressobj().decompress(packed, icc.MAX_PROFILE + 1)
    except zlib.error:
        return None
    return profile if len(profile) <= icc.MAX_PROFILE else None


def _masked(content: bytes, depth: int) -> bytes:
    """Return a transparent colour cut to the bits of the picture; higher bits have no meaning."""
    count = len(content) // 2
    samples = (sample & (1 << depth) - 1 for sample in struct.unpack_from(f">{count}H", content))
    return struct.pack(f">{count}H", *samples)


def _checked(data: bytes, start: int, stop: int) -> memoryview:
    """Return a view of a chunk whose checksum is correct. With a view, pixels are copied only once."""
    if not _is_whole(data, start, stop):
        raise corrupt(f"the checksum of its {data[start - 4 : start].decode('latin-1')} chunk is wrong")
    return memoryview(data)[start - 8 : stop + 4]


def _is_whole(data: bytes, start: int, stop: int) -> bool:
    """Return whether the checksum of a chunk matches its name and content."""
    return zlib.crc32(memoryview(data)[start - 4 : stop]) == int.from_bytes(data[stop : stop + 4], "big")
