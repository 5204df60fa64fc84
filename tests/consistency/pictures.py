"""Tiny pictures, each of one colour, so that a thumbnail shows which source it was made of."""

import functools
import shutil
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from .storages import BUCKET, RENAMING

Colour = tuple[int, int, int]
NOT_A_PICTURE = b"this is no picture"


def nth_colour(number: int) -> Colour:
    """Return a colour that differs from that of any other number by more than rendering may change it."""
    mixed = number * 2654435761 % 2**15
    return (mixed >> 10) * 8 + 2, (mixed >> 5 & 31) * 8 + 2, (mixed & 31) * 8 + 2


def png(colour: Colour, size: tuple[int, int] = (16, 12)) -> bytes:
    """Return a PNG of one colour, written by hand, which takes a tenth of the time."""
    width, height = size
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(colour) * width) * height
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def upload(number: int, name: str = "") -> ContentFile:
    """Return a freshly uploaded picture whose colour stands for its number."""
    return ContentFile(png(nth_colour(number)), name=name or f"{number}.png")


@functools.lru_cache(maxsize=4096)
def _colour_in(data: bytes) -> Colour | None:
    if data == NOT_A_PICTURE:
        return None
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


def colour_of(storage: Any, name: str) -> Colour | None:
    """Return the colour of a stored picture, or None if the file is not a picture.

    Raises:
        OSError: There is no such file.
    """
    with storage.open(name) as stream:
        return _colour_in(stream.read())


def alike(one: Colour | None, other: Colour | None) -> bool:
    """Return whether two pictures show the same; a file that is not a picture matches nothing."""
    if one is None or other is None:
        return False
    return all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))


def number_of(file: Any) -> int | None:
    """Return the number of the upload that a stored file shows, or None for no file."""
    if not file:
        return None
    shown = colour_of(file.storage, file.name)
    return next((number for number in range(2**10) if alike(shown, nth_colour(number))), None)


def no_files() -> None:
    """Empty the default storage, both storages in memory, and the cache."""
    for path in Path(default_storage.location).iterdir():
        shutil.rmtree(path)
    BUCKET.files.clear()
    RENAMING.files.clear()
    caches["default"].clear()
