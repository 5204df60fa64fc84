"""Pictures as arrays: height x width x channels, 8 bits per sample, the same on every run."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Colour = tuple[int, ...]

CORNERS: tuple[Colour, ...] = ((220, 40, 40), (40, 180, 60), (50, 70, 210), (230, 210, 60))
"""The colours of `corner_pixels`: top left, top right, bottom left, bottom right."""


def plain_pixels(width: int, height: int, colour: Colour = (200, 30, 30)) -> Pixels:
    """Return one colour everywhere, with as many channels as the colour has."""
    return np.broadcast_to(np.array(colour, np.uint8), (height, width, len(colour))).copy()


def corner_pixels(width: int = 64, height: int = 48) -> Pixels:
    """Return four quarters of four colours, which every rotation and every reflection changes."""
    picture = plain_pixels(width, height, CORNERS[0])
    picture[: height // 2, width // 2 :] = CORNERS[1]
    picture[height // 2 :, : width // 2] = CORNERS[2]
    picture[height // 2 :, width // 2 :] = CORNERS[3]
    return picture


def halves_pixels(width: int, height: int, left: Colour, right: Colour) -> Pixels:
    """Return two colours side by side, with any number of channels."""
    picture = plain_pixels(width, height, left)
    picture[:, width // 2 :] = right
    return picture


def gradient_pixels(width: int = 256, height: int = 256) -> Pixels:
    """Return a smooth picture: red rises to the right, green rises downwards, blue falls along both."""
    right = np.linspace(0, 1, width)[None, :]
    down = np.linspace(0, 1, height)[:, None]
    planes = np.broadcast_arrays(right, down, 1 - (right + down) / 2)
    return (np.stack(planes, axis=2) * 255).round().astype(np.uint8)


def noise_pixels(width: int = 256, height: int = 256, channels: int = 3) -> Pixels:
    """Return uniform noise, the hardest thing to scale and to compress."""
    return np.random.default_rng(1).integers(0, 256, (height, width, channels), np.uint8)


@cache
def photo_pixels(width: int = 1600, height: int = 1200) -> Pixels:
    """Return a picture with the statistics of a photo: a 1/f spectrum, and some sharp edges.

    The array is made once for each size, so it is read-only.
    """
    random = np.random.default_rng(7)
    across, down = np.fft.rfftfreq(width) * width, np.fft.fftfreq(height) * height
    distance = np.hypot(across[None, :], down[:, None])
    distance[0, 0] = 1
    planes = []
    for strength in (1.0, 0.4, 0.4):  # luma and two chromas
        spectrum = np.fft.rfft2(random.standard_normal((height, width))) / distance**1.4
        spectrum[0, 0] = 0
        plane = np.fft.irfft2(spectrum, (height, width))
        planes.append(plane / plane.std() * 40 * strength)
    luma, first, second = planes
    luma[height // 5 : height // 2, width // 6 : width // 3] += 50
    luma[height // 3 : 4 * height // 5, 3 * width // 5 : 5 * width // 6] -= 40
    picture = np.stack([luma + first, luma - (first + second) / 2, luma + second], axis=2)
    photo = (picture + 128).clip(0, 255).round().astype(np.uint8)
    photo.setflags(write=False)
    return photo
