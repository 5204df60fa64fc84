"""Reads and checks how the pixels of a TIFF are stored, from its first directory (TIFF 6.0)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from advthumb.core.images import Colours, Size

from .reading import corrupt, too_large, unsupported
from .tiff_directory import Directory

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIPS, SAMPLES, ROWS, STRIP_BYTES, PLANES, PREDICTOR, PALETTE = 273, 277, 278, 279, 284, 317, 320
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, INKS, EXTRA, NUMBERS = 322, 323, 324, 325, 332, 338, 339
SUBSAMPLING = 530

NEGATIVE = "white is zero"
"""In a kind: the grey must be inverted after decoding, because `clean` hides that white is zero."""
LATE = "in last place"
"""In a kind: there are other samples between the colours and the alpha."""
MAX_PARTS = 200_000
"""The maximum number of strips or tiles: one for each row of the longest side. (100 megapixels have 25,000
tiles of 64 x 64.)"""
MAX_TILE = 2**24
"""The maximum number of pixels in a tile, unless the picture has more; real ones have at most 4096 x 4096."""
_MAX_SAMPLES = 2**16 - 1

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INDEXED, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
_COLOURS: Mapping[int, tuple[str, Colours, int]] = {
    WHITE_IS_ZERO: ("grey", Colours.GREY, 1),
    BLACK_IS_ZERO: ("grey", Colours.GREY, 1),
    RGB: ("RGB", Colours.RGB, 3),
    INDEXED: ("palette", Colours.RGB, 1),
    CMYK: ("CMYK", Colours.CMYK, 4),
    YCBCR: ("YCbCr", Colours.RGB, 3),
    LAB: ("CIELAB", Colours.LAB, 3),
}
"""By photometric interpretation: the word for it, its colour model, and its number of samples."""

_PLAIN_COLOURS = frozenset({WHITE_IS_ZERO, BLACK_IS_ZERO, RGB})

NO_COMPRESSION, JPEG = 1, 7
DEFLATED = frozenset({8, 32946})
_FAX = {2: "fax", 3: "fax", 4: "fax"}
_COMPRESSIONS: Mapping[int, str] = {
    NO_COMPRESSION: "plain",
    **_FAX,
    5: "LZW",
    JPEG: "JPEG",
    **dict.fromkeys(DEFLATED, "deflate"),
    32773: "packbits",
}
_PREDICTED = frozenset({"LZW", "deflate"})
_PREDICTORS: Mapping[int, str] = {1: "", 2: "differences", 3: "differences of floats"}

UNSIGNED, SIGNED, FLOAT, UNTOLD = 1, 2, 3, 4
_NUMBERS: Mapping[int, str] = {UNSIGNED: "", SIGNED: "signed ", FLOAT: "float ", UNTOLD: ""}
_DEPTHS: Mapping[int, frozenset[int]] = {
    UNSIGNED: frozenset({1, 2, 4, 8, 16, 32}),
    SIGNED: frozenset({8, 16, 32}),
    FLOAT: frozenset({16, 32}),
}
"""The allowed bits per sample, by kind of numbers."""
_MOST_TOLD = 16
"""For unsigned samples with up to this many bits, the largest number is white. Others do not define white."""
_PREMULTIPLIED, _ALPHA = 1, 2
_ALPHAS: Mapping[int, str] = {_PREMULTIPLIED: "premultiplied alpha", _ALPHA: "alpha"}
_LOW_BIT_FIRST = 2
_BYTE = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pixels of one page are stored.

    Attributes:
        size: Width and height in pixels, as stored.
        photometric: The value of the photometric interpretation tag.
        extras: The meaning of each sample after the colour samples (tag values; 1 and 2 are alpha).
        bits: Bits of each sample.
        numbers: The kind of numbers of the samples (the value of the sample format tag).
        planes: The number of planes: one, or one for each sample.
        compression: The value of the compression tag.
        predictor: The value of the predictor tag.
        fill_order: 2 if the first pixel is in the lowest bit of a byte.
        subsampling: How many pixels share one chroma sample, horizontally and vertically.
        tiled: Whether the parts are tiles instead of strips.
        part: Width and height of a strip or a tile.
        order: The byte order, in the format of `struct`.
    """

    size: Size
    photometric: int
    extras: tuple[int, ...]
    bits: int
    numbers: int
    planes: int
    compression: int
    predictor: int
    fill_order: int
    subsampling: tuple[int, int]
    tiled: bool
    part: Size
    order: str

    @property
    def colours(self) -> Colours:
        """The colour model of the samples."""
        return _COLOURS[self.photometric][1]

    @property
    def colour_samples(self) -> int:
        """The number of colour samples in a pixel."""
        return _COLOURS[self.photometric][2]

    @property
    def samples(self) -> int:
        """The number of samples in a pixel."""
        return self.colour_samples + len(self.extras)

    @property
    def alpha(self) -> int | None:
        """The index of the alpha among the samples after the colour, from 0; None for none."""
        return next((place for place, meaning in enumerate(self.extras) if meaning in _ALPHAS), None)

    @property
    def shown(self) -> tuple[int, ...]:
        """The samples of a pixel that the decoder sees: all, or of separate planes only the visible ones."""
        if self.planes == 1:
            return tuple(range(self.samples))
        alpha = () if self.alpha is None else (self.colour_samples + self.alpha,)
        return (*range(self.colour_samples), *alpha)

    @property
    def is_plain(self) -> bool:
        """Whether the length of a strip or tile in bytes follows from its size."""
        return self.compression == NO_COMPRESSION and self.subsampling == (1, 1)

    @property
    def weaves(self) -> bool:
        """Whether `clean` merges the planes, because decoders differ there and merging is simple."""
        return self.planes > 1 and self.is_plain and not self.tiled and self.bits >= _BYTE

    @property
    def parts(self) -> int:
        """How many strips or tiles one plane has."""
        return ceil(self.size.width / self.part.width) * ceil(self.size.height / self.part.height)

    @property
    def kind(self) -> str:
        """The layout in words: a description of a pixel, then of how the pixels are stored."""
        return "; ".join(", ".join(filter(None, words)) for words in (self._pixel(), self._storage()))

    def _pixel(self) -> Iterator[str]:
        numbers = _NUMBERS[self.numbers]
        yield f"{_COLOURS[self.photometric][0]} of {numbers}{self.bits} bit{'s' * (self.bits > 1)}"
        further = len(self.shown) - self.colour_samples
        if self.alpha is not None:
            yield _ALPHAS[self.extras[self.alpha]]
            late = self.alpha if self.planes == 1 else 0
            yield LATE if late else ""
            further -= 1 + late
        yield f"further sample{'s' * (further > 1)}" if further else ""

    def _storage(self) -> Iterator[str]:
        yield _COMPRESSIONS[self.compression]
        yield _PREDICTORS[self.predictor]
        yield "planes" if self.planes > 1 and len(self.shown) > 1 and not self.weaves else ""
        if self.photometric == YCBCR:
            yield "whole chroma" if self.subsampling == (1, 1) else "shared chroma"
        yield "tiles" if self.tiled else ""
        yield "low bit first" if self.fill_order == _LOW_BIT_FIRST else ""
        yield "big-endian" if self.order == ">" and self.bits > _BYTE else ""
        yield NEGATIVE if self.photometric == WHITE_IS_ZERO else ""


def layout_of(tags: Directory) -> Layout:
    """Read how the pixels of a page are stored.

    Raises:
        ThumbnailError: `corrupt`, `too-large`, or `unsupported`; the message names the unsupported feature.
    """
    size = Size(tags.number(WIDTH), tags.number(HEIGHT))
    if min(size) < 1:
        raise corrupt(f"its header gives a size of {size} px")
    compression = _known(tags.number(COMPRESSION, NO_COMPRESSION), _COMPRESSIONS, "compression")
    photometric = tags.number(PHOTOMETRIC, WHITE_IS_ZERO if compression in _FAX else None)
    name, _, colour_samples = _COLOURS[_known(photometric, _COLOURS, "photometric interpretation")]
    samples = tags.number(SAMPLES, 1)
    if not colour_samples <= samples <= _MAX_SAMPLES:
        raise corrupt(f"it has {samples} samples per pixel, but {name or 'RGB'} needs {colour_samples}")
    extras = tags.numbers(EXTRA, samples, (0,))[: samples - colour_samples]
    tiled = TILES in tags
    layout = Layout(
        size,
        photometric,
        extras + (0,) * (samples - colour_samples - len(extras)),
        _same(tags.numbers(BITS, samples, (1,)), "bit depths"),
        _known(_same(tags.numbers(NUMBERS, samples, (UNSIGNED,)), "formats"), _NUMBERS, "sample format"),
        samples if tags.number(PLANES, 1) == 2 else 1,
        compression,
        _predictor(tags, compression),
        _LOW_BIT_FIRST if tags.number(FILL_ORDER, 1) == _LOW_BIT_FIRST else 1,
        _subsampling(tags, photometric),
        tiled,
        Size(tags.number(TILE_WIDTH), tags.number(TILE_HEIGHT)) if tiled else _strip(tags, size),
        tags.order,
    )
    _check_meaning(tags, layout)
    _check_parts(layout)
    return layout


def _check_meaning(tags: Directory, layout: Layout) -> None:
    told = layout.numbers in {UNSIGNED, UNTOLD} and layout.bits <= _MOST_TOLD
    if layout.bits not in _DEPTHS.get(layout.numbers, _DEPTHS[UNSIGNED]):
        raise unsupported(f"a TIFF with {_NUMBERS[layout.numbers]}{layout.bits}-bit samples")
    if not told and (layout.photometric not in _PLAIN_COLOURS or layout.alpha is not None):
        raise unsupported(f"a TIFF with an unknown white level: {layout.kind}")
    if (
        layout.alpha is not None
        and layout.extras[layout.alpha] == _PREMULTIPLIED
        and layout.photometric not in {BLACK_IS_ZERO, RGB}
    ):
        raise unsupported(f"a TIFF with premultiplied alpha: {layout.kind}")
    if layout.photometric == CMYK and tags.number(INKS, 1) != 1:
        raise unsupported("a TIFF with inks other than CMYK")


def _check_parts(layout: Layout) -> None:
    if min(layout.part) < 1:
        raise corrupt(f"its header gives a tile size of {layout.part} px")
    if layout.part.pixels > layout.size.pixels + MAX_TILE:
        raise too_large(f"its tiles are {layout.part} px, but its picture is only {layout.size} px")
    if layout.parts * layout.planes > MAX_PARTS:
        raise too_large(f"it has {layout.parts * layout.planes} strips or tiles")


def _known(value: int, known: Mapping[int, object], what: str) -> int:
    if value not in known:
        raise unsupported(f"a TIFF with {what} {value}")
    return value


def _same(values: tuple[int, ...], what: str) -> int:
    if len(set(values)) > 1:
        raise unsupported(f"a TIFF whose samples have different {what}: {sorted(set(values))}")
    return values[0]


def _predictor(tags: Directory, compression: int) -> int:
    if _COMPRESSIONS[compression] not in _PREDICTED:
        return 1
    return _known(tags.number(PREDICTOR, 1), _PREDICTORS, "predictor")


def _subsampling(tags: Directory, photometric: int) -> tuple[int, int]:
    if photometric != YCBCR:
        return (1, 1)
    across, down = (*tags.numbers(SUBSAMPLING, 2, (2, 2)), 0)[:2]
    if not {across, down} <= {1, 2, 4}:
        raise corrupt(f"its chroma subsampling is {across} x {down}")
    return across, down


def _strip(tags: Directory, size: Size) -> Size:
    return Size(size.width, max(1, min(tags.number(ROWS, size.height), size.height)))
