"""Reads the headers of coded pictures: the sequence headers of AV1 (AV1 specification, 5.5) and HEVC."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from advthumb.core.images import Size

from .reading import MAX_SEGMENTS, byte, corrupt, too_large, unpacked

MAX_FRAMES = 16
"""The maximum number of frames in an item. A picture has one or a few; each one costs a full decode."""

_HEADER_BYTES = 1024
"""More bytes than the part of a sequence header that is read can have."""
_GOLOMB_BITS = 32

_OBU_SEQUENCE_HEADER = 1
_OBU_FRAMES = frozenset({3, 6})
"""A frame header alone, or with its tiles."""

_HVCC_ARRAYS = 22
"""The offset in an hvcC box of the number of its arrays of NAL units (ISO/IEC 14496-15, 8.3.3.1.2)."""
_NAL_SLICES = frozenset(range(32))
_NAL_SEQUENCE = 33
_SUBSAMPLING = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
"""Luma samples for one chroma sample, horizontally and vertically, by `chroma_format_idc`."""


class Coded(NamedTuple):
    """What the header of a coded picture says.

    Attributes:
        size: The displayed size.
        pixels: The maximum number of pixels that the decoder processes.
        bits: The bits of a sample.
        grey: Whether it has no colours.
        codes: Colour primaries and transfer (ISO/IEC 23091-2); None if they are not declared.
    """

    size: Size
    pixels: int
    bits: int
    grey: bool
    codes: tuple[int, int] | None = None


class _Bits:
    """Reads numbers of any bit length, most significant bit first."""

    def __init__(self, data: bytes | memoryview) -> None:
        head = bytes(memoryview(data)[:_HEADER_BYTES])
        self._value = int.from_bytes(head, "big")
        self._left = 8 * len(head)

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise corrupt("the header of its pixel data ends early")
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        """Return a number in the coding that H.265 calls ue(v) and AV1 calls uvlc()."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros == _GOLOMB_BITS:
                raise corrupt("the header of its pixel data is invalid")
        return (1 << zeros) - 1 + self.read(zeros)


class Budget:
    """The maximum number of units (OBU, NAL) in all coded pictures of one file together."""

    def __init__(self) -> None:
        self._left = MAX_SEGMENTS

    def take(self) -> None:
        """Count one unit.

        Raises:
            ThumbnailError: `too-large`: there are too many units.
        """
        self._left -= 1
        if self._left < 0:
            raise too_large(f"its pixel data has more than {MAX_SEGMENTS} units")


def av1(config: bytes, data: memoryview, budget: Budget) -> Coded:
    """Return what the header of an AV1 picture says.

    Args:
        config: The content of its av1C property, which may also contain a sequence header.
        data: The content of its item.
        budget: How many OBUs are allowed.

    Raises:
        ThumbnailError: `corrupt`: there is no sequence header; `too-large`: too many frames or units.
    """
    headers, frames = [], 0
    for kind, content in chain(_obus(memoryview(config)[4:], budget), _obus(data, budget)):
        if kind == _OBU_SEQUENCE_HEADER:
            headers.append(_av1_header(content))
        frames += kind in _OBU_FRAMES
    _check_frames(frames)
    return _largest(headers)


def hevc(config: bytes, data: memoryview, budget: Budget) -> Coded:
    """Return what the header of an HEVC picture says.

    Args:
        config: The content of its hvcC property.
        data: The content of its item.
        budget: How many NAL units are allowed.

    Raises:
        ThumbnailError: `corrupt`: there is no sequence header; `too-large`: too many pictures or units.
    """
    length = (byte(config, _HVCC_ARRAYS - 1) & 3) + 1
    headers, frames = [], 0
    for unit in chain(_configured_nals(config, budget), _nals(data, length, budget)):
        if len(unit) < 3 or unit[0] & 1 or unit[1] >> 3:
            continue  # belongs to another layer, such as a second view
        kind = unit[0] >> 1 & 0x3F
        if kind == _NAL_SEQUENCE:
            headers.append(_hevc_header(unit))
        frames += kind in _NAL_SLICES and unit[2] >> 7  # `first_slice_segment_in_pic_flag`
    _check_frames(frames)
    return _largest(headers)


def _largest(headers: Iterable[Coded]) -> Coded:
    found = max(headers, key=lambda coded: coded.pixels, default=None)
    if found is None:
        raise corrupt("its pixel data has no header")
    return found


def _check_frames(frames: int) -> None:
    if frames > MAX_FRAMES:
        raise too_large(f"one picture consists of {frames} frames")


def _obus(data: memoryview, budget: Budget) -> Iterator[tuple[int, memoryview]]:
    """Yield the type and content of each open bitstream unit (AV1 specification, 5.3)."""
    at = 0
    while at < len(data):
        budget.take()
        head = data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:
            size, at = _leb128(data, at)
        if size < 0 or at + size > len(data):
            raise corrupt("its pixel data ends early")
        yield head >> 3 & 15, data[at : at + size]
        at += size


def _leb128(data: memoryview, at: int) -> tuple[int, int]:
    """Return a number with seven bits in each byte, lowest first, and the offset after it."""
    value = 0
    for place in range(8):
        if at + place >= len(data):
            break
        each = data[at + place]
        value |= (each & 0x7F) << 7 * place
        if each < 0x80:
            return value, at + place + 1
    raise corrupt("its pixel data ends early")


def _av1_header(content: memoryview) -> Coded:
    bits = _Bits(content)
    profile = bits.read(3)
    bits.read(1)  # still_picture
    reduced = bits.read(1)
    if reduced:
        bits.read(5)
    else:
        _skip_operating_points(bits)
    wide, high = bits.read(4) + 1, bits.read(4) + 1
    size = Size(bits.read(wide) + 1, bits.read(high) + 1)
    if not reduced and bits.read(1):
        bits.read(7)
    bits.read(3)  # superblocks, filter_intra, intra_edge_filter
    if not reduced:
        _skip_tools(bits)
    bits.read(3)  # superres, cdef, restoration
    deep = bits.read(1)
    depth = (12 if profile == 2 and bits.read(1) else 10) if deep else 8
    grey = profile != 1 and bool(bits.read(1))
    codes = (bits.read(8), bits.read(8)) if bits.read(1) else None
    return Coded(size, size.pixels, depth, grey, codes)


def _skip_operating_points(bits: _Bits) -> None:
    delay = 0
    if bits.read(1):  # timing_info
        bits.read(64)
        if bits.read(1):
            bits.golomb()
        if bits.read(1):  # decoder_model_info
            delay = bits.read(5) + 1
            bits.read(42)
    display_delay = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:
            bits.read(1)
        if delay and bits.read(1):
            bits.read(2 * delay + 1)
        if display_delay and bits.read(1):
            bits.read(4)


def _skip_tools(bits: _Bits) -> None:
    bits.read(4)
    order_hint = bits.read(1)
    if order_hint:
        bits.read(2)
    screen = 2 if bits.read(1) else bits.read(1)
    if screen and not bits.read(1):
        bits.read(1)
    if order_hint:
        bits.read(3)


def _configured_nals(config: bytes, budget: Budget) -> Iterator[memoryview]:
    """Yield the NAL units of an hvcC box."""
    at = _HVCC_ARRAYS + 1
    for _ in range(byte(config, _HVCC_ARRAYS)):
        (count,) = unpacked(">H", config, at + 1)
        at += 3
        for _ in range(count):
            budget.take()
            (size,) = unpacked(">H", config, at)
            at += 2 + size
            if at > len(config):
                raise corrupt("the header of its pixel data ends early")
            yield memoryview(config)[at - size : at]


def _nals(data: memoryview, length: int, budget: Budget) -> Iterator[memoryview]:
    """Yield the NAL units of an item. Each one is preceded by its length in `length` bytes."""
    at = 0
    while at < len(data):
        budget.take()
        size = int.from_bytes(data[at : at + length], "big")
        at += length + size
        if at > len(data):
            raise corrupt("its pixel data ends early")
        yield data[at - size : at]


def _hevc_header(unit: memoryview) -> Coded:
    """Read a sequence parameter set (H.265, 7.3.2.2), where bytes 0, 0 and 3 stand for 0 and 0."""
    bits = _Bits(bytes(unit[2:_HEADER_BYTES]).replace(b"\0\0\3", b"\0\0"))
    bits.read(4)
    layers = bits.read(3)
    bits.read(1 + 96)  # profile, tier and level
    present = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    if layers:
        bits.read(2 * (8 - layers))
    for profile, level in present:
        bits.read(88 * profile + 8 * level)
    bits.golomb()
    colours = bits.golomb()
    if colours not in _SUBSAMPLING:
        raise corrupt("the header of its pixel data is invalid")
    if colours == 3:
        bits.read(1)
    whole = Size(bits.golomb(), bits.golomb())
    left, right, top, bottom = [bits.golomb() for _ in range(4)] if bits.read(1) else (0, 0, 0, 0)
    across, down = _SUBSAMPLING[colours]
    size = Size(whole.width - across * (left + right), whole.height - down * (top + bottom))
    if min(size) < 1:
        raise corrupt("the header of its pixel data gives no valid size")
    depth = 8 + max(bits.golomb(), bits.golomb() if colours else 0)
    return Coded(size, whole.pixels, depth, not colours)
