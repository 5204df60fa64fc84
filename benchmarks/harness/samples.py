"""Small pictures of the kinds that users upload and developers forget."""

import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image

from harness import CACHE, ROOT

_SIDES = (640, 480)
KINDS = (
    "sample-cmyk.jpg",
    "sample-16-bit.png",
    "sample-animated.gif",
    "sample-truncated.jpg",
    "sample-text.jpg",
    "sample-photo.tiff",
    "sample-photo.avif",
    "sample-photo.heic",
    "sample-photoshop.psd",
    "sample-drawing.svg",
    "sample-document.pdf",
    "sample-other.jpg",
)
"""The names of the samples; most show the picture of `sample-photo.jpg`."""
PHOTO = "sample-photo.jpg"
_OF_THE_PHOTO = (96, 89, 78)
MEANS = {
    "sample-photo.tiff": _OF_THE_PHOTO,
    "sample-photo.avif": _OF_THE_PHOTO,
    "sample-photo.heic": _OF_THE_PHOTO,
    "sample-document.pdf": _OF_THE_PHOTO,
    "sample-photoshop.psd": (148, 16, 78),
    "sample-drawing.svg": (114, 124, 91),
}
"""The mean levels of red, green and blue that a thumbnail should have: from the photo, from the PNG that
Photoshop wrote next to its file, and from the areas of the drawing."""


def samples() -> Path:
    """Make the samples and return their folder."""
    folder = CACHE / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in _recipes():
        path = folder / name
        if not path.exists():
            path.write_bytes(make())
    return folder


def _recipes() -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield PHOTO, lambda: _encoded(_photo(), "JPEG", quality=90)
    yield "sample-other.jpg", lambda: _encoded(Image.new("RGB", (480, 640), (20, 90, 160)), "JPEG")
    yield "sample-cmyk.jpg", lambda: _encoded(_photo().convert("CMYK"), "JPEG", quality=90)
    yield "sample-16-bit.png", lambda: _encoded(_grey(), "PNG")
    yield "sample-animated.gif", _animation
    yield "sample-truncated.jpg", lambda: _half(_encoded(_photo(), "JPEG", quality=90))
    yield "sample-text.jpg", lambda: b"This is no picture, whatever its name says.\n" * 100
    yield "sample-photo.tiff", lambda: _encoded(_photo(), "TIFF")
    yield "sample-photo.avif", lambda: _encoded(_photo(), "AVIF")
    yield "sample-photo.heic", _heic
    yield "sample-photoshop.psd", (ROOT / "tests/pictures/exotic/real/photoshop.psd").read_bytes
    yield "sample-drawing.svg", lambda: _DRAWING
    yield "sample-document.pdf", lambda: _encoded(_photo(), "PDF")


_DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">'
    b'<rect width="640" height="480" fill="#147"/><circle cx="320" cy="240" r="200" fill="#fc3"/></svg>'
)


def _photo() -> Image.Image:
    sys.path.insert(0, str(ROOT / "demo"))
    try:
        from scenes import photo
    finally:
        sys.path.remove(str(ROOT / "demo"))
    return photo("airplane-from-above").convert("RGB").resize(_SIDES)


def _grey() -> Image.Image:
    """Return a 16-bit grey gradient from black to white, with a mean of half."""
    rows = b"".join((round(x * 65535 / 639)).to_bytes(2, "little") for x in range(640)) * 480
    return Image.frombytes("I;16", _SIDES, rows)


def _animation() -> bytes:
    frames = [Image.new("RGB", _SIDES, colour) for colour in ("red", "lime", "blue")]
    return _encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def _heic() -> bytes:
    import pillow_heif

    buffer = BytesIO()
    pillow_heif.from_pillow(_photo()).save(buffer)
    return buffer.getvalue()


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _encoded(picture: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()
