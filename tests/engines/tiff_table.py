"""Which layouts of TIFF each engine decodes rightly.

`python -m tests.engines.tiff_table` writes the table that `test_tiff` checks into `docs/tiff.md`.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from pathlib import Path

from PIL import Image

from advthumb import engines
from advthumb.core.containers import tiff
from advthumb.core.images import SourceInfo
from advthumb.engines.layouts import Layouts
from tests.pictures import Pixels
from tests.pictures.tiffs import (
    ALPHA,
    BLACK_IS_ZERO,
    CMYK,
    DEFLATE,
    DIFFERENCES,
    FLOAT,
    FLOAT_DIFFERENCES,
    INDEXED,
    JPEG,
    LAB,
    LZW,
    NONE,
    PACKBITS,
    PREMULTIPLIED,
    RGB,
    SIGNED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Tiff,
    jpeg_tiff,
)

TABLE = Path(__file__).parents[2] / "docs" / "tiff.md"


def _layouts_of(engine: str) -> Layouts:
    """Return the table of an engine, whether or not its library is there."""
    path = Path(engines.__path__[0], engine, "layouts.py")
    spec = spec_from_file_location(f"layouts_of_{engine}", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Layouts = module.TIFF
    return found


ENGINES: Mapping[str, Layouts] = {name: _layouts_of(name) for name in ("pillow", "vips", "imagemagick")}

Compression = tuple[int, int, bool, str]
"""Compression, predictor, whether it is tiled, and the byte order."""
STORAGE: tuple[Compression, ...] = (
    (NONE, 1, False, "<"),
    (NONE, 1, False, ">"),
    (NONE, 1, True, "<"),
    (NONE, 1, True, ">"),
    (DEFLATE, 1, False, "<"),
    (DEFLATE, 1, True, ">"),
    (DEFLATE, DIFFERENCES, False, "<"),
    (DEFLATE, DIFFERENCES, True, ">"),
    (DEFLATE, FLOAT_DIFFERENCES, False, "<"),
    (DEFLATE, FLOAT_DIFFERENCES, True, ">"),
    (LZW, 1, False, "<"),
    (LZW, DIFFERENCES, False, ">"),
    (LZW, FLOAT_DIFFERENCES, False, ">"),
    (PACKBITS, 1, False, "<"),
    (PACKBITS, 1, True, ">"),
)

_CONVERTED = frozenset({CMYK, YCBCR, LAB})
PLAIN_LEVELS, CONVERTED_LEVELS, JPEG_LEVELS = 1, 2, 8
"""The allowed error of a sample, in levels of 255."""


@dataclass(frozen=True)
class Sample:
    """A TIFF, its expected pixels, and by how many levels a decoder may be off."""

    data: bytes
    right: Pixels
    levels: int

    @property
    def info(self) -> SourceInfo:
        """What its header says."""
        return tiff.read(self.data)


@cache
def layouts() -> Mapping[str, list[Tiff]]:
    """Return every generated layout, in groups of the same colours and bits."""
    found: dict[str, list[Tiff]] = defaultdict(list)
    for each in {**dict.fromkeys(_whole_pictures()), **dict.fromkeys(_rare())}:
        found[f"photometric {each.photometric}, bits {each.bits}, numbers {each.numbers}"].append(each)
    return found


@cache
def kinds() -> Mapping[str, set[str]]:
    """Return every kind in the words of the reader, by the content of a pixel."""
    found: dict[str, set[str]] = defaultdict(set)
    made = (each.data for group in layouts().values() for each in group)
    for data in (*made, *(each.data for each in encoded())):
        kind = tiff.read(data).kind
        found[kind.partition("; ")[0]].add(kind)
    return found


def sample(each: Tiff) -> Sample:
    """Return the file of a layout."""
    converted = each.photometric in _CONVERTED or PREMULTIPLIED in each.extras
    return Sample(each.data, each.right, CONVERTED_LEVELS if converted else PLAIN_LEVELS)


def encoded() -> Iterator[Sample]:
    """Yield TIFFs with codings that other libraries write: JPEG and fax."""
    for tiled, planes in ((False, 1), (True, 1), (False, 2)):
        plain = Tiff(RGB, compression=JPEG, tiled=tiled, planes=planes)
        yield Sample(jpeg_tiff(plain, keep_rgb=True), Tiff(RGB).right, JPEG_LEVELS)
    for tiled, (option, subsampling) in itertools.product((False, True), enumerate(((1, 1), (2, 1), (2, 2)))):
        shared = Tiff(YCBCR, compression=JPEG, tiled=tiled, subsampling=subsampling)
        yield Sample(jpeg_tiff(shared, subsampling=option), Tiff(RGB).right, JPEG_LEVELS)
    for photometric in (BLACK_IS_ZERO, CMYK):
        grey = Tiff(photometric, compression=JPEG)
        yield Sample(jpeg_tiff(grey), Tiff(photometric).right, JPEG_LEVELS)
    black = Tiff(BLACK_IS_ZERO, 1).right
    for name in ("group3", "group4", "tiff_ccitt"):
        out = BytesIO()
        Image.fromarray(black).convert("1").save(out, "TIFF", compression=name)
        yield Sample(out.getvalue(), black, 0)


def _whole_pictures() -> Iterator[Tiff]:
    for (photometric, bits, numbers, extras), planes, way in itertools.product(_pixels(), (1, 2), STORAGE):
        compression, predictor, tiled, order = way
        fits = {
            1: True,
            DIFFERENCES: bits >= 8 and numbers != FLOAT,
            FLOAT_DIFFERENCES: numbers == FLOAT,
        }
        if fits[predictor]:
            yield Tiff(
                *(photometric, bits, numbers, extras, planes, compression, predictor),
                tiled=tiled,
                order=order,
            )


def _rare() -> Iterator[Tiff]:
    for (compression, _, tiled, _), sharing in itertools.product(STORAGE[::2], ((2, 1), (2, 2))):
        yield Tiff(YCBCR, compression=compression, subsampling=sharing, tiled=tiled)
    for compression in (NONE, DEFLATE, LZW):
        for photometric, bits in itertools.product((WHITE_IS_ZERO, BLACK_IS_ZERO, INDEXED), (1, 2, 4, 8)):
            yield Tiff(photometric, bits, compression=compression, low_bit_first=True)
        yield Tiff(RGB, compression=compression, low_bit_first=True)
        for photometric, bits in itertools.product((BLACK_IS_ZERO, RGB), (16, 32)):
            yield Tiff(photometric, bits, FLOAT, compression=compression, not_a_number=True)
    for bits in (1, 2, 4, 8):
        yield Tiff(INDEXED, bits, narrow_palette=True)


def _pixels() -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
    """Yield what a pixel may hold: photometric interpretation, bits, numbers, extra samples."""
    told = (
        (),
        (0,),
        (0, 0),
        (ALPHA,),
        (PREMULTIPLIED,),
        (0, ALPHA),
        (0, PREMULTIPLIED),
        (ALPHA, 0),
        (PREMULTIPLIED, 0),
        (ALPHA, 0, 0),
        (PREMULTIPLIED, 0, 0),
    )
    for photometric in (BLACK_IS_ZERO, WHITE_IS_ZERO, RGB):
        for bits, extras in itertools.product((1, 2, 4, 8, 16), told):
            if photometric != WHITE_IS_ZERO or PREMULTIPLIED not in extras:
                yield photometric, bits, UNSIGNED, extras
        numbers = ((32, UNSIGNED), (8, SIGNED), (16, SIGNED), (32, SIGNED), (16, FLOAT), (32, FLOAT))
        for (bits, kind), extras in itertools.product(numbers, told[:3]):
            yield photometric, bits, kind, extras
    indexed = ((INDEXED, bits) for bits in (1, 2, 4, 8))
    others = (*indexed, (CMYK, 8), (CMYK, 16), (YCBCR, 8), (LAB, 8), (LAB, 16))
    extras_of_others = ((), (0,), (0, 0), (ALPHA,), (0, ALPHA), (ALPHA, 0), (ALPHA, 0, 0))
    for (photometric, bits), extras in itertools.product(others, extras_of_others):
        yield photometric, bits, UNSIGNED, extras


def table() -> str:
    """Return the page of the docs."""
    lines = [
        "# TIFF: what each engine reads",
        "",
        "A TIFF can store its pixels in thousands of ways, and no library reads all of them correctly.",
        "Each engine has a table of the layouts that it reads. Any other TIFF is refused as `unsupported`",
        "before it is decoded, and the next engine of `ADVANCE_THUMBNAIL_ENGINE` is asked. The test suite",
        "makes a file of each layout and compares every pixel with the correct value.",
        "`python -m tests.engines.tiff_table` writes this page, and a test fails if it is out of date.",
        "",
        "Each kind of pixel can be stored in several ways (compression, predictor, planes, tiles, byte",
        'order, white is zero). "Tested" counts these ways; the other columns count those that the engine',
        "reads. The versions are Pillow 13 and ImageMagick 6. Older releases of Pillow read slightly fewer",
        "ways, and refuse the others. ImageMagick 7 also refuses palettes with a further sample.",
        "",
        f"| a pixel | tested | {' | '.join(f'`{name}`' for name in ENGINES)} |",
        "|---|---|" + "---|" * len(ENGINES),
    ]
    sums = dict.fromkeys(ENGINES, 0)
    for pixel, ways in sorted(kinds().items()):
        read = {name: sum(not table.refuses(way) for way in ways) for name, table in ENGINES.items()}
        sums = {name: sums[name] + read[name] for name in ENGINES}
        cells = ("all" if count == len(ways) else str(count or "no") for count in read.values())
        lines.append(f"| {pixel} | {len(ways)} | {' | '.join(cells)} |")
    lines.append(f"| **all** | {sum(map(len, kinds().values()))} | {' | '.join(map(str, sums.values()))} |")
    for name, known in ENGINES.items():
        lines += [
            "",
            f"`{name}` reads these pixels, but not in a layout to which all words of a line apply:",
            "",
        ]
        lines += sorted(f"- {', '.join(sorted(words))}" for words in known.wrong)
    return "\n".join(lines) + "\n" + NOTES


NOTES = """
## What holds for every engine

- Only the first page is shown. The RAW file of a camera (DNG, NEF, CR2, ARW, KDC, PEF and others) is a TIFF
  whose first page is a small preview: these engines refuse it as `unsupported`, and the message names RAW.
- The following are refused as `unsupported` before any engine is asked: other compressions (such as old
  JPEG, LZMA, ZSTD and WebP), lossless, arithmetic and 12-bit JPEG, samples of other sizes than those above or
  of mixed sizes, alpha beside samples whose white is not defined, inks other than CMYK, and missing strips.
- Samples of 32 bits, signed samples and floats do not say which value is white: the darkest becomes black,
  and the lightest white. Infinite values and those that are not numbers become black.
- A further sample beside the colours is alpha only if the file says so (ExtraSamples 1 or 2).
- A palette whose values are all below 256 is read as one of 8 bits.
- Deflated strips have checksums, so damage there is `corrupt`. LZW, packbits, fax, plain and JPEG strips have
  none: if damaged data still decodes to the right number of pixels, the damage is visible, on every engine.
"""


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
