"""Writes a layer of an XCF as a PNG, with its opacity and its mask in the alpha."""

from collections.abc import Iterable, Iterator

from advthumb.core.containers import png_writing
from advthumb.core.images import Box

from .xcf_headers import GREY, INDEXED, TILE, Header, LayerHeader, mask_pixels
from .xcf_tiles import Tiles

_OPAQUE = 255
_FULL = 65_535 / _OPAQUE**2
"""Turns the product of two alphas of 8 bits into one of 16 bits."""


def as_png(data: bytes, header: Header, layer: LayerHeader, part: Box) -> bytes:
    """Return a part of a layer as a PNG that is not compressed.

    Args:
        data: The file.
        header: Its header.
        layer: The header of the layer.
        part: The part, which begins and ends between tiles or where the layer does.

    Raises:
        ThumbnailError: `corrupt`: the pixel data is damaged.
    """
    samples = (1 if header.base == GREY else 3) + layer.has_alpha
    depth = sample_bytes(header, layer)
    bands = _bands(_Planes(data, header, layer), part, samples * depth)
    return png_writing.written(part.size, 8 * depth, samples, bands)


def sample_bytes(header: Header, layer: LayerHeader) -> int:
    """Return the bytes of a sample in the PNG of a layer.

    There are two where alpha is multiplied. In linear light, one would be wrong by up to six levels on black.
    """
    return 2 if layer.fades else header.depth


def _bands(layer: "_Planes", part: Box, pixel: int) -> Iterator[bytearray]:
    """Yield the rows of a part for a PNG, as many at once as a tile has; `pixel` is the bytes of one."""
    length = 1 + part.size.width * pixel
    for row in range(part.top // TILE, -(-part.bottom // TILE)):
        height = min(TILE, part.bottom - row * TILE)
        band, start = bytearray(height * length), 1
        for column in range(part.left // TILE, -(-part.right // TILE)):
            planes = layer.planes(column, row)
            pixels = bytearray(len(planes[0]) * pixel)
            for number, plane in enumerate(planes):
                pixels[number::pixel] = plane
            wide = len(pixels) // height
            for line in range(height):
                at = start + line * length
                band[at : at + wide] = pixels[line * wide : (line + 1) * wide]
            start += wide
        yield band


class _Planes:
    """The tiles of a layer, as planes of the samples that it shows."""

    def __init__(self, data: bytes, header: Header, layer: LayerHeader) -> None:
        colours = 3 if header.base not in {GREY, INDEXED} else 1
        count = (colours + layer.transparent) * header.depth
        self._tiles = Tiles(data, header, layer.pixels, layer.size, count)
        self._colours = colours * header.depth
        self._header, self._layer = header, layer
        self._mask: Tiles | None = None
        if layer.mask:
            at = mask_pixels(data, header, layer.mask)
            self._mask = Tiles(data, header, at, layer.size, header.depth)
        palette = header.palette
        self._palette = [palette[sample::3].ljust(256, b"\0") for sample in range(3)] if palette else []
        self._tables = _split(alpha * _OPAQUE * _FULL * layer.opacity for alpha in range(256))

    def planes(self, column: int, row: int) -> list[bytes]:
        """Return a tile: the planes of its colours, then those of its alpha."""
        found = self._tiles.planes(column, row)
        colours, alphas = found[: self._colours], found[self._colours :]
        if self._palette:
            colours = [colours[0].translate(table) for table in self._palette]
        if not self._layer.fades:
            return colours + alphas
        if self._header.depth == 1:
            colours = [plane for plane in colours for _ in range(2)]
        # The first byte of a deep alpha is enough: it loses at most one level of 255.
        alpha = alphas[0] if alphas else bytes([_OPAQUE]) * len(colours[0])
        if not self._mask:
            return colours + [alpha.translate(table) for table in self._tables]
        return colours + self._masked(alpha, self._mask.planes(column, row)[0])

    def _masked(self, alpha: bytes, mask: bytes) -> list[bytes]:
        """Return the two planes of the product of an alpha, a mask and the opacity."""
        for one, other in ((alpha, mask), (mask, alpha)):
            if one.count(_OPAQUE) == len(one):
                return [other.translate(table) for table in self._tables]
        factor = _FULL * self._layer.opacity
        return _split(one * other * factor for one, other in zip(alpha, mask, strict=True))


def _split(values: Iterable[float]) -> list[bytes]:
    """Return the first and the second bytes of numbers from 0 to 65535."""
    rounded = [round(value) for value in values]
    return [bytes(value >> 8 for value in rounded), bytes(value & 255 for value in rounded)]
