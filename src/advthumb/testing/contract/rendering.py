"""The complete path from bytes to a thumbnail, as a field uses it, and helpers to check the result."""

from functools import cache
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.gravity import CENTRE, Gravity
from advthumb.core.images import RGB, SourceInfo
from advthumb.core.limits import check_pixels
from advthumb.core.planning import plan
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.sniffing import admit
from advthumb.core.spec import ResizeMethod, ThumbnailSpec, qualities
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing.pictures import Pixels, as_image

MAX_PIXELS = 100_000_000

WHITE = (255, 255, 255)


def wanted(
    width: int | None = 50,
    height: int | None = 50,
    output: str | None = "PNG",
    *,
    method: str = "fit",
    quality: int | None = None,
    background: tuple[int, int, int] = WHITE,
    upscale: bool = False,
    gravity: Gravity = CENTRE,
    processors: str = "",
) -> ThumbnailSpec:
    """Return a spec; the default output is PNG, so that encoding loses nothing."""
    image_format = ImageFormat(output) if output else None
    return ThumbnailSpec(
        width=width,
        height=height,
        method=ResizeMethod(method),
        format=image_format,
        qualities=qualities({} if quality is None or image_format is None else {image_format: quality}),
        background=RGB(*background),
        upscale=upscale,
        gravity=gravity,
        processors=processors,
    )


def probe(engine: ThumbnailEngine, data: bytes) -> SourceInfo:
    """Sniff, admit, read the header, and check its size."""
    image_format = admit(data)
    info = engine.probe(data, image_format)
    check_pixels(info, MAX_PIXELS)
    return info


def render_all(engine: ThumbnailEngine, data: bytes, *specs: ThumbnailSpec) -> list[RenderedThumbnail]:
    """Make a thumbnail for each spec, the way the field does."""
    info = probe(engine, data)
    return engine.render(data, info, [plan(spec, info) for spec in specs])


def render(engine: ThumbnailEngine, data: bytes, spec: ThumbnailSpec | None = None) -> RenderedThumbnail:
    """Make one thumbnail, by default a PNG that fits 50 x 50."""
    [thumbnail] = render_all(engine, data, spec or wanted())
    return thumbnail


def refusal(engine: ThumbnailEngine, data: bytes) -> ThumbnailError:
    """Return the error with which a file is refused; fail if it is not refused."""
    with pytest.raises(ThumbnailError) as caught:
        render(engine, data)
    return caught.value


def told(engine: ThumbnailEngine, data: bytes) -> tuple[str, bool]:
    """Return the code of the error, empty if there is none, and whether the error is temporary.

    Fail if the error blames the engine: no file may cause that.
    """
    try:
        render(engine, data)
    except ThumbnailError as error:
        if error.code is ErrorCode.ENGINE:
            pytest.fail(str(error))
        return error.code, error.for_now
    return "", False


def opened(thumbnail: RenderedThumbnail) -> Image.Image:
    """Return the thumbnail as Pillow decodes it, with all pixels loaded."""
    image = Image.open(BytesIO(thumbnail.data), formats=[thumbnail.format.value])
    image.load()
    return image


def rgb(thumbnail: RenderedThumbnail) -> Pixels:
    """Return the colours of a thumbnail without its alpha."""
    return np.asarray(opened(thumbnail).convert("RGB"))


def rgba(thumbnail: RenderedThumbnail) -> Pixels:
    """Return the colours and the alpha of a thumbnail."""
    return np.asarray(opened(thumbnail).convert("RGBA"))


def middle(pixels: Pixels) -> tuple[int, ...]:
    """Return the pixel in the middle."""
    return tuple(pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].tolist())


def quarters(pixels: Pixels) -> tuple[tuple[int, ...], ...]:
    """Return the colour in the middle of each quarter, in the order of `pictures.CORNERS`."""
    height, width = pixels.shape[:2]
    rows, columns = (height // 4, height * 3 // 4), (width // 4, width * 3 // 4)
    return tuple(tuple(pixels[row, column].tolist()) for row in rows for column in columns)


def difference(found: object, expected: object) -> NDArray[np.int64]:
    """Return by how many levels each sample differs."""
    return np.abs(np.asarray(found, np.int64) - np.asarray(expected, np.int64))


def lanczos(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return the reference result: all pixels, scaled by a single Lanczos-3 resize."""
    return np.asarray(as_image(pixels).resize(size, Image.Resampling.LANCZOS))


@cache
def decoded(data: bytes) -> Pixels:
    """Return all pixels of a picture, upright, as Pillow decodes it, to compare a thumbnail with them."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def psnr(found: Pixels, expected: Pixels) -> float:
    """Return the peak signal-to-noise ratio in dB."""
    squares = (difference(found, expected) ** 2).mean()
    return float(10 * np.log10(255**2 / squares)) if squares else float("inf")


def assert_close(found: object, expected: object, tolerance: int = 12) -> None:
    """Fail unless every sample is within `tolerance` levels of what is expected."""
    worst = int(difference(found, expected).max())
    assert worst <= tolerance, f"{worst} levels off: {found!r} instead of {expected!r}"


def refused(engine: ThumbnailEngine, data: bytes, kind: str, may_refuse: frozenset[str]) -> bool:
    """Return whether the engine refuses a picture that it may refuse, because its library cannot hold it.

    Args:
        engine: The engine.
        data: The picture.
        kind: The name of this kind of picture, as in `may_refuse`.
        may_refuse: The kinds of pictures that the engine may refuse.
    """
    try:
        probe(engine, data)
    except ThumbnailError as error:
        if error.code is ErrorCode.UNSUPPORTED and kind in may_refuse:
            return True
        raise
    return False
