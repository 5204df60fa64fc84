"""Ordinary picture files: arrays encoded by Pillow, with as little loss as the format allows."""

import hashlib
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image

from .pixels import Colour, Pixels, gradient_pixels, plain_pixels

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_BEST: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True, "quality": 0, "method": 0},
    "AVIF": {"quality": 95, "subsampling": "4:4:4", "speed": 10, "max_threads": 1},
    "HEIC": {"quality": 95, "enc_params": {"chroma": 444, "preset": "ultrafast"}},
}


def as_image(pixels: Pixels, mode: str | None = None) -> Image.Image:
    """Return an array as a Pillow image. The default mode depends on the number of channels."""
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return Image.frombytes(mode or _MODES[channels], (width, height), pixels.tobytes())


_encoded: dict[tuple[object, ...], bytes] = {}


def encode(pixels: Pixels, image_format: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    """Return an array as a file; `options` are those of `Image.save`. Each result is cached."""
    digest = hashlib.blake2b(pixels.tobytes()).digest()
    key = (digest, pixels.shape, image_format, mode, repr(sorted(options.items())))
    if key not in _encoded:
        _encoded[key] = save(as_image(pixels, mode), image_format, **options)
    return _encoded[key]


def save(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """Return a Pillow image as a file, with as little loss as the format allows."""
    out = BytesIO()
    options = _BEST.get(image_format, {}) | options
    if image_format == "HEIC":
        from pillow_heif import from_pillow

        from_pillow(image).save(out, **options)
    else:
        image.save(out, image_format, **options)
    return out.getvalue()


@cache
def plain(
    width: int = 80, height: int = 60, colour: Colour = (200, 30, 30), image_format: str = "JPEG"
) -> bytes:
    """Return a picture of one colour, the simplest valid image file."""
    return encode(plain_pixels(width, height, colour), image_format)


@cache
def gradient(width: int = 256, height: int = 256, image_format: str = "PNG") -> bytes:
    """Return a smooth picture in which no two places look the same."""
    return encode(gradient_pixels(width, height), image_format)


@cache
def animated(
    image_format: str, colours: tuple[Colour, ...] = ((200, 30, 30), (30, 30, 200)), side: int = 40
) -> bytes:
    """Return a GIF, WebP, PNG or AVIF that shows one plain colour after the other."""
    first, *rest = (as_image(plain_pixels(side, side, colour)) for colour in colours)
    return save(first, image_format, save_all=True, append_images=rest, duration=100)


@cache
def timed(image_format: str, delays: tuple[int, ...] = (40, 200, 120), loop: int | None = 0) -> bytes:
    """Return an animation of a square that moves over a transparent background, one frame per delay (in ms).

    The border of the square is half transparent, because WebP cuts frames to their visible part and drops
    the alpha around it.
    """
    frames = []
    for number in range(len(delays)):
        frame = Image.new("RGBA", (60, 40))
        frame.paste((200, 30, 30, 128), (number * 20, 10, number * 20 + 20, 30))
        frame.paste((200, 30, 30, 255), (number * 20 + 2, 12, number * 20 + 18, 28))
        frames.append(frame)
    options = {} if loop is None else {"loop": loop}
    return save(
        frames[0],
        image_format,
        save_all=True,
        append_images=frames[1:],
        duration=delays,
        disposal=2,
        **options,
    )


def multipage_tiff(colours: tuple[Colour, ...] = ((200, 30, 30), (30, 30, 200)), side: int = 40) -> bytes:
    """Return a TIFF of one plain page per colour."""
    first, *rest = (as_image(plain_pixels(side, side, colour)) for colour in colours)
    return save(first, "TIFF", save_all=True, append_images=rest)
