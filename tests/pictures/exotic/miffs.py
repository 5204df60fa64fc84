"""ImageMagick's own format."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from advthumb.core.formats import ImageFormat
from advthumb.core.orientation import Orientation
from advthumb.testing.pictures.oriented import stored_pixels
from advthumb.testing.pictures.pixels import Pixels
from advthumb.testing.pictures.profiles import SWAPPED
from tests.pictures.exotic.light import srgb
from tests.pictures.exotic.made import Made
from tests.pictures.exotic.shown import grey, photo, translucent

_SPACES = {1: "Gray", 2: "Gray", 3: "sRGB", 4: "sRGB"}


def miff(
    pixels: NDArray[np.integer],
    depth: int = 8,
    *,
    compression: str = "None",
    more: str = "",
    profiles: tuple[bytes, ...] = (),
) -> bytes:
    """Return a picture that stores a colour for each pixel.

    Args:
        pixels: Its samples.
        depth: The bits per sample, 8 or 16.
        compression: `None`, `RLE` or `Zip`.
        more: Further lines of the header; where one names a profile, it is one of `profiles`.
        profiles: The content of the profiles.
    """
    height, width, channels = pixels.shape
    rows = [row.tobytes() for row in pixels.astype(f">u{depth // 8}")]
    head = _head(
        width,
        height,
        depth,
        compression,
        f"class=DirectClass  matte={channels in {2, 4}}\n{more}",
        _SPACES[channels],
    )
    blobs = b"".join(struct.pack(">I", len(profile)) + profile for profile in profiles)
    return head + blobs + _coded(rows, compression, channels * depth // 8)


def mapped(
    indexes: NDArray[np.integer], colours: list[tuple[int, int, int]], compression: str = "None"
) -> bytes:
    """Return a picture whose pixels are indexes of colours."""
    height, width = indexes.shape
    more = f"class=PseudoClass  colors={len(colours)}  matte=False\n"
    head = _head(width, height, 8, compression, more, "sRGB")
    rows = [row.tobytes() for row in indexes.astype(np.uint8)]
    return head + b"".join(map(bytes, colours)) + _coded(rows, compression, 1)


def _head(width: int, height: int, depth: int, compression: str, more: str, space: str) -> bytes:
    lines = f"id=ImageMagick  version=1.0\n{more}columns={width}  rows={height}  depth={depth}\n"
    lines += f"colorspace={space}\n"
    lines += f"compression={compression}\nrendering-intent=Perceptual\ngamma=0.45455\npage=99x99+5+5\n"
    lines += "date:create={2012-06-16T20:11:10-04:00}\n{a comment: with \\} it}\n"
    return lines.encode() + b"\f\n:\x1a"


def _coded(rows: list[bytes], compression: str, packet: int) -> bytes:
    if compression == "None":
        return b"".join(rows)
    if compression == "RLE":
        return b"".join(_runs([row[at : at + packet] for at in range(0, len(row), packet)]) for row in rows)
    stream, parts = zlib.compressobj(), []
    for row in rows:
        part = stream.compress(row) + stream.flush(
            zlib.Z_SYNC_FLUSH if row is not rows[-1] else zlib.Z_FINISH
        )
        parts.append(struct.pack(">I", len(part)) + part)
    return b"".join(parts)


def _runs(pixels: list[bytes]) -> bytes:
    out, at = b"", 0
    while at < len(pixels):
        count = 1
        while at + count < len(pixels) and pixels[at + count] == pixels[at] and count < 256:
            count += 1
        out += pixels[at] + bytes([count - 1])
        at += count
    return out


def made() -> Iterator[Made]:
    """Return all of them."""

    def one(name: str, data: bytes, pixels: Pixels) -> Made:
        return Made(f"MIFF {name}", ImageFormat.MIFF, data, pixels)

    for name, pixels in (
        ("grey", grey()),
        ("colours", photo()),
        ("grey, alpha", translucent(grey())),
        ("alpha", translucent(photo())),
    ):
        for compression in ("None", "Zip") if "alpha" in name else ("None", "RLE", "Zip"):
            for depth in (8, 16):
                samples = pixels.astype(np.int64) * (257 if depth == 16 else 1)
                yield one(
                    f"{name}, {depth} bits, {compression}",
                    miff(samples, depth, compression=compression),
                    pixels,
                )
    few = photo() // 64 * 85
    colours = np.unique(few.reshape(-1, 3), axis=0)
    indexes = (few[:, :, None] == colours).all(axis=3).argmax(axis=2)
    table = [(int(r), int(g), int(b)) for r, g, b in colours]
    for compression in ("None", "Zip"):
        yield one(f"of a map, {compression}", mapped(indexes, table, compression), few)
    yield one("of two pictures", miff(photo()) + miff(photo()[:, ::-1]), photo())
    for orientation, name in (
        (Orientation.ROTATE_90, "RightTop"),
        (Orientation.MIRROR_ROTATE_180, "BottomLeft"),
    ):
        stored = miff(stored_pixels(photo(), orientation), more=f"orientation={name}\n")
        yield one(f"turned, {name}", stored, photo())
    data = miff(photo(), more="profile=xmp\nprofile=icc\n", profiles=(b"anything", SWAPPED.icc))
    yield one("with a profile", data, srgb((photo()[..., [1, 0, 2]] / 255) ** 2.2))
