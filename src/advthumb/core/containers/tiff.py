"""Reads the first picture of a TIFF, and extracts it as a separate TIFF (TIFF 6.0 and BigTIFF)."""

import struct
from collections.abc import Iterator
from itertools import chain

from advthumb.core.formats import ImageFormat
from advthumb.core.images import SourceInfo
from advthumb.core.orientation import Orientation

from . import icc, tiff_layout
from .reading import corrupt, too_large, unsupported
from .tiff_directory import HEADER, Directory, File, written
from .tiff_layout import Layout, layout_of
from .tiff_parts import Part, check_deflated, parts_of, planes_of, woven
from .tiff_raw import is_raw

_ORIENTATION, _PROFILE = 274, 34675
_SHORT, _LONG = 3, 4
_SHORTS_OF_A_PALETTE = 257
"""The factor from 8 to 16 bits."""
_TOGETHER, _SEPARATE = 1, 2
_COPIED = (292, 293, 347, 529, 530, 531, 532)
"""Tags that decoders need unchanged: fax options, JPEG tables, and the definition of YCbCr."""
_MAX_COPIED = 2**16
_LONGEST = 2**32 - 2**24
"""The maximum size of a file in bytes: offsets must fit into 32 bits, with room for a directory."""


def read(data: bytes) -> SourceInfo:
    """Read the first directory, and check that it lists all its strips or tiles.

    Raises:
        ThumbnailError: `corrupt`: also if fewer strips or tiles are listed than the size needs, because
            decoders leave the rest black. `unsupported`: raw data of cameras, and layouts that are not in the
            table. `too-large`.
    """
    tags, layout = _first_page(data)
    parts_of(tags, layout)
    palette = layout.photometric == tiff_layout.INDEXED
    samples = len(layout.shown)
    profile = tags.content(_PROFILE, icc.MAX_PROFILE)
    return SourceInfo(
        ImageFormat.TIFF,
        layout.size,
        Orientation.from_tag(tags.number(_ORIENTATION, 1)),
        has_alpha=layout.alpha is not None,
        colours=layout.colours,
        samples=samples + 2 if palette else samples,
        bits=max(8, layout.bits) if palette else layout.bits,
        profile=icc.counting(profile, layout.colours),
        kind=layout.kind,
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the first picture with nothing else that a decoder could act on.

    The new directory has only what the pixels need, in a form that all decoders agree on: upright, 0 is
    black, palette colours have 16 bits, and only visible planes are included.

    Raises:
        ThumbnailError: What `read` raises; `corrupt`: a strip or tile is not in the file, or its deflated
            data is damaged.
    """
    del info  # read again, because a `SourceInfo` should not hold two hundred thousand strips
    tags, layout = _first_page(data)
    planes = planes_of(tags, layout)
    body: bytearray | memoryview = memoryview(data)[HEADER:]
    parts, count, rows = list(chain.from_iterable(planes)), len(planes), layout.part.height
    if layout.compression in tiff_layout.DEFLATED and layout.fill_order == 1:
        check_deflated(data, layout, parts)
    if layout.weaves:
        body = woven(data, layout, planes)
        parts, count, rows = [Part(HEADER, len(body))], 1, layout.size.height
    found = dict(_pixel_tags(tags, layout)) | dict(_part_tags(layout, parts, count, rows))
    return written(tags.order, body, {tag: value for tag, value in found.items() if value[1]})


def _first_page(data: bytes) -> tuple[Directory, Layout]:
    if len(data) > _LONGEST:
        raise too_large(f"it has {len(data)} bytes; a TIFF may have at most {_LONGEST}")
    file = File.of(data)
    if is_raw(file):
        raise unsupported("a camera RAW file, in which a TIFF reader finds a preview at most")
    tags = file.directory(file.start)
    return tags, layout_of(tags)


def _pixel_tags(tags: Directory, layout: Layout) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield the tags that describe the pixels and their compression, with type and values."""
    samples = len(layout.shown)
    shorts = {
        tiff_layout.BITS: (layout.bits,) * samples,
        tiff_layout.COMPRESSION: (layout.compression,),
        tiff_layout.PHOTOMETRIC: (layout.photometric or tiff_layout.BLACK_IS_ZERO,),
        tiff_layout.FILL_ORDER: (layout.fill_order,),
        tiff_layout.SAMPLES: (samples,),
        tiff_layout.PREDICTOR: (layout.predictor,) if layout.predictor != 1 else (),
        tiff_layout.EXTRA: [
            layout.extras[sample - layout.colour_samples] for sample in layout.shown[layout.colour_samples :]
        ],
        tiff_layout.NUMBERS: (layout.numbers,) * samples,
        tiff_layout.PALETTE: _palette(tags, layout),
    }
    for tag, values in shorts.items():
        yield tag, (_SHORT, struct.pack(f"{tags.order}{len(values)}H", *values))
    for tag in _COPIED:
        if content := tags.content(tag, _MAX_COPIED):
            yield tag, (tags.fields[tag].kind, content)


def _part_tags(
    layout: Layout, parts: list[Part], planes: int, rows: int
) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield the tags that say where the pixels are, with type and values.

    Args:
        layout: The layout of the pixels.
        parts: The offset and length of every strip or tile.
        planes: The number of planes.
        rows: The number of rows in a strip.
    """
    places, lengths = zip(*parts, strict=True)
    longs: dict[int, tuple[int, ...]] = {
        tiff_layout.WIDTH: (layout.size.width,),
        tiff_layout.HEIGHT: (layout.size.height,),
        tiff_layout.PLANES: (_SEPARATE if planes > 1 else _TOGETHER,),
    }
    if layout.tiled:
        longs |= {tiff_layout.TILE_WIDTH: layout.part[:1], tiff_layout.TILE_HEIGHT: layout.part[1:]}
        longs |= {tiff_layout.TILES: places, tiff_layout.TILE_BYTES: lengths}
    else:
        longs |= {tiff_layout.ROWS: (rows,), tiff_layout.STRIPS: places, tiff_layout.STRIP_BYTES: lengths}
    for tag, values in longs.items():
        kind, letter = (_SHORT, "H") if tag == tiff_layout.PLANES else (_LONG, "I")
        yield tag, (kind, struct.pack(f"{layout.order}{len(values)}{letter}", *values))


def _palette(tags: Directory, layout: Layout) -> tuple[int, ...]:
    """Return the colours of a palette in 16 bits, even if the file has them in 8 bits."""
    if layout.photometric != tiff_layout.INDEXED:
        return ()
    needed = 3 * 2**layout.bits
    palette = tags.numbers(tiff_layout.PALETTE, needed)
    if len(palette) < needed:
        raise corrupt(f"its palette has {len(palette)} values, but needs {needed}")
    if max(palette) < 256:
        return tuple(value * _SHORTS_OF_A_PALETTE for value in palette)
    return palette
