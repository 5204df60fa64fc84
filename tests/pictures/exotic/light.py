"""Pictures whose values are not sRGB: Radiance, DPX, Cineon and FITS."""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from advthumb.core.formats import ImageFormat
from advthumb.testing.pictures.pixels import Pixels
from tests.pictures.exotic.made import Made
from tests.pictures.exotic.shown import grey, photo, translucent

Floats = NDArray[np.float64]
Samples = NDArray[np.int64]


def linear(pixels: Pixels) -> Floats:
    """Return sRGB as light, from 0 to 1 (IEC 61966-2-1)."""
    value = pixels / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def srgb(light: Floats) -> Pixels:
    """Return light as sRGB; anything brighter than white becomes white."""
    light = light.clip(0, 1)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (value * 255).round().astype(np.uint8)


# Radiance


def rgbe(light: Floats) -> NDArray[np.uint8]:
    """Return light as mantissas and an exponent."""
    most = light.max(axis=2)
    exponents = np.where(most > 1e-9, np.floor(np.log2(np.maximum(most, 1e-9))) + 1, -128)
    mantissas = np.where(most[..., None] > 1e-9, light * 256 / 2 ** exponents[..., None], 0)
    return np.dstack([mantissas, exponents + 128]).clip(0, 255).astype(np.uint8)


def shown_light(coded: NDArray[np.uint8]) -> Floats:
    """Return the light of mantissas and an exponent."""
    return coded[..., :3] * 2.0 ** (coded[..., 3:].astype(np.int64) - 136)


def hdr(
    coded: NDArray[np.uint8], *, packed: bool = True, lines: bytes = b"", size: bytes = b"-Y %d +X %d"
) -> bytes:
    """Return a Radiance picture, its rows in runs of bytes if `packed`."""
    height, width = coded.shape[:2]
    head = (
        b"#?RADIANCE\n# a comment\n" + lines + b"FORMAT=32-bit_rle_rgbe\n\n" + size % (height, width) + b"\n"
    )
    if not packed:
        return head + coded.tobytes()
    mark = b"\2\2" + struct.pack(">H", width)
    return head + b"".join(mark + b"".join(_runs(row[:, at].tolist()) for at in range(4)) for row in coded)


def _runs(values: list[int]) -> bytes:
    out, at = b"", 0
    while at < len(values):
        count = 1
        while at + count < len(values) and values[at + count] == values[at] and count < 127:
            count += 1
        out += (
            bytes([128 + count, values[at]])
            if count > 2
            else b"".join(bytes([1, values[at]]) for _ in range(count))
        )
        at += count
    return out


# FITS


def fits(samples: Samples, bits: int, *, more: tuple[str, ...] = (), axes: str = "2") -> bytes:
    """Return a FITS image; 16-bit samples start at -32768."""
    height, width = samples.shape
    lines = ["SIMPLE  =                    T / a comment", f"BITPIX  = {bits:20}", f"NAXIS   = {axes:>20}"]
    lines += [f"NAXIS1  = {width:20}", f"NAXIS2  = {height:20}", *more, "HISTORY anything = 'text / '", "END"]
    head = "".join(f"{line:80}" for line in lines).encode()
    body = samples[::-1].astype(">u1" if bits == 8 else ">i2").tobytes()
    return head.ljust(-(-len(head) // 2880) * 2880) + body.ljust(-(-len(body) // 2880) * 2880, b"\0")


UNSIGNED = ("BZERO   =              32768.0", "BSCALE  =                1.0D0")


# DPX and Cineon

DENSITY, LIGHT, LOGARITHM, VIDEO = 1, 2, 3, 6
_KINDS = {1: 6, 3: 50, 4: 51}
_BLACK = 10 ** ((95 - 685) * 0.002 / 0.6)


def densities(light: Floats) -> Samples:
    """Return light as the printing densities of a negative: 95 is black, and 685 white (Kodak)."""
    return np.round(685 + np.log10(light * (1 - _BLACK) + _BLACK) * 0.6 / 0.002).astype(np.int64)


def of_densities(codes: Samples) -> Floats:
    """Return the light that printing densities stand for."""
    return (10 ** ((codes - 685) * 0.002 / 0.6) - _BLACK) / (1 - _BLACK)


def words(samples: Samples, order: str = ">") -> bytes:
    """Return three 10-bit samples in each 32-bit word, with two unused bits at its end."""
    packed = samples[..., 0] << 22 | samples[..., 1] << 12 | samples[..., 2] << 2
    return packed.astype(f"{order}u4").tobytes()


def dpx(
    samples: Samples,
    bits: int,
    transfer: int,
    *,
    order: str = ">",
    start: int = 2048,
    element: dict[int, int] | None = None,
) -> bytes:
    """Return a DPX file. `element` has further bytes of its header by their offset."""
    height, width, channels = samples.shape
    body = words(samples, order) if bits == 10 else samples.astype(f"{order}u{bits // 8}").tobytes()
    magic = b"SDPX" if order == ">" else b"XPDS"
    head = magic + struct.pack(order + "I8sI", start, b"V1.0", start + len(body))
    head = head.ljust(768, b"\0") + struct.pack(order + "HHII", 0, 1, width, height)
    head += struct.pack(order + "IIfIf", 0, 0, 0, 2**bits - 1, 2.047)
    head += struct.pack(
        order + "BBBBHHIII", _KINDS[channels], transfer, transfer, bits, bits == 10, 0, start, 0, 0
    )
    data = bytearray(head.ljust(start, b"\xff") + body)
    for at, value in (element or {}).items():
        data[at] = value
    return bytes(data)


def cin(samples: Samples, start: int = 2048) -> bytes:
    """Return a Cineon file."""
    height, width = samples.shape[:2]
    body = words(samples)
    head = struct.pack(">I5I8s", 0x802A5FD7, start, 1024, 1024, 0, start + len(body), b"V4.5").ljust(
        192, b"\0"
    )
    head += bytes([0, 3, 0, 0])
    for number in (1, 2, 3):
        head += struct.pack(">BBBBIIffff", 0, number, 10, 0, width, height, 0, 0, 1023, 2.046)
    head = head.ljust(680, b"\0") + bytes([0, 5, 0, 0]) + bytes(8)
    return head.ljust(start, b"\0") + body


def made() -> Iterator[Made]:
    """Return all of them."""
    yield from _hdrs()
    yield from _fits()
    yield from _films()


def _hdrs() -> Iterator[Made]:
    for name, light in (
        ("dark", linear(photo()) / 8),
        ("as usual", linear(photo())),
        ("bright", linear(photo()) * 3),
    ):
        coded = rgbe(light)
        shown = srgb(shown_light(coded))
        yield Made(f"HDR, {name}", ImageFormat.HDR, hdr(coded), shown)
        yield Made(f"HDR, {name}, plain", ImageFormat.HDR, hdr(coded, packed=False), shown)
    coded = rgbe(linear(photo()))
    lines = b"EXPOSURE=2.0\nSOFTWARE=any\nGAMMA=1.0\n"
    lines += b"PRIMARIES= 0.6400 0.3300 0.2900 0.6000 0.1500 0.0600 0.3333 0.3333\n"
    yield Made("HDR with many lines", ImageFormat.HDR, hdr(coded, lines=lines), srgb(shown_light(coded)))
    narrow = coded[:, :7]
    yield Made("HDR, narrow", ImageFormat.HDR, hdr(narrow, packed=False), srgb(shown_light(narrow)))


def _fits() -> Iterator[Made]:
    eight = grey()
    sixteen = eight[..., 0].astype(np.int64) * 257
    yield Made("FITS of 8 bits", ImageFormat.FITS, fits(eight[..., 0].astype(np.int64), 8), eight)
    more = (
        "DATAMIN =                   10",
        "DATAMAX =                  200",
        "EXTEND  =                    T",
    )
    yield Made(
        "FITS of 8 bits, with a range",
        ImageFormat.FITS,
        fits(eight[..., 0].astype(np.int64), 8, more=more),
        eight,
    )
    yield Made("FITS of 16 bits", ImageFormat.FITS, fits(sixteen - 32768, 16, more=UNSIGNED), eight)
    flat = fits(eight[..., 0].astype(np.int64), 8, axes="3", more=("NAXIS3  =                    1",))
    yield Made("FITS of three axes", ImageFormat.FITS, flat, eight)


def _films() -> Iterator[Made]:
    light = linear(photo())
    codes = densities(light)
    as_densities = srgb(of_densities(codes))
    for order, name in ((">", ""), ("<", ", little-endian")):
        for transfer in (DENSITY, LOGARITHM):
            data = dpx(codes, 10, transfer, order=order)
            yield Made(f"DPX of film, {transfer}{name}", ImageFormat.DPX, data, as_densities)
        ten = np.round(light * 1023).astype(np.int64)
        yield Made(f"DPX of light{name}", ImageFormat.DPX, dpx(ten, 10, LIGHT, order=order), srgb(ten / 1023))
        sixteen = np.round(linear(photo(38, 28)) * 65535).astype(np.int64)
        data = dpx(sixteen, 16, LIGHT, order=order, start=8192)
        yield Made(f"DPX of light, 16 bits{name}", ImageFormat.DPX, data, srgb(sixteen / 65535))
        video = np.round(photo() / 255 * 1023).astype(np.int64)
        yield Made(
            f"DPX of video, 10 bits{name}", ImageFormat.DPX, dpx(video, 10, VIDEO, order=order), photo()
        )
        for kind, pixels in (
            ("grey", grey(36, 28)),
            ("colours", photo(36, 28)),
            ("with alpha", translucent(photo(36, 28))),
        ):
            for bits in (8, 16):
                samples = pixels.astype(np.int64) * (257 if bits == 16 else 1)
                data = dpx(samples, bits, VIDEO, order=order)
                yield Made(f"DPX of video, {kind}, {bits} bits{name}", ImageFormat.DPX, data, pixels)
    yield Made("CIN", ImageFormat.CIN, cin(codes), as_densities)
    yield Made("CIN, short", ImageFormat.CIN, cin(codes, start=1024), as_densities)
