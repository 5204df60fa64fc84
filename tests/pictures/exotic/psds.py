"""PSD and PSB files without layers, following Adobe's specification: only the merged picture counts."""

import struct
from collections.abc import Iterator
from itertools import groupby

import numpy as np

from advthumb.core.formats import ImageFormat
from advthumb.core.profiles import SRGB
from tests.pictures import Pixels, gradient_pixels

from .made import Made

BITMAP, GREY, INDEXED, RGB, CMYK, LAB = 0, 1, 2, 3, 4, 9
PLAIN, PACKED = 0, 1
PROFILE = 1039
TRANSPARENT, OPAQUE = -1, 1
WIDTH, HEIGHT = 61, 43
VERSION = 1057
PHOTOSHOP = struct.pack(">IBI", 1, 1, 15) + "Adobe Photoshop".encode("utf-16-be")
"""The resource that says who saved a file, and that it has a merged picture."""


def psd(
    planes: Pixels | np.ndarray[tuple[int, ...], np.dtype[np.uint16]],
    mode: int,
    *,
    large: bool = False,
    coding: int = PLAIN,
    bits: int | None = None,
    width: int | None = None,
    palette: bytes = b"",
    resources: dict[int, bytes] | None = None,
    layers: bytes | None = None,
) -> bytes:
    """Return a file.

    Args:
        planes: An array of channels x height x bytes or samples of a row.
        mode: What the samples stand for.
        large: Whether it is a PSB.
        coding: How the merged picture is stored.
        bits: The bits of a sample, or None for those of the array.
        width: The width in pixels, or None for that of the array.
        palette: The section of the palette.
        resources: The content of each resource by its number; None for the one that Photoshop
            writes about itself if there are layers.
        layers: The section of layers and masks.
    """
    channels, height, across = planes.shape
    bits = bits or planes.itemsize * 8
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1 + large, channels, height, width or across, bits, mode)
    if resources is None:
        resources = {VERSION: PHOTOSHOP} if layers else {}
    kept = b"".join(
        struct.pack(">4sHHI", b"8BIM", number, 0, len(content)) + content + bytes(len(content) % 2)
        for number, content in resources.items()
    )
    rows = [row.astype(row.dtype.newbyteorder(">")).tobytes() for plane in planes for row in plane]
    pixels = b"".join(rows)
    if coding == PACKED:
        packed = [packbits(row) for row in rows]
        lengths = [len(row) for row in packed]
        pixels = struct.pack(f">{len(lengths)}{'I' if large else 'H'}", *lengths) + b"".join(packed)
    section = layers or b""
    return b"".join(
        [
            header,
            struct.pack(">I", len(palette)) + palette,
            struct.pack(">I", len(kept)) + kept,
            struct.pack(">Q" if large else ">I", len(section)) + section,
            struct.pack(">H", coding) + pixels,
        ]
    )


def packbits(row: bytes) -> bytes:
    """Return a row as PackBits: runs as runs, other bytes one by one."""
    packed = bytearray()
    for value, group in groupby(row):
        count = len(list(group))
        while count > 1:
            run = min(count, 128)
            packed += bytes([257 - run if run > 1 else 0, value])
            count -= run
        if count:
            packed += bytes([0, value])
    return bytes(packed)


def layer_section(count: int, *, large: bool = False) -> bytes:
    """Return a section with a number of layers but no layers: only the sign of the number counts."""
    wide = ">Q" if large else ">I"
    return struct.pack(wide, 4) + struct.pack(">hH", count, 0) + bytes(4)


def tagged_section(name: bytes, content: bytes = b"", *, large: bool = False) -> bytes:
    """Return a section without layers, followed by one block."""
    length = struct.pack(">Q" if large else ">I", len(content))
    return bytes(8 if large else 4) + bytes(4) + b"8BIM" + name + length + content


def on_white(pixels: Pixels) -> Pixels:
    """Return RGBA as Photoshop merges it, on white."""
    alpha = pixels[..., 3:] / 255
    colours = pixels[..., :3] * alpha + 255 * (1 - alpha)
    return np.concatenate([colours.round().astype(np.uint8), pixels[..., 3:]], axis=2)


def planes_of(pixels: Pixels) -> Pixels:
    """Return an array of channels x height x width."""
    return np.ascontiguousarray(np.moveaxis(pixels, 2, 0))


def deep(planes: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """Return the same in 16 bits."""
    return planes.astype(np.uint16) * 257


def transparent_pixels() -> Pixels:
    """Return a gradient whose alpha falls from opaque to one half."""
    alpha = np.linspace(255, 128, WIDTH).astype(np.uint8)
    colours = gradient_pixels(WIDTH, HEIGHT)
    return np.dstack([colours, np.broadcast_to(alpha, (HEIGHT, WIDTH))])


def made() -> Iterator[Made]:
    """Return PSD files of each mode and depth that is read."""
    colours = gradient_pixels(WIDTH, HEIGHT)
    grey = colours[..., :1]
    clear = transparent_pixels()
    merged = planes_of(on_white(clear))
    spot = np.full((1, HEIGHT, WIDTH), 90, np.uint8)
    for bits, change in ((8, np.asarray), (16, deep)):
        for coding, named in ((PLAIN, "plain"), (PACKED, "packed")):
            for large, kind in ((False, "PSD"), (True, "PSB")):
                name = f"{kind} of {{}} of {bits} bits, {named}"

                def file(what: str, data: bytes, shown: Pixels, name: str = name) -> Made:
                    return Made(name.format(what), ImageFormat.PSD, data, shown)

                options = {"large": large, "coding": coding}
                yield file("RGB", psd(change(planes_of(colours)), RGB, **options), colours)
                yield file("grey", psd(change(planes_of(grey)), GREY, **options), grey)
                data = psd(change(merged), RGB, layers=layer_section(TRANSPARENT, large=large), **options)
                yield file("RGBA", data, clear)
                extra = np.concatenate([planes_of(colours), spot])
                data = psd(change(extra), RGB, layers=layer_section(OPAQUE, large=large), **options)
                yield file("RGB with a spot colour", data, colours)
                inks = 255 - np.concatenate(
                    [255 - planes_of(colours), np.zeros((1, HEIGHT, WIDTH), np.uint8)]
                )
                yield file("CMYK", psd(change(inks), CMYK, **options), colours)
    for coding in (PLAIN, PACKED):
        bitmap = np.where(np.arange(WIDTH) // 8 % 2 == np.arange(HEIGHT)[:, None] // 8 % 2, 255, 0)
        bits = np.packbits(bitmap == 0, axis=1)[None]
        data = psd(bits, BITMAP, bits=1, width=WIDTH, coding=coding)
        yield Made(
            f"PSD of 1 bit, coding {coding}", ImageFormat.PSD, data, bitmap[..., None].astype(np.uint8)
        )
        palette = np.random.default_rng(3).integers(0, 256, (256, 3), np.uint8)
        indices = np.add.outer(np.arange(HEIGHT) // 9, np.arange(WIDTH) // 9).astype(np.uint8)
        data = psd(indices[None], INDEXED, palette=palette.T.tobytes(), coding=coding)
        yield Made(f"PSD of a palette, coding {coding}", ImageFormat.PSD, data, palette[indices])
    for large in (False, True):
        for name in (b"Mt16", b"Lr16"):
            layers = tagged_section(name, b"\xff\xff\0\0" if name == b"Lr16" else b"", large=large)
            data = psd(deep(merged), RGB, layers=layers, large=large)
            yield Made(f"{'PSB' if large else 'PSD'} with {name.decode()}", ImageFormat.PSD, data, clear)
    data = psd(planes_of(colours), RGB, resources={1000: b"odd", PROFILE: SRGB})
    yield Made("PSD with a profile of sRGB", ImageFormat.PSD, data, colours)
    across, down = np.meshgrid(np.linspace(-30, 30, WIDTH), np.linspace(40, 70, HEIGHT))
    lab = np.stack([down * 2.55, across + 128, 128 - across / 2]).round().astype(np.uint8)
    yield Made("PSD of CIELAB", ImageFormat.PSD, psd(lab, LAB), shown_of_lab(lab))


TO_LINEAR = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
"""From XYZ with white point D50 to linear sRGB (Lindbloom)."""
WHITE = (0.9642, 1.0, 0.8249)


def shown_of_lab(lab: Pixels) -> Pixels:
    """Return the sRGB of colours in 8-bit CIELAB."""
    height = (lab[0] / 2.55 + 16) / 116
    powers = np.stack([height + (lab[1] - 128.0) / 500, height, height - (lab[2] - 128.0) / 200])
    xyz = np.where(powers > 6 / 29, powers**3, (powers - 16 / 116) / 7.787) * np.array(WHITE)[:, None, None]
    linear = np.tensordot(np.array(TO_LINEAR), xyz, 1).clip(0, 1)
    levels = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return np.moveaxis((levels * 255).round().astype(np.uint8), 0, 2)
