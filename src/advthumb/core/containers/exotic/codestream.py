"""Reads JPEG 2000 codestreams (ITU-T T.800, annex A)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from advthumb.core.containers.reading import MAX_SEGMENTS, byte, corrupt, too_large, unpacked, unsupported
from advthumb.core.images import Size

_SOC, _SIZ, _COD, _QCD = 0xFF4F, 0xFF51, 0xFF52, 0xFF5C
_SOT, _SOD, _EOC = 0xFF90, 0xFF93, 0xFFD9
_IN_FRONT = {_COD, _QCD, 0xFF55, 0xFF57, 0xFF5D, 0xFF5E, 0xFF63, 0xFF64}
"""Markers that a main header may have: sizes, quantization, regions and comments. Rare features are refused:
components with different coding, packets in another order, and packet headers in another place."""
_IN_TILES = {0xFF58, _QCD, 0xFF5D, 0xFF5E, 0xFF64}
MAX_TILES = 10_000
MAX_BLOCKS = 4_000_000
"""The maximum number of code blocks and precincts; a picture of 100 megapixels has 75,000 of each."""
_MOST_COMPONENTS = 4
_MOST_LEVELS = 32
_LARGEST_PRECINCT = 15
_TILE_BYTES, _BLOCK_BYTES = 4, 256
"""Bytes that OpenJPEG holds for a sample and for a block."""


@dataclass(frozen=True, slots=True)
class Codestream:
    """The contents of the main header.

    Attributes:
        size: The size of the picture.
        components: The number of samples in a pixel.
        bits: The bits of a sample.
        held: Bytes that a decoder holds in addition to the pixels that it returns.
    """

    size: Size
    components: int
    bits: int
    held: int


def read(data: bytes, start: int, stop: int) -> Codestream:
    """Read the main header of a codestream.

    Args:
        data: The file.
        start: Where the codestream begins.
        stop: Where its container ends.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large`.
    """
    soc, siz = unpacked(">HH", data, start)
    if (soc, siz) != (_SOC, _SIZ):
        raise corrupt("its codestream has no valid header")
    width, height, left, top, tile_width, tile_height, tile_left, tile_top = unpacked(">8I", data, start + 8)
    length, components = unpacked(">H34xH", data, start + 4)
    if any((left, top, tile_left, tile_top)):
        raise unsupported("a JPEG 2000 whose picture or tiles have an offset")
    if not 1 <= components <= _MOST_COMPONENTS or length != 38 + 3 * components:
        raise unsupported(f"a JPEG 2000 with {components} components")
    kinds = {unpacked(">BBB", data, start + 42 + 3 * number) for number in range(components)}
    (depth, across, down), *others = kinds
    if others or (across, down) != (1, 1) or not 7 <= depth <= 15:
        raise unsupported("a JPEG 2000 whose components differ, are signed, or do not have 8 to 16 bits")
    if not tile_width or not tile_height:
        raise corrupt(f"its header gives a tile size of {tile_width}x{tile_height} px")
    size = Size(width, height)
    tiles = -(-width // tile_width) * -(-height // tile_height)
    if tiles > MAX_TILES:
        raise too_large(f"it has {tiles} tiles")
    blocks = _blocks(data, start + 4 + length, stop, size, components, tiles)
    held = size.pixels * components * _TILE_BYTES * (1 if tiles == 1 else 2) + blocks * _BLOCK_BYTES
    _check_tiles(data, start + 4 + length, stop, tiles)
    return Codestream(size, components, depth + 1, held)


def levels(data: bytes, start: int, stop: int) -> int:
    """Return how often a decoder may halve the sides of a codestream that `read` accepted."""
    (length,) = unpacked(">H", data, start + 4)
    begin = next(begin for marker, begin, _ in _segments(data, start + 4 + length, stop) if marker == _COD)
    return byte(data, begin + 5)


def _blocks(data: bytes, at: int, stop: int, size: Size, components: int, tiles: int) -> int:
    """Return the number of code blocks and precincts of a picture."""
    found = {marker: (begin, end) for marker, begin, end in _segments(data, at, stop)}
    if not found.keys() >= {_COD, _QCD} or not found.keys() <= _IN_FRONT | {_SOT}:
        raise unsupported(f"a JPEG 2000 with the markers {', '.join(f'{each:x}' for each in sorted(found))}")
    begin, end = found[_COD]
    own, wide, high = unpacked(">B5xBB", data, begin)
    levels = byte(data, begin + 5)
    precincts = data[begin + 10 : end] if own & 1 else bytes([_LARGEST_PRECINCT * 17]) * (levels + 1)
    if levels > _MOST_LEVELS or len(precincts) != levels + 1 or max(wide, high) > 8 or wide + high > 8:
        raise corrupt("its coding parameters contradict each other")
    blocks = components * tiles * (levels + 1)
    for level, sizes in zip(range(levels, -1, -1), precincts, strict=True):
        across, down = (-(-side >> level) for side in size)
        largest = (-(-across // 2 ** (sizes & 15)) or 1) * (-(-down // 2 ** (sizes >> 4)) or 1)
        smallest = (across >> min(wide + 2, sizes & 15)) * (down >> min(high + 2, sizes >> 4))
        blocks += components * (largest + smallest)
    if blocks > MAX_BLOCKS:
        raise too_large(f"it has {blocks} code blocks")
    return blocks


def _segments(data: bytes, at: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Yield the marker, start and end of each segment, up to the first one of a tile or of pixels."""
    for _ in range(MAX_SEGMENTS):
        marker, length = unpacked(">HH", data, at)
        if marker in {_SOT, _SOD}:
            yield marker, at, at
            return
        if at + 2 + length > stop:
            raise corrupt("a segment extends past the end of its container")
        yield marker, at + 4, at + 2 + length
        at += 2 + length
    raise too_large(f"it has more than {MAX_SEGMENTS} segments")


def _check_tiles(data: bytes, at: int, stop: int, tiles: int) -> None:
    """Refuse a codestream with missing tiles, because decoders leave their area empty.

    Raises:
        ThumbnailError: `corrupt`, or `unsupported` for tiles with different coding.
    """
    *_, (_, at, _) = _segments(data, at, stop)
    parts, announced, count = Counter[int](), dict[int, int](), 0
    while True:
        (marker,) = unpacked(">H", data, at)
        if marker == _EOC or count > MAX_SEGMENTS:
            break
        count += 1
        length, tile, bytes_, _, several = unpacked(">HHIBB", data, at + 2)
        bytes_ = bytes_ or stop - 2 - at
        if marker != _SOT or length != 10 or tile >= tiles or at + bytes_ > stop - 2:
            raise corrupt("a tile part extends past the end of its container")
        if any(each not in _IN_TILES for each, *_ in _segments(data, at + 12, at + bytes_) if each != _SOD):
            raise unsupported("a JPEG 2000 whose tiles have different coding parameters")
        parts[tile] += 1
        announced[tile] = announced.get(tile) or several
        at += bytes_
    if count > MAX_SEGMENTS:
        raise too_large(f"its tiles have more than {MAX_SEGMENTS} parts")
    if len(parts) != tiles or any(announced[tile] not in {0, number} for tile, number in parts.items()):
        raise corrupt("some of its tiles are missing")
