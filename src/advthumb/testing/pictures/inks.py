"""CMYK files: four inks, where 255 means full ink, stored as Adobe programs store them."""

import numpy as np

from .files import as_image, save
from .pixels import Pixels

_ADOBE_MARK = b"Adobe"


def without_profile(inks: Pixels) -> Pixels:
    """Return the colours of inks by the rule that all engines follow: R = (255 - C)(255 - K) / 255."""
    paper = 255 - inks.astype(np.float64)
    return (paper[..., :3] * paper[..., 3:] / 255).round().astype(np.uint8)


def cmyk_jpeg(inks: Pixels, **options: bytes) -> bytes:
    """Return a CMYK JPEG with Adobe's marker, and with inks inverted as Adobe programs do."""
    return save(as_image(inks, "CMYK"), "JPEG", **options)


def cmyk_tiff(inks: Pixels, **options: bytes) -> bytes:
    """Return a CMYK TIFF, in which inks are not inverted."""
    return save(as_image(inks, "CMYK"), "TIFF", **options)


def ycck_jpeg(inks: Pixels) -> bytes:
    """Return a JPEG whose Adobe marker says YCCK: luma and chroma of the inks, and black.

    No available encoder writes such a file. So the samples are converted first and saved as if they were CMYK
    (Pillow inverts them while saving), and then the transform flag of the marker is set to 2.
    """
    cyan, magenta, yellow, black = np.moveaxis(inks.astype(np.float64), -1, 0)
    luma = 0.299 * cyan + 0.587 * magenta + 0.114 * yellow
    first = 128 + (yellow - luma) / 1.772
    second = 128 + (cyan - luma) / 1.402
    samples = np.stack([255 - luma, 255 - first, 255 - second, black], axis=-1)
    data = bytearray(save(as_image(samples.round().clip(0, 255).astype(np.uint8), "CMYK"), "JPEG"))
    data[data.index(_ADOBE_MARK) + 11] = 2
    return bytes(data)
