"""Sources are opened, and thumbnails written, by the operation of their format, from bytes and to bytes.

By a path, libvips would read options out of the name; by content, it would look for a loader itself.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import pyvips

from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.images import Encoding
from advthumb.engines.samples import PLUGGED, SAMPLES

from .sources import lab_as_rgb

LOADERS = {
    ImageFormat.JPEG: "jpegload_source",
    ImageFormat.PNG: "pngload_source",
    ImageFormat.GIF: "gifload_source",
    ImageFormat.WEBP: "webpload_source",
    ImageFormat.AVIF: "heifload_source",
    ImageFormat.HEIC: "heifload_source",
    ImageFormat.TIFF: "tiffload_source",
}
SAVERS = {
    ImageFormat.JPEG: "jpegsave_buffer",
    ImageFormat.PNG: "pngsave_buffer",
    ImageFormat.GIF: "gifsave_buffer",
    ImageFormat.WEBP: "webpsave_buffer",
    ImageFormat.AVIF: "heifsave_buffer",
}
_SAVE_OPTIONS: dict[ImageFormat, dict[str, Any]] = {
    ImageFormat.JPEG: {"optimize_coding": True, "subsample_mode": "on"},
    ImageFormat.PNG: {"filter": "all", "compression": 4},
    ImageFormat.AVIF: {"compression": "av1", "bitdepth": 8, "subsample_mode": "on", "effort": 3},
}
_EFFORTS: Mapping[tuple[ImageFormat, Effort], Mapping[str, Any]] = {
    (ImageFormat.JPEG, Effort.FAST): {"optimize_coding": False},
    # For mozjpeg, which is in libvips' wheel; a build with another library logs that it ignores them.
    (ImageFormat.JPEG, Effort.SMALL): {"trellis_quant": True, "optimize_scans": True},
    (ImageFormat.PNG, Effort.FAST): {"filter": "up", "compression": 2},
    (ImageFormat.PNG, Effort.SMALL): {"compression": 6},  # 9 takes five times as long, for 0.1 % of the bytes
    (ImageFormat.WEBP, Effort.FAST): {"effort": 2},
    (ImageFormat.WEBP, Effort.SMALL): {"effort": 6},
    (ImageFormat.AVIF, Effort.FAST): {"effort": 0},
}
"""What takes the place of `_SAVE_OPTIONS` and of libvips' defaults. Measured by benchmarks/bench_encoders."""
_LOSSLESS: Mapping[ImageFormat, Mapping[str, Any]] = {
    ImageFormat.WEBP: {"lossless": True},
    ImageFormat.AVIF: {"lossless": True, "subsample_mode": "off"},
}
LOSSLESS = frozenset(_LOSSLESS)
"""The formats that usually lose something, and need not."""
_WIDER_THAN_AVIF = 16_385


def opened(data: bytes, image_format: ImageFormat, *, fail_on: str = "error", **options: Any) -> pyvips.Image:
    """Return a source of which the header has been read, and nothing else yet.

    Args:
        data: The whole file.
        image_format: Whose loader is used.
        fail_on: What libvips is to take for an error.
        options: Further options of that loader.

    Raises:
        pyvips.Error: The header is bad.
    """
    load = getattr(pyvips.Image, LOADERS[image_format])
    lab = lab_as_rgb(data) if image_format is ImageFormat.TIFF else None
    # A buffer would be copied; a source of memory is read where it lies. pyvips keeps the memory of a buffer
    # for as long as pictures are made from it, and forgets that of a source: so it is added to what it keeps.
    content = lab or data
    image = load(pyvips.Source.new_from_memory(content), access="sequential", fail_on=fail_on, **options)
    image._references.append(content)  # noqa: SLF001 - there is no public word for it
    return image.copy(interpretation="lab") if lab else image


def saved(image: pyvips.Image, encoding: Encoding) -> bytes:
    """Return a picture, or a film of several frames, as a file without metadata."""
    options = {
        **_SAVE_OPTIONS.get(encoding.format, {}),
        **_EFFORTS.get((encoding.format, encoding.effort), {}),
    }
    if encoding.progressive:
        options["interlace"] = True
    if encoding.lossless:
        options |= _LOSSLESS[encoding.format]
    if encoding.quality is not None:
        options["Q"] = encoding.quality
    bare = {"keep": "none"} if pyvips.at_least_libvips(8, 15) else {"strip": True}
    save = getattr(image, SAVERS[encoding.format])
    return cast("bytes", save(**bare, **options))


def loads(image_format: ImageFormat) -> bool:
    """Tell whether the build has a loader, and the decoder behind it where that is another library."""
    if not pyvips.type_find("VipsOperation", LOADERS[image_format]):
        return False
    try:
        # A region works in this thread. Any other way to pixels starts some, which no fork survives.
        if image_format in PLUGGED:
            with _unlogged():
                pyvips.Region.new(opened(SAMPLES[image_format], image_format)).fetch(0, 0, 1, 1)
    except pyvips.Error:
        return False
    return True


def saves(image_format: ImageFormat) -> bool:
    """Tell whether the build has a saver, and the encoder behind it where that is another library."""
    if not pyvips.type_find("VipsOperation", SAVERS[image_format]):
        return False
    if image_format is not ImageFormat.AVIF:
        return True
    try:
        # The encoder is looked for first, then the size is refused, and no thread is started.
        saved(pyvips.Image.black(_WIDER_THAN_AVIF, 1), Encoding(image_format, None))
    except pyvips.Error as error:
        return "too large" in str(error)
    return True


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep what is expected to fail out of the host's log."""
    logger = logging.getLogger("pyvips")
    logger.addFilter(_never)
    try:
        yield
    finally:
        logger.removeFilter(_never)


def _never(_record: logging.LogRecord) -> bool:
    return False


def field(image: pyvips.Image, name: str, default: Any = None) -> Any:
    """Return what a picture carries under a name."""
    return image.get(name) if image.get_typeof(name) else default
