"""XCF files (GIMP) as other programs could write them, and what they show."""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from advthumb.core.formats import ImageFormat
from tests.pictures import Pixels, gradient_pixels

from .made import Made
from .shown import grey, photo, translucent

RGB, GREY, INDEXED = 0, 1, 2
PLAIN, RUNS, DEFLATED = 0, 1, 2
LEGACY, NORMAL, PASS_THROUGH = 0, 28, 61
COLOURS, FLOATING, OPACITY, MODE, VISIBLE = 1, 5, 6, 7, 8
APPLY_MASK, SHOW_MASK, OFFSETS, CODING, PARASITES = 11, 13, 15, 17, 21
GROUP, PATH, COMPOSITE, SPACE = 29, 30, 35, 36
EIGHT, SIXTEEN = 150, 250
WIDTH, HEIGHT = 71, 67
"""More than a tile in both directions."""

Deep = NDArray[np.uint16]


def number(value: int) -> bytes:
    """Return the content of a property that is a number."""
    return struct.pack(">i", value)


def parasite(name: bytes, content: bytes) -> bytes:
    """Return a named piece of data."""
    return struct.pack(">I", len(name) + 1) + name + b"\0" + struct.pack(">II", 1, len(content)) + content


@dataclass(frozen=True)
class Layer:
    """A layer of a file.

    Attributes:
        pixels: Height x width x channels.
        offset: Its position (left, top).
        opacity: From 0 to 255.
        mode: How it is mixed.
        mask: Its mask: height x width x 1.
        properties: Further properties by number, instead of the usual ones.
    """

    pixels: Pixels | Deep
    offset: tuple[int, int] = (0, 0)
    opacity: int = 255
    mode: int = LEGACY
    mask: Pixels | Deep | None = None
    properties: Mapping[int, bytes] = field(default_factory=dict)

    def listed(self) -> dict[int, bytes]:
        """Return all its properties."""
        return {
            OPACITY: number(self.opacity),
            VISIBLE: number(1),
            MODE: number(self.mode),
            OFFSETS: struct.pack(">ii", *self.offset),
            **self.properties,
        }


@dataclass(frozen=True)
class Form:
    """How a file is written; `before` are properties that the file begins with, as bytes."""

    version: int = 0
    base: int = RGB
    coding: int = RUNS
    precision: int = EIGHT
    properties: Mapping[int, bytes] = field(default_factory=dict)
    before: bytes = b""

    def pointers(self, *offsets: int) -> bytes:
        """Return offsets as pointers."""
        return struct.pack(f">{len(offsets)}{'I' if self.version < 11 else 'Q'}", *offsets)


def xcf(layers: Sequence[Layer], size: tuple[int, int] = (WIDTH, HEIGHT), form: Form | None = None) -> bytes:
    """Return a file with layers, from the top down."""
    form = form or Form()
    mark = f"v{form.version:03}" if form.version else "file"
    head = b"gimp xcf " + mark.encode() + b"\0" + struct.pack(">III", *size, form.base)
    if form.version >= 4:
        head += struct.pack(">I", form.precision)
    head += form.before + property_list({CODING: bytes([form.coding]), **form.properties})
    at = len(head) + len(form.pointers(*range(len(layers) + 2)))
    places, written = [], []
    for layer in layers:
        places.append(at)
        written.append(_layer(layer, form, at))
        at += len(written[-1])
    return b"".join([head, form.pointers(*places, 0, 0), *written])


def property_list(properties: Mapping[int, bytes]) -> bytes:
    """Return a list of properties, by number."""
    return b"".join(
        struct.pack(">II", kind, len(content)) + content for kind, content in [*properties.items(), (0, b"")]
    )


def _layer(layer: Layer, form: Form, at: int) -> bytes:
    height, width, channels = layer.pixels.shape
    kind = form.base * 2 + (channels in {2, 4})
    head = struct.pack(">IIII", width, height, kind, 5) + b"name\0" + property_list(layer.listed())
    start = at + len(head) + len(form.pointers(0, 0))
    pixels = _hierarchy(layer.pixels, form, start)
    if layer.mask is None:
        return head + form.pointers(start, 0) + pixels
    place = start + len(pixels)
    mask = struct.pack(">III", width, height, 5) + b"mask\0" + property_list({})
    inside = place + len(mask) + len(form.pointers(0))
    mask += form.pointers(inside) + _hierarchy(layer.mask, form, inside)
    return head + form.pointers(start, place) + pixels + mask


def _hierarchy(pixels: Pixels | Deep, form: Form, at: int) -> bytes:
    """Return pixels in tiles, and the tables that point to them."""
    height, width, channels = pixels.shape
    head = struct.pack(">III", width, height, channels * pixels.itemsize)
    level = at + len(head) + len(form.pointers(0, 0))
    tiles = [
        _tile(pixels[top : top + 64, left : left + 64], form.coding)
        for top in range(0, height, 64)
        for left in range(0, width, 64)
    ]
    first = level + 8 + len(form.pointers(*range(len(tiles) + 1)))
    starts = [first + sum(map(len, tiles[:number])) for number in range(len(tiles))]
    table = struct.pack(">II", width, height) + form.pointers(*starts, 0)
    return b"".join([head, form.pointers(level, 0), table, *tiles])


def _tile(pixels: Pixels | Deep, coding: int) -> bytes:
    data = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    if coding == RUNS:
        count = pixels.shape[2] * pixels.itemsize
        return b"".join(runs(data[plane::count]) for plane in range(count))
    return zlib.compress(data) if coding == DEFLATED else data


def runs(plane: bytes) -> bytes:
    """Return a plane as runs of equal bytes, short and long, and as copies of others, short and long."""
    packed, single = bytearray(), bytearray()
    lengths = [(value, len(list(group))) for value, group in groupby(plane)]
    for value, length in [*lengths, (0, 0)]:  # the last one has no bytes
        if length == 1:
            single.append(value)
            continue
        if single:
            packed += (
                struct.pack(">BH", 128, len(single)) if len(single) > 127 else bytes([256 - len(single)])
            )
            packed += single
            single.clear()
        if length:
            packed += struct.pack(">BH", 127, length) if length > 127 else bytes([length - 1])
            packed.append(value)
    return bytes(packed)


def composed(layers: Iterable[Layer], size: tuple[int, int]) -> Pixels:
    """Return what GIMP shows of layers, which are given from the top down; grey layers become RGB."""
    width, height = size
    canvas = np.zeros((height, width, 4))
    for layer in [*layers][::-1]:
        placed = _placed(layer, size)
        with np.errstate(invalid="ignore"):
            canvas = _over(placed, canvas, to_light if layer.mode == NORMAL else np.asarray)
    shown = (canvas * 255).round().astype(np.uint8)
    return shown if shown[..., 3].min() < 255 else shown[..., :3]


def _placed(layer: Layer, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return a layer on a transparent canvas, as RGBA from 0 to 1."""
    pixels = layer.pixels / np.iinfo(layer.pixels.dtype).max
    channels = pixels.shape[2]
    colours = pixels[..., : 1 if channels < 3 else 3]
    alpha = pixels[..., channels - 1 :] if channels in {2, 4} else np.ones_like(colours[..., :1])
    alpha = alpha * layer.opacity / 255
    if layer.mask is not None:
        alpha = alpha * layer.mask / np.iinfo(layer.mask.dtype).max
    flat = np.concatenate([np.broadcast_to(colours, (*colours.shape[:2], 3)), alpha], axis=2)
    (width, height), (left, top) = size, layer.offset
    canvas = np.zeros((height, width, 4))
    part = flat[max(0, -top) : height - top, max(0, -left) : width - left]
    down, across = part.shape[:2]
    canvas[max(0, top) : max(0, top) + down, max(0, left) : max(0, left) + across] = part
    return canvas


def _over(
    layer: NDArray[np.float64],
    below: NDArray[np.float64],
    light: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return a layer over others, mixed in the light that `light` gives for samples."""
    one, other = layer[..., 3:], below[..., 3:] * (1 - layer[..., 3:])
    alpha = one + other
    mixed = (light(layer[..., :3]) * one + light(below[..., :3]) * other) / np.where(alpha > 0, alpha, 1)
    colours = from_light(mixed) if light is to_light else mixed
    return np.concatenate([colours, alpha], axis=2)


def to_light(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the linear light of sRGB samples, both from 0 to 1 (IEC 61966-2-1)."""
    return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)


def from_light(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the samples of linear light."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def made() -> Iterator[Made]:
    """Return all of them, except those of GIMP in `real/`."""
    for name, layers, form in _cases():
        data = xcf(layers, form=form)
        yield Made(f"XCF of {name}", ImageFormat.XCF, data, composed(layers, (WIDTH, HEIGHT)))
    yield _indexed(transparent=False)
    yield _indexed(transparent=True)


def _cases() -> Iterator[tuple[str, list[Layer], Form]]:
    colours, greys = photo(WIDTH, HEIGHT), grey(WIDTH, HEIGHT)
    other = gradient_pixels(WIDTH, HEIGHT)[..., :3]
    small = translucent(photo(30, 20))
    ramp = np.linspace(255, 0, WIDTH * HEIGHT).astype(np.uint8).reshape(HEIGHT, WIDTH, 1)
    for coding, kind in enumerate(("plain", "runs", "deflated")):
        yield f"RGB, {kind}", [Layer(colours)], Form(coding=coding)
        yield f"RGBA, {kind}", [Layer(translucent(colours))], Form(coding=coding)
    yield "grey", [Layer(greys)], Form(base=GREY)
    yield "grey with alpha", [Layer(translucent(greys), mode=NORMAL), Layer(greys[::-1])], Form(11, GREY)
    for mode, version, kind in ((LEGACY, 0, "as sRGB"), (NORMAL, 11, "in light")):
        form = Form(version)
        over = [Layer(translucent(colours), mode=mode), Layer(other)]
        yield f"two layers mixed {kind}", over, form
        half = [Layer(colours, opacity=128, mode=mode), Layer(translucent(other), mode=mode, opacity=200)]
        yield f"half-transparent layers mixed {kind}", half, form
        masked = [Layer(translucent(colours), mode=mode, mask=ramp, opacity=180), Layer(other)]
        yield f"a layer with a mask mixed {kind}", masked, form
        places = [(-10, -9), (50, 60), (20, 30)]
        yield f"small layers mixed {kind}", [Layer(small, place, mode=mode) for place in places], form
    deep = colours.astype(np.uint16) * 257 - np.uint16(100) * (colours > 128)
    steep = translucent(other).astype(np.uint16) * 257
    yield "16 bits", [Layer(deep)], Form(12, precision=SIXTEEN)
    both = [Layer(steep, mode=NORMAL, mask=ramp.astype(np.uint16) * 257), Layer(deep)]
    yield "16 bits with a mask", both, Form(12, precision=SIXTEEN, coding=DEFLATED)


def _indexed(*, transparent: bool) -> Made:
    """Return a file with a palette of eight colours. GIMP makes its alpha all or nothing, but shows any."""
    high = photo(WIDTH, HEIGHT) > 127
    indexes = (high * np.array([4, 2, 1])).sum(axis=2, keepdims=True).astype(np.uint8)
    palette = np.array([[number >> bit & 1 for bit in (2, 1, 0)] for number in range(8)], np.uint8) * 99 + 70
    pixels, shown = indexes, palette[indexes[..., 0]]
    if transparent:
        pixels, shown = translucent(indexes), translucent(shown)
    # Old versions of GIMP wrote this wrong length.
    colours = property_list({COLOURS: struct.pack(">I", 8) + palette.tobytes()})[:-8]
    colours = colours[:4] + struct.pack(">I", 12) + colours[8:]
    data = xcf([Layer(pixels)], form=Form(1, INDEXED, before=colours))
    name = "XCF of a palette" + " with alpha" * transparent
    return Made(name, ImageFormat.XCF, data, shown)
