"""Reads the headers of JPEG XL files, with or without boxes (ISO/IEC 18181-1, annex D, and 18181-2)."""

from advthumb.core.containers.boxes import Boxes
from advthumb.core.containers.reading import corrupt, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.orientation import Orientation

_CODESTREAM = b"\xff\x0a"
_HEADER = 64
"""Bytes of a codestream that are enough for everything that is read here."""
_SIDE = ((9, 1), (13, 1), (18, 1), (30, 1))
_PREVIEW_SIDE = ((6, 1), (8, 65), (10, 321), (12, 1345))
_PREVIEW_EIGHTHS = ((0, 16), (0, 32), (5, 1), (9, 33))
"""The number of bits of a number, and what is added to it, for each value of the preceding two bits."""
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Ratios of width to height, for headers without a width."""


class _Bits:
    """Reads numbers of any bit length, lowest bit first.

    Args:
        data: The bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")
        self._left = len(data) * 8

    def number(self, bits: int) -> int:
        """Return the next number.

        Raises:
            ThumbnailError: `corrupt`: there are not enough bits.
        """
        self._left -= bits
        if self._left < 0:
            raise corrupt("its header ends early")
        found = self._rest & ((1 << bits) - 1)
        self._rest >>= bits
        return found

    def choice(self, kinds: tuple[tuple[int, int], ...]) -> int:
        """Return a number whose first two bits say how long it is."""
        bits, added = kinds[self.number(2)]
        return self.number(bits) + added


def read(data: bytes) -> SourceInfo:
    """Read the size and the orientation.

    Raises:
        ThumbnailError: `corrupt`; `unsupported` for an animation.
    """
    bits = _Bits(_codestream(data).removeprefix(_CODESTREAM))
    size = _size(bits)
    orientation = Orientation.NORMAL
    has_defaults = bits.number(1)
    if not has_defaults and bits.number(1):
        orientation = Orientation(bits.number(3) + 1)
        if bits.number(1):
            _size(bits)  # the intended display size
        if bits.number(1):
            _skip_preview(bits)
        if bits.number(1):
            raise unsupported("an animated JPEG XL")
    return SourceInfo(ImageFormat.JXL, size, orientation)


def _codestream(data: bytes) -> bytes:
    """Return the first bytes of a codestream, bare or in boxes."""
    if data.startswith(_CODESTREAM):
        return data[:_HEADER]
    found = b""
    for box in Boxes(data).between(0, len(data)):
        if box.name == b"jxlc":
            found = data[box.start : min(box.stop, box.start + _HEADER)]
        elif box.name == b"jxlp":  # a part, preceded by its number
            found += data[box.start + 4 : min(box.stop, box.start + 4 + _HEADER)]
        if len(found) >= _HEADER:
            break
    if not found.startswith(_CODESTREAM):
        raise corrupt("it has no codestream")
    return found


def _size(bits: _Bits) -> Size:
    small = bits.number(1)
    height = (bits.number(5) + 1) * 8 if small else bits.choice(_SIDE)
    ratio = bits.number(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return Size(height * across // down, height)
    return Size((bits.number(5) + 1) * 8 if small else bits.choice(_SIDE), height)


def _skip_preview(bits: _Bits) -> None:
    kinds = _PREVIEW_EIGHTHS if bits.number(1) else _PREVIEW_SIDE
    bits.choice(kinds)
    if not bits.number(3):
        bits.choice(kinds)
