"""Reads WebP files, and extracts each picture as a separate file (the WebP container specification)."""

import struct
from collections.abc import Iterator, Mapping
from itertools import islice

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Disposal, Frame, Size, SourceInfo
from advthumb.core.orientation import Orientation

from . import icc
from .reading import MAX_FRAMES, MAX_SEGMENTS, byte, clears, corrupt, shown_for, too_large, unpacked

_EXIF, _ALPHA, _ICC = 0x08, 0x10, 0x20
"""The flags of VP8X that are used."""
_RIFF, _FRAME = 12, 16
"""The offset of the chunks in a file and in a frame."""
_PIXELS = (b"ALPH", b"VP8 ", b"VP8L")


def read(data: bytes) -> SourceInfo:
    """Read the header of a WebP and of its first picture.

    Raises:
        ThumbnailError: `corrupt`, or `too-large` if there are very many chunks.
    """
    chunks, frames = _walked(data)
    features = chunks.get(b"VP8X")
    if features is None:
        size, has_alpha = _bitstream(chunks)
        return SourceInfo(ImageFormat.WEBP, size, has_alpha=has_alpha, samples=3 + has_alpha)
    flags, size = _features(features)
    offset, part = (0, 0), None
    if frames:
        offset, part = _frame(chunks[b"ANMF"])
        if offset[0] + part.width > size.width or offset[1] + part.height > size.height:
            raise corrupt("its first frame extends outside its canvas")
    else:
        inner, _ = _bitstream(chunks)
        if inner != size:
            raise corrupt(f"its header says {size} px, but its picture is {inner} px")
    has_alpha = bool(flags & _ALPHA)
    return SourceInfo(
        ImageFormat.WEBP,
        size,
        Orientation.from_exif(chunks.get(b"EXIF", b"") if flags & _EXIF else b""),
        # The canvas is transparent around a frame that is smaller.
        has_alpha=has_alpha or part not in {None, size},
        frames=max(1, frames),
        clears=clears(_disposal(data, start) for name, start, _ in _chunks_of(data) if name == b"ANMF"),
        offset=offset,
        part=None if part == size else part,
        samples=3 + has_alpha,
        profile=icc.counting(chunks.get(b"ICCP") if flags & _ICC else None, Colours.RGB),
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a WebP with only the first picture, without profile and texts."""
    chunks, moving = _walked(data)
    if moving:
        return _alone(chunks[b"ANMF"], has_alpha=info.has_alpha)
    if b"VP8X" not in chunks:
        return _riff(chunks)
    return _riff(chunks, info.size, has_alpha=info.has_alpha)


def frames(data: bytes, info: SourceInfo) -> Iterator[Frame]:
    """Yield the first frames; `info` says how many."""
    contents = (data[start:stop] for name, start, stop in _chunks_of(data) if name == b"ANMF")
    for content in islice(contents, info.frames):
        offset, size = _frame(content)
        milliseconds = int.from_bytes(content[12:15], "little")
        stream, over = _alone(content, has_alpha=True), not byte(content, 15) & 2
        yield Frame(stream, size, offset, shown_for(milliseconds), _disposal(content, 0), over)


def announcing_alpha(data: bytes) -> bytes:
    """Return an animation with the alpha flag set in its header, even if only cleared areas are transparent.

    libwebp omits the flag if all frames are opaque, and then some decoders show black.
    """
    flags = 8 + _RIFF
    if data[_RIFF : _RIFF + 4] != b"VP8X":
        return data
    return data[:flags] + bytes([data[flags] | _ALPHA]) + data[flags + 1 :]


def plays(data: bytes) -> int:
    """Return how often the animation is played; 0 for endless."""
    chunks, _ = _walked(data)
    return int(unpacked("<4xH", chunks.get(b"ANIM", bytes(6)), 0)[0])


def _disposal(data: bytes, at: int) -> Disposal:
    """Return the disposal of the frame whose content begins at an offset."""
    return Disposal.CLEAR if byte(data, at + 15) & 1 else Disposal.KEEP


def _alone(frame: bytes, *, has_alpha: bool) -> bytes:
    """Return a file with the picture of a frame."""
    chunks = {name: frame[start:stop] for name, start, stop in _chunks(frame, _FRAME)}
    return _riff(chunks, _frame(frame)[1], has_alpha=has_alpha)


def _riff(chunks: Mapping[bytes, bytes], size: Size | None = None, *, has_alpha: bool = False) -> bytes:
    """Return a file with the pixel chunks, and with an extended header if a size is given."""
    kept = b"".join(_chunk(name, chunks[name]) for name in _PIXELS if name in chunks)
    if size is not None:
        sides = (size.width - 1).to_bytes(3, "little") + (size.height - 1).to_bytes(3, "little")
        kept = _chunk(b"VP8X", bytes([_ALPHA if has_alpha else 0, 0, 0, 0]) + sides) + kept
    return _chunk(b"RIFF", b"WEBP" + kept)


def _walked(data: bytes) -> tuple[dict[bytes, bytes], int]:
    """Return the first chunk of each name, and the number of frames."""
    found: dict[bytes, bytes] = {}
    frames = others = 0
    for name, start, stop in _chunks_of(data):
        if name == b"ANMF":
            frames += 1
            if frames > MAX_FRAMES:
                raise too_large(f"it has more than {MAX_FRAMES} frames")
        else:
            others += 1
            if others > MAX_SEGMENTS:
                raise too_large(f"it has more than {MAX_SEGMENTS} chunks")
        if name not in found:
            found[name] = data[start:stop]
    return found, frames


def _chunks_of(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the chunks of a file; anything after its declared end is ignored."""
    (length,) = unpacked("<I", data, 4)
    return _chunks(data[: length + 8], _RIFF)


def _chunks(data: bytes, at: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk, and the start and end of its content."""
    head, end = struct.Struct("<4sI"), len(data)
    while at + 8 <= end:
        name, length = head.unpack_from(data, at)
        start = at + 8
        if start + length > end:
            raise corrupt("its pixel data ends early")
        yield name, start, start + length
        at = start + length + length % 2


def _features(content: bytes) -> tuple[int, Size]:
    flags, wide, wide_high, high, high_high = unpacked("<B3xHBHB", content, 0)
    return flags, Size(wide + (wide_high << 16) + 1, high + (high_high << 16) + 1)


def _frame(content: bytes) -> tuple[tuple[int, int], Size]:
    """Return the position of a frame on the canvas, and its size."""
    numbers = unpacked("<HBHBHBHB", content, 0)
    left, top, wide, high = (
        low + (more << 16) for low, more in zip(numbers[::2], numbers[1::2], strict=True)
    )
    return (2 * left, 2 * top), Size(wide + 1, high + 1)


def _bitstream(chunks: Mapping[bytes, bytes]) -> tuple[Size, bool]:
    """Return the size in the bitstream itself, and whether it has alpha."""
    if b"VP8L" in chunks:
        (bits,) = unpacked("<xI", chunks[b"VP8L"], 0)
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bool(bits >> 28 & 1)
    width, height = unpacked("<HH", chunks.get(b"VP8 ", b""), 6)
    return Size(width & 0x3FFF, height & 0x3FFF), False


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
