"""TIFFs of every layout, made with `struct` and `zlib`, and the pixels that they should show."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advthumb.testing.pictures.files import as_image, save
from advthumb.testing.pictures.pixels import Pixels
from advthumb.testing.pictures.profiles import lab_of_srgb, srgb_of_lab

Numbers = NDArray[Any]

WIDTH, HEIGHT = 32, 32
PART = (16, 16)
"""The width and height of a tile; strips have the same height."""
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INDEXED, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
UNSPECIFIED, PREMULTIPLIED, ALPHA = 0, 1, 2
NONE, FAX, LZW, JPEG, DEFLATE, PACKBITS = 1, 4, 5, 7, 8, 32773
DIFFERENCES, FLOAT_DIFFERENCES = 2, 3
TYPES = {1: "B", 3: "H", 4: "I"}
OPAQUE_FROM = 0.5
"""The lowest alpha: below it, premultiplied colours have too few bits."""
_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Tiff:
    """One layout, with the picture of `scene` in it.

    Attributes:
        photometric, bits, numbers, extras, planes, compression, predictor, subsampling: The tag values.
        tiled: Whether its parts are tiles and not strips.
        order: The byte order, as `struct` spells it.
        narrow_palette: Whether the palette has 8-bit colours, against the standard.
        not_a_number: Whether some of its floats are NaN.
        orientation: The tag of orientation.
        low_bit_first: Whether the bits of each byte are reversed.
        further: Tags, types and values of further tags.
    """

    photometric: int = RGB
    bits: int = 8
    numbers: int = UNSIGNED
    extras: tuple[int, ...] = ()
    planes: int = 1
    compression: int = NONE
    predictor: int = 1
    subsampling: tuple[int, int] = (1, 1)
    tiled: bool = False
    order: str = "<"
    narrow_palette: bool = False
    not_a_number: bool = False
    orientation: int = 1
    low_bit_first: bool = False
    further: tuple[tuple[int, int, tuple[int, ...]], ...] = ()

    @property
    def stretched(self) -> bool:
        """Whether nothing defines which value is white."""
        return self.numbers != UNSIGNED or self.bits > 16

    @property
    def data(self) -> bytes:
        """The file."""
        return tiff_file(self)

    @property
    def right(self) -> Pixels:
        """The pixels it should show, as RGBA."""
        return right(self)


def scene(tiff: Tiff) -> tuple[Numbers, Numbers | None]:
    """Return colours (height x width x 3, or x 1 for grey) and alpha, all from 0 to 1."""
    right_, down = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    grey = tiff.photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO}
    colours = [(right_ + 2 * down) / 3] if grey else [right_, down, 1 - (right_ + down) / 2]
    if tiff.photometric == LAB:  # 8 bits have few steps among dark colours
        colours = [0.35 + colour * 0.3 for colour in colours]
    alpha = OPAQUE_FROM + (1 - OPAQUE_FROM) * (1 - right_ + down) / 2
    has_alpha = any(meaning in {PREMULTIPLIED, ALPHA} for meaning in tiff.extras)
    return np.stack(colours, axis=2), alpha if has_alpha else None


def _top(tiff: Tiff) -> int:
    return int(2 ** min(tiff.bits, 32) - 1)


def _lowest_and_highest(tiff: Tiff) -> tuple[float, float]:
    """Return the range of the samples of colour."""
    if tiff.numbers == FLOAT:
        return (-3.0, 50.0) if tiff.bits == 16 else (-300.0, 70_000.0)
    if tiff.numbers == SIGNED:
        return -(2 ** (tiff.bits - 1)) * 0.75, 2 ** (tiff.bits - 1) * 0.5
    return (2 ** (tiff.bits - 1) * 0.1, 2 ** (tiff.bits - 1) * 1.8) if tiff.stretched else (0, _top(tiff))


def samples(tiff: Tiff) -> Numbers:
    """Return the samples of the file: height x width x samples, in the machine's byte order."""
    colours, alpha = scene(tiff)
    low, high = _lowest_and_highest(tiff)
    if tiff.photometric == INDEXED:
        values = (colours[..., :1] * _top(tiff)).round()
    elif tiff.photometric == CMYK:
        values = (np.concatenate([colours, colours[..., :1] * 0.3], axis=2) * _top(tiff)).round()
    elif tiff.photometric == YCBCR:
        values = _ycbcr(colours * 255, tiff.subsampling)
    elif tiff.photometric == LAB:
        values = _lab_samples(colours, tiff.bits)
    else:
        if alpha is not None and PREMULTIPLIED in tiff.extras:
            colours = colours * alpha[..., None]
        values = low + colours * (high - low)
        values = values.round() if tiff.numbers != FLOAT else values
    if tiff.not_a_number:
        values[5, :9], values[5, 20] = np.nan, np.inf
    extras = [
        np.full((HEIGHT, WIDTH), _top(tiff) // 3) if meaning == UNSPECIFIED else (alpha * _top(tiff)).round()
        for meaning in tiff.extras
    ]
    return np.concatenate([values, *(extra[..., None] for extra in extras)], axis=2)


def right(tiff: Tiff) -> Pixels:
    """Return the pixels that should be shown, as RGBA."""
    stored = samples(tiff)
    low, high = _lowest_and_highest(tiff)
    depth = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, INDEXED: 1, CMYK: 4}.get(tiff.photometric, 3)
    colours = stored[..., :depth]
    alpha = np.ones((HEIGHT, WIDTH, 1))
    for place, meaning in enumerate(tiff.extras):
        if meaning in {PREMULTIPLIED, ALPHA}:
            alpha = stored[..., depth + place, None] / _top(tiff)
            if meaning == PREMULTIPLIED:
                colours = np.divide(colours, alpha, out=np.zeros_like(colours), where=alpha > 0)
            break
    if tiff.photometric == INDEXED:
        found = palette(tiff)[colours[..., 0].astype(int)] / (255 if tiff.narrow_palette else 65_535)
    elif tiff.photometric == CMYK:
        paper = 1 - colours / _top(tiff)
        found = paper[..., :3] * paper[..., 3:]
    elif tiff.photometric == YCBCR:
        found = _rgb(colours) / 255
    elif tiff.photometric == LAB:
        found = srgb_of_lab(_lab(colours, tiff.bits))
    else:
        found = (np.where(np.isfinite(colours), colours, low) - low) / (high - low)
        if tiff.photometric == WHITE_IS_ZERO:
            found = 1 - found
    found = np.broadcast_to(found.clip(0, 1), (HEIGHT, WIDTH, 3))
    return (np.concatenate([found, alpha], axis=2) * 255).round().astype(np.uint8)


def palette(tiff: Tiff) -> Numbers:
    """Return the colours of the palette, one per row."""
    steps = np.linspace(0, 1, 2**tiff.bits)
    top = 255 if tiff.narrow_palette else 65_535
    return (np.stack([steps, 1 - steps, np.abs(steps - 0.5) * 2], axis=1) * top).round().astype(int)


def _blocks(plane: Numbers, across: int, down: int) -> Numbers:
    """Return the mean of each block of pixels."""
    return plane.reshape(HEIGHT // down, down, WIDTH // across, across).mean(axis=(1, 3))


def _ycbcr(rgb: Numbers, subsampling: tuple[int, int]) -> Numbers:
    """Return 8-bit luma and chroma, with one chroma value per block (ITU-T T.871)."""
    luma = rgb @ [0.299, 0.587, 0.114]
    across, down = subsampling
    chroma = [
        np.kron(_blocks(plane, across, down).round(), np.ones((down, across)))
        for plane in (128 + (rgb[..., 2] - luma) / 1.772, 128 + (rgb[..., 0] - luma) / 1.402)
    ]
    return np.stack([luma.round(), *chroma], axis=2).clip(0, 255)


def _rgb(ycbcr: Numbers) -> Numbers:
    luma, blue, red = np.moveaxis(ycbcr, 2, 0) - np.array([0, 128, 128])[:, None, None]
    return np.stack(
        [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue], axis=2
    )


def _lab_samples(colours: Numbers, bits: int) -> Numbers:
    """Return CIELAB as TIFF stores it: L from 0 to the maximum, a and b signed, in units or 256ths."""
    lab = lab_of_srgb(colours)
    one = 1 if bits == 8 else 256
    values = np.stack(
        [lab[..., 0] / 100 * (2**bits - 1), lab[..., 1] * one, lab[..., 2] * one], axis=2
    ).round()
    return np.where(values < 0, values + 2**bits, values)


def _lab(samples_: Numbers, bits: int) -> Numbers:
    """Return the CIELAB values of such samples."""
    signed = np.where(samples_[..., 1:] >= 2 ** (bits - 1), samples_[..., 1:] - 2**bits, samples_[..., 1:])
    lightness = samples_[..., :1] * 100 / (2**bits - 1)
    return np.concatenate([lightness, signed / (1 if bits == 8 else 256)], axis=2)


def _packed(rows: Numbers, tiff: Tiff) -> bytes:
    """Return rows of samples (rows x columns x samples) as bytes, each row starting with a new byte."""
    flat = rows.reshape(rows.shape[0], -1)
    if tiff.bits < 8:
        steps = np.arange(tiff.bits - 1, -1, -1)
        return np.packbits(
            (flat.astype(int)[..., None] >> steps & 1).reshape(len(flat), -1), axis=1
        ).tobytes()
    letter = {UNSIGNED: "u", SIGNED: "i", FLOAT: "f"}[tiff.numbers]
    kind = np.dtype(f"{tiff.order}{letter}{tiff.bits // 8}")
    values = flat.astype(kind)
    if tiff.predictor == DIFFERENCES:
        apart = rows.shape[2]
        whole = values.view(f"{tiff.order}u{tiff.bits // 8}")
        values = whole.copy()
        values[:, apart:] -= whole[:, :-apart]
    if tiff.predictor == FLOAT_DIFFERENCES:
        return _float_differences(flat.astype(kind.newbyteorder(">")), rows.shape[2])
    return values.tobytes()


def _float_differences(values: Numbers, apart: int) -> bytes:
    """Return floats with their bytes sorted by significance, as differences (TIFF Technical Note 3)."""
    count, width = values.shape
    planes = values.view(np.uint8).reshape(count, width, -1).transpose(0, 2, 1).reshape(count, -1)
    differences = planes.copy()
    differences[:, apart:] -= planes[:, :-apart]
    return differences.tobytes()


def _units(part: Numbers, subsampling: tuple[int, int]) -> Numbers:
    """Return YCbCr as units of a block's luma and its chroma (TIFF 6.0, section 21)."""
    across, down = subsampling
    height, width = part.shape[0] // down, part.shape[1] // across
    luma = part[..., 0].reshape(height, down, width, across).transpose(0, 2, 1, 3).reshape(height, width, -1)
    return np.concatenate([luma, part[::down, ::across, 1:]], axis=2)


def _parts(tiff: Tiff, plane: Numbers) -> Iterator[Numbers]:
    wide, high = PART if tiff.tiled else (WIDTH, PART[1])
    for top in range(0, HEIGHT, high):
        for left in range(0, WIDTH, wide):
            part = plane[top : top + high, left : left + wide]
            yield _units(part, tiff.subsampling) if tiff.subsampling != (1, 1) else part


def _compressed(tiff: Tiff, content: bytes, row: int) -> bytes:
    if tiff.compression == DEFLATE:
        return zlib.compress(content)
    if tiff.compression == PACKBITS:
        rows = [content[at : at + row] for at in range(0, len(content), row)]
        return b"".join(map(_packbits, rows))
    return _lzw(content) if tiff.compression == LZW else content


def _packbits(row: bytes) -> bytes:
    """Return a row as PackBits: pieces of up to 128 bytes, each a run if all its bytes are equal."""
    runs = [row[at : at + 128] for at in range(0, len(row), 128)]
    return b"".join(
        bytes([257 - len(run), run[0]]) if len(set(run)) == 1 < len(run) else bytes([len(run) - 1]) + run
        for run in runs
    )


def _lzw(content: bytes) -> bytes:
    """Return LZW that never reaches 10-bit codes because it restarts before (TIFF 6.0, section 13)."""
    codes: list[int] = []
    for at in range(0, len(content), 200):
        codes += [256, *content[at : at + 200]]
    codes.append(257)
    bits = "".join(f"{code:09b}" for code in codes)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def tiff_file(tiff: Tiff) -> bytes:
    """Return a TIFF according to its tags."""
    stored = samples(tiff)
    planes = [stored] if tiff.planes == 1 else list(np.split(stored, stored.shape[2], axis=2))
    parts = [
        _compressed(tiff, packed := _packed(part, tiff), len(packed) // len(part))
        for plane in planes
        for part in _parts(tiff, plane)
    ]
    if tiff.low_bit_first:
        parts = [part.translate(_TURNED) for part in parts]
    return assembled(tiff, stored.shape[2], parts)


def jpeg_tiff(tiff: Tiff, **options: Any) -> bytes:
    """Return a TIFF whose strips or tiles are separate JPEGs; `options` are those of the encoder."""
    colours = right(replace(tiff, compression=NONE))[..., :3]
    if tiff.photometric == CMYK:
        stored = 255 - samples(replace(tiff, compression=NONE)).astype(
            np.uint8
        )  # the encoder inverts it again
    else:
        stored = colours[..., :1] if tiff.photometric == BLACK_IS_ZERO else colours
    wide, high = PART if tiff.tiled else (WIDTH, PART[1])
    planes = [stored] if tiff.planes == 1 else np.split(stored, stored.shape[2], axis=2)
    parts = [
        save(as_image(plane[top : top + high, left : left + wide], mode), "JPEG", quality=95, **options)
        for plane in planes
        for mode in [{1: "L", 3: "RGB", 4: "CMYK"}[plane.shape[2]]]
        for top in range(0, HEIGHT, high)
        for left in range(0, WIDTH, wide)
    ]
    return assembled(tiff, stored.shape[2], parts)


def assembled(tiff: Tiff, count: int, parts: Sequence[bytes]) -> bytes:
    """Return a TIFF made of finished strips or tiles.

    Args:
        tiff: Describes its tags.
        count: How many samples a pixel has.
        parts: The strips or tiles, compressed.
    """
    places, body = [], b""
    for part in parts:
        places.append(8 + len(body))
        body += part + bytes(len(part) % 2)
    lengths = [len(part) for part in parts]
    entries: dict[int, tuple[int, Sequence[int]]] = {
        256: (4, [WIDTH]),
        257: (4, [HEIGHT]),
        258: (3, [tiff.bits] * count),
        259: (3, [tiff.compression]),
        262: (3, [tiff.photometric]),
        274: (3, [tiff.orientation]),
        277: (3, [count]),
        284: (3, [tiff.planes]),
        339: (3, [tiff.numbers] * count),
    }
    entries |= {tag: (kind, values) for tag, kind, values in tiff.further}
    if tiff.low_bit_first:
        entries[266] = (3, [2])
    if tiff.predictor != 1:
        entries[317] = (3, [tiff.predictor])
    if tiff.photometric == INDEXED:
        entries[320] = (3, palette(tiff).T.ravel().tolist())
    if tiff.extras:
        entries[338] = (3, tiff.extras)
    if tiff.photometric == YCBCR:
        entries[530] = (3, tiff.subsampling)
    if tiff.tiled:
        entries |= {322: (4, [PART[0]]), 323: (4, [PART[1]]), 324: (4, places), 325: (4, lengths)}
    else:
        entries |= {273: (4, places), 278: (4, [PART[1]]), 279: (4, lengths)}
    return with_directory(body, entries, tiff.order)


def with_directory(body: bytes, entries: dict[int, tuple[int, Sequence[int]]], order: str = "<") -> bytes:
    """Return a TIFF with bytes from offset 8, followed by a directory.

    Args:
        body: The bytes between the header and the directory.
        entries: The type and the values by tag.
        order: The byte order, as `struct` spells it.
    """
    body += bytes(len(body) % 2)
    start = 8 + len(body)
    ahead = start + 2 + 12 * len(entries) + 4
    table, later = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, values) in sorted(entries.items()):
        content = struct.pack(f"{order}{len(values)}{TYPES[kind]}", *values)
        place = content.ljust(4, b"\0") if len(content) <= 4 else struct.pack(order + "I", ahead + len(later))
        later += b"" if len(content) <= 4 else content + bytes(len(content) % 2)
        table += struct.pack(order + "HHI", tag, kind, len(values)) + place
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HI", 42, start) + body + table + bytes(4) + later
