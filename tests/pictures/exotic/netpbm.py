"""PBM, PGM, PPM and PAM: plain and raw, of every range of samples."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from advthumb.core.formats import ImageFormat
from advthumb.testing.pictures.files import as_image, save
from advthumb.testing.pictures.pixels import Pixels
from tests.pictures.exotic.made import Made
from tests.pictures.exotic.shown import grey, photo, translucent

BLACK_AND_WHITE, GREY, COLOUR = 1, 2, 3
_TUPLES = {1: b"GRAYSCALE", 2: b"GRAYSCALE_ALPHA", 3: b"RGB", 4: b"RGB_ALPHA"}
_KINDS = {1: GREY, 3: COLOUR}

Samples = NDArray[np.int64]


def refused_by_pillow(files: Iterable[Made]) -> Iterator[str]:
    """Return the names of those that Pillow cannot hold or decode."""
    deep = (" 1023", " 4095", " 32767", " 65535", "netpbm-deep.ppm", "netpbm.pam")
    pnms = (one.name for one in files if one.format is ImageFormat.PNM)
    return (name for name in pnms if "alpha" in name.lower() or name.endswith(deep))


def scaled(pixels: Pixels, white: int) -> Samples:
    """Return samples from 0 to `white` instead of 255."""
    return (pixels.astype(np.int64) * white + 127) // 255


def shown(samples: Samples, white: int) -> Pixels:
    """Return the pixels that samples from 0 to `white` show."""
    return ((samples * 255 * 2 + white) // (2 * white)).astype(np.uint8)


def raw(samples: Samples, white: int) -> bytes:
    """Return P5 or P6."""
    height, width, channels = samples.shape
    head = b"P%d\n# a comment\n%d %d # another\n%d\n" % (_KINDS[channels] + 3, width, height, white)
    return head + samples.astype(">u1" if white < 256 else ">u2").tobytes()


def plain(samples: Samples, white: int, end: bytes = b"\n") -> bytes:
    """Return P2 or P3."""
    height, width, channels = samples.shape
    lines = (b" ".join(b"%d" % value for value in row) for row in samples.reshape(height, -1))
    return b"P%d\n%d\n%d\n%d\n" % (_KINDS[channels], width, height, white) + b"\n".join(lines) + end


def bitmap(white: NDArray[np.bool_]) -> bytes:
    """Return P4."""
    height, width = white.shape
    return b"P4 %d %d\n" % (width, height) + np.packbits(~white, axis=1).tobytes()


def plain_bitmap(white: NDArray[np.bool_], between: bytes = b" ") -> bytes:
    """Return P1, whose digits need no space between them."""
    height, width = white.shape
    lines = (between.join(b"01"[not value : 2 - value] for value in row) for row in white.tolist())
    return b"P1\n%d %d\n" % (width, height) + b"\n".join(lines)


def pam(samples: Samples, white: int, kind: bytes = b"", end: bytes = b"") -> bytes:
    """Return P7."""
    height, width, channels = samples.shape
    head = b"P7\n# a comment\nWIDTH %d\nHEIGHT %d\n\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
    head = head % (width, height, channels, white, kind or _TUPLES[channels])
    return head + samples.astype(">u1" if white < 256 else ">u2").tobytes() + end


def made() -> Iterator[Made]:
    """Return all of them."""

    def one(name: str, data: bytes, pixels: Pixels) -> Made:
        return Made(name, ImageFormat.PNM, data, pixels)

    white = grey()[..., 0] > 127
    black_and_white = (white * np.uint8(255))[..., None]
    yield one("PBM, raw", bitmap(white), black_and_white)
    yield one("PBM, plain", plain_bitmap(white), black_and_white)
    yield one("PBM, plain, without spaces", plain_bitmap(white, b""), black_and_white)
    yield one(
        "PAM, black and white", pam(white[..., None].astype(np.int64), 1, b"BLACKANDWHITE"), black_and_white
    )
    for pixels, word in ((grey(), "PGM"), (photo(), "PPM")):
        for largest in (1, 15, 100, 200, 255, 1023, 4095, 32767, 65535):
            samples = scaled(pixels, largest)
            yield one(f"{word}, raw, {largest}", raw(samples, largest), shown(samples, largest))
            yield one(f"{word}, plain, {largest}", plain(samples, largest), shown(samples, largest))
        yield one(f"{word}, two pictures", raw(scaled(pixels, 255), 255) * 2, pixels)
        yield one(
            f"{word}, plain, without an end of its last line", plain(scaled(pixels, 255), 255, b""), pixels
        )
        yield one(f"{word} of Pillow", _by_pillow(pixels), pixels)
    for pixels in (grey(), photo(), translucent(grey()), translucent(photo())):
        for largest in (1, 15, 200, 255, 65535):
            samples = scaled(pixels, largest)
            name = f"PAM, {_TUPLES[pixels.shape[2]].decode()}, {largest}"
            yield one(name, pam(samples, largest, end=b"P7\n"), shown(samples, largest))
    flag = np.dstack([white, white[::-1]]).astype(np.int64)
    yield one("PAM, black and white with alpha", pam(flag, 1, b"BLACKANDWHITE_ALPHA"), shown(flag, 1))


def _by_pillow(pixels: Pixels) -> bytes:
    return save(as_image(pixels), "PPM")
