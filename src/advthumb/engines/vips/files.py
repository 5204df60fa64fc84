"""Open sources and write thumbnails, with the libvips operation for their format, from and to bytes.

Given a path, libvips would read options from the name. Given only bytes, it would choose a loader itself.
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
    # For mozjpeg, which the libvips wheel contains; a build with another library logs that it ignores them.
    (ImageFormat.JPEG, Effort.SMALL): {"trellis_quant": True, "optimize_scans": True},
    (ImageFormat.PNG, Effort.FAST): {"filter": "up", "compression": 2},
    (ImageFormat.PNG, Effort.SMALL): {"compression": 6},  # 9 takes five times as long to save 0.1 %
    (ImageFormat.WEBP, Effort.FAST): {"effort": 2},
    (ImageFormat.WEBP, Effort.SMALL): {"effort": 6},
    (ImageFormat.AVIF, Effort.FAST): {"effort": 0},
}
"""Options that replace `_SAVE_OPTIONS` and libvips' defaults. Measured by benchmarks/bench_encoders."""
_LOSSLESS: Mapping[ImageFormat, Mapping[str, Any]] = {
    ImageFormat.WEBP: {"lossless": True},
    ImageFormat.AVIF: {"lossless": True, "subsample_mode": "off"},
}
LOSSLESS = frozenset(_LOSSLESS)
"""The formats that are lossy by default, but can be written without loss."""
_WIDER_THAN_AVIF = 16_385


def opened(data: bytes, image_format: ImageFormat, *, fail_on: str = "error", **options: Any) -> pyvips.Image:
    """Open a source and read its header, but no pixels yet.

    Args:
        data: The whole file.
        image_format: The format whose loader is used.
        fail_on: The level of problems at which libvips raises an error.
        options: Further options of that loader.

    Raises:
        pyvips.Error: The header is damaged.
    """
    load = getattr(pyvips.Image, LOADERS[image_format])
    lab = lab_as_rgb(data) if image_format is ImageFormat.TIFF else None
    # A source is used because libvips reads its memory in place, while it would copy a buffer. But pyvips
    # keeps only the memory of a buffer alive while pictures use it, so the memory of a source is added here.
    content = lab or data
    image = load(pyvips.Source.new_from_memory(content), access="sequential", fail_on=fail_on, **options)
    image._references.append(content)  # noqa: SLF001 - there is no public name for it
    return image.copy(interpretation="lab") if lab else image


def saved(image: pyvips.Image, encoding: Encoding) -> bytes:
    """Encode a picture, or an animation of several frames, without metadata."""
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
    """Return whether this build has the loader of a format, and the decoder that the loader may need."""
    if not pyvips.type_find("VipsOperation", LOADERS[image_format]):
        return False
    try:
        # A region runs in this thread. Every other way to read pixels starts threads, and then a fork hangs.
        if image_format in PLUGGED:
            with _unlogged():
                pyvips.Region.new(opened(SAMPLES[image_format], image_format)).fetch(0, 0, 1, 1)
    except pyvips.Error:
        return False
    return True


def saves(image_format: ImageFormat) -> bool:
    """Return whether this build has the saver of a format, and the encoder that the saver may need."""
    if not pyvips.type_find("VipsOperation", SAVERS[image_format]):
        return False
    if image_format is not ImageFormat.AVIF:
        return True
    try:
        # libvips looks for the encoder first and then refuses the size, so no thread is started.
        saved(pyvips.Image.black(_WIDER_THAN_AVIF, 1), Encoding(image_format, None))
    except pyvips.Error as error:
        return "too large" in str(error)
    return True


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep expected failures out of the host's log."""
    logger = logging.getLogger("pyvips")
    logger.addFilter(_never)
    try:
        yield
    finally:
        logger.removeFilter(_never)


def _never(_record: logging.LogRecord) -> bool:
    return False


def field(image: pyvips.Image, name: str, default: Any = None) -> Any:
    """Return the value of a field of a picture, or the default if it has no such field."""
    return image.get(name) if image.get_typeof(name) else default
