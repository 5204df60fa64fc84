"""ImageMagick through Wand, in the process that asks: `imagemagick` runs it in one of its own.

Decoders are named by the sniffed format, and get the bytes of one picture: what a file says about itself
is read in `containers` and `tiff` first, for ImageMagick walks all frames, unpacks every text, and takes
half a JPEG for a whole one. Works with ImageMagick 6 and 7.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from ctypes import byref, c_char, c_char_p, c_int, c_size_t, c_void_p, string_at
from typing import Any

from wand.api import library
from wand.color import Color
from wand.exceptions import ResourceLimitError, WandException
from wand.image import COLORSPACE_TYPES, STORAGE_TYPES, Image
from wand.resource import limits
from wand.version import MAGICK_VERSION, VERSION

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Extent, Orientation
from advthumb.core.sniffing import SNIFF_BYTES, sniff

from . import shrunk
from .containers import (
    Container,
    ContainerError,
    announces_alpha,
    read_bmp,
    read_gif,
    read_jpeg,
    read_png,
    read_webp,
)
from .pipeline import PipelineEngine
from .profiles import LAB, SRGB
from .samples import SAMPLES
from .tiff import read_tiff

_LIMITS = {"width": 200_000, "height": 200_000, "area": 2 * 10**9, "map": 0, "disk": 0, "thread": 1}
"""ImageMagick's limits, in pixels and bytes: pictures stay in memory or are refused. Never `time`: where that
is over, ImageMagick ends the process."""
_MEMORY = 2**30

_CHAR = STORAGE_TYPES.index("char")
_ERROR_FROM, _RESOURCE_ERROR = 400, 400
"""Severities of ImageMagick's complaints: below are warnings, such as of unknown tags."""
_LIMIT_WORDS = ("exceedslimit", "resourcesexhausted", "memoryallocationfailed")
_MOST_BITS = 16
"""Of a sample, before ImageMagick cuts some off."""
_STRETCH = 8
"""From this factor on, only the part of a picture is enlarged that is kept."""
_OPAQUE = bytes([0] * 128 + [255] * 128)
"""GIF knows no half-transparent pixels: alpha from the middle on becomes opaque."""

_WRITE_OPTIONS: Mapping[ImageFormat, Mapping[str, str]] = {
    ImageFormat.JPEG: {
        "jpeg:dct-method": "islow",
        "jpeg:optimize-coding": "true",
        "jpeg:sampling-factor": "2x2,1x1,1x1",
    },
    ImageFormat.PNG: {"png:bit-depth": "8", "png:exclude-chunk": "all", "png:include-chunk": "tRNS"},
}
_PNG_COLOURS = {"I": "0", "RGB": "2", "IA": "4", "RGBA": "6"}


class ImageMagickError(Exception):
    """ImageMagick could not do what it was asked."""


class ImageMagickLimitError(Exception):
    """ImageMagick was not allowed to take as much as it needed."""


def _read_tiff(data: bytes) -> Container:
    page = read_tiff(data)
    if page.bits > _MOST_BITS or page.old_jpeg:
        what = "an old kind of JPEG" if page.old_jpeg else f"samples of {page.bits} bits"
        msg = f"the TIFF holds {what}, which ImageMagick gets wrong; another engine may not"
        raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
    return Container(data, page.size, page.orientation, page.has_alpha)


_CONTAINERS: Mapping[ImageFormat, Callable[[bytes], Container]] = {
    ImageFormat.JPEG: read_jpeg,
    ImageFormat.PNG: read_png,
    ImageFormat.GIF: read_gif,
    ImageFormat.WEBP: read_webp,
    ImageFormat.TIFF: _read_tiff,
    ImageFormat.BMP: read_bmp,
}
"""What reads the header of a file; for AVIF and HEIC that takes libheif."""


class WandEngine(PipelineEngine[Image]):
    """Renders with ImageMagick; reads and writes what this build turns out to, when it is tried.

    Args:
        memory: How many bytes the pixels of a source may take, at the most.
        options: Those of every engine.
    """

    name = "imagemagick"
    picture_errors = (ImageMagickError, WandException, ContainerError)
    size_errors = (ImageMagickLimitError, ResourceLimitError, MemoryError)

    def __init__(self, *, memory: int = _MEMORY, **options: Any) -> None:
        super().__init__(**options)
        for name, most in {**_LIMITS, "memory": memory}.items():
            limits[name] = min(limits[name], most)
        with suppress(ImageMagickError):  # which loads the words of its complaints
            _read(library.MagickReadImageBlob, b"nothing", ImageFormat.PNG)
        self.reads = frozenset(filter(self._can_read, (*_CONTAINERS, *SAMPLES)))
        self.writes = frozenset(filter(_can_write, OUTPUTS))

    def versions(self) -> Mapping[str, str]:
        """Return the versions of ImageMagick and of Wand."""
        return {"ImageMagick": MAGICK_VERSION.split()[1], "Wand": VERSION}

    def _can_read(self, image_format: ImageFormat) -> bool:
        try:
            data = SAMPLES.get(image_format) or _written(_blank("RGBA"), image_format)
            self._decode(data, self._probe(data, image_format), Size(1, 1)).destroy()
        except (*self.picture_errors, *self.size_errors, ThumbnailError):
            return False
        return True

    def _probe(self, data: bytes, image_format: ImageFormat) -> SourceInfo:
        if sniff(data[:SNIFF_BYTES]) is not image_format:
            raise ContainerError(f"the file does not begin as {image_format} does")
        if image_format in _CONTAINERS:
            found = _CONTAINERS[image_format](data)
            return SourceInfo(image_format, found.size, found.orientation, found.has_alpha)
        with _read(library.MagickPingImageBlob, data, image_format) as image:
            return SourceInfo(image_format, Size(*image.size), has_alpha=announces_alpha(data))

    def _decode(self, data: bytes, info: SourceInfo, floor: Size) -> Image:
        container = _CONTAINERS.get(info.format)
        found = container(data) if container else Container(data, info.size)
        image = _read(library.MagickReadImageBlob, found.data, info.format, _shrinking(info, floor))
        if info.has_alpha and not image.alpha_channel and info.format in SAMPLES:
            msg = (
                f"this ImageMagick drops the transparency of {info.format} pictures; another engine keeps it"
            )
            raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
        image.alpha_channel = (
            "activate" if info.has_alpha else "off"
        )  # version 7 takes False for something else
        if image.size != info.size and info.format is not ImageFormat.JPEG:
            _place(image, info.size, found.offset)
        image.covered = _covered(image, info) if info.format is ImageFormat.JPEG else None
        return image

    def _orient(self, image: Image, orientation: Orientation) -> Image:
        if image.covered:
            image.covered = orientation.turned(image.covered, *image.size)
        _done(image, library.MagickSetImageOrientation(image.wand, orientation.value))
        _done(image, library.MagickAutoOrientImage(image.wand))
        image.reset_coords()
        return image

    def _to_srgb(self, image: Image, info: SourceInfo) -> Image:
        grey = image.colorspace == "gray"
        if image.colorspace == "lab":
            # ImageMagick's own arithmetic is for another white than that of TIFF.
            _done(image, library.MagickSetImageColorspace(image.wand, COLORSPACE_TYPES.index("srgb")))
            image.profiles["icc"] = LAB
        with suppress(ImageMagickError):  # a profile that does not fit the pixels is ignored
            _through_profile(image)
        wanted = "gray" if grey else "srgb"
        if image.colorspace != wanted:
            image.transform_colorspace(wanted)
        return image

    def _scale(self, image: Image, plan: RenderPlan) -> Image:
        scaled = image.clone()
        left, top, right, bottom = plan.crop
        if getattr(image, "covered", None):
            shrunk.reduce(scaled, image.covered, plan.scaled)
        if plan.scaled.width >= _STRETCH * image.width or plan.scaled.height >= _STRETCH * image.height:
            left, top = _cut(scaled, plan)
        elif scaled.size != plan.scaled:
            if image.depth == 1:
                # Between its two passes the filter cuts off what is blacker than black: where there is
                # nothing else, their order shows. The other engines go across first.
                scaled.resize(plan.scaled.width, image.height, filter="lanczos")
            scaled.resize(*plan.scaled, filter="lanczos")  # premultiplied, where there is alpha
        if scaled.size != plan.crop.size:
            scaled.crop(left, top, width=right - plan.crop.left, height=bottom - plan.crop.top)
        return scaled

    def _compose(self, image: Image, plan: RenderPlan) -> Image:
        composed = image.clone()
        ground = str(plan.background) if plan.flatten or not image.alpha_channel else "#00000000"
        if image.size != plan.canvas and image.colorspace == "gray":
            composed.transform_colorspace("srgb")  # or the ground would lose its colour
        composed.background_color = Color(ground)
        if plan.flatten and image.alpha_channel:
            if composed.colorspace == "gray":
                composed.transform_colorspace("srgb")
            composed.alpha_channel = "remove"
            composed.alpha_channel = "off"
        if composed.size != plan.canvas:
            left, top = plan.offset
            composed.extent(*plan.canvas, -left, -top)
        return composed

    def _encode(self, image: Image, encoding: Encoding) -> bytes:
        """Encode samples that were taken out of their picture: nothing else can come along."""
        grey = image.colorspace == "gray" and encoding.format is not ImageFormat.GIF
        channels = ("I" if grey else "RGB") + ("A" if image.alpha_channel else "")
        samples = _samples(image, channels)
        if encoding.format is ImageFormat.GIF and image.alpha_channel:
            samples[3::4] = samples[3::4].translate(_OPAQUE)
        with _constituted(Size(*image.size), channels, samples) as fresh:
            if encoding.quality is not None:
                fresh.compression_quality = encoding.quality
            return _written(fresh, encoding.format, {"png:color-type": _PNG_COLOURS[channels]})

    def _size(self, image: Image) -> Size:
        return Size(*image.size)

    def _release(self, image: Image) -> None:
        image.destroy()


def _covered(image: Image, info: SourceInfo) -> Extent | None:
    """Return the part of a shrunk JPEG that its source covers, None for all of it."""
    times = round(info.size.width / image.width)
    covered = (0.0, 0.0, info.size.width / times, info.size.height / times)
    return None if covered[2:] == image.size else covered


def _shrinking(info: SourceInfo, floor: Size) -> dict[str, str]:
    """Return what makes libjpeg decode at a half, a quarter or an eighth, as the floor allows.

    ImageMagick divides the size of the picture by the one that is wished for, and cuts off the fraction;
    below 1 it would enlarge. Eighths of a pixel are exact in decimals, so the factor is exact, too.
    """
    if info.format is not ImageFormat.JPEG:
        return {}
    most = min(side / least for side, least in zip(info.size, floor, strict=True))
    times = next((times for times in (8, 4, 2) if times <= most), 1)
    smaller = "x".join(f"{side / times:.3f}" for side in info.size)
    return {"jpeg:dct-method": "islow", "jpeg:size": smaller}


def _read(
    read: Callable[..., int], data: bytes, image_format: ImageFormat, options: Mapping[str, str] | None = None
) -> Image:
    """Return the first picture of a file, by the decoder of this format and no other."""
    image = Image()
    _set(image, {"black-point-compensation": "true", **(options or {})})
    library.MagickSetFilename(image.wand, f"{image_format}:[0]".encode())
    _done(image, read(image.wand, data, len(data)))
    if 0 in image.size:
        raise ImageMagickError("there are no pixels")
    return image


def _set(image: Image, options: Mapping[str, str]) -> None:
    for name, value in options.items():
        library.MagickSetOption(image.wand, name.encode(), value.encode())


def _done(image: Image, returned: int) -> None:
    """Raise what ImageMagick complains about; it may, and yet return success."""
    severity = c_int()
    told = library.MagickGetException(image.wand, byref(severity))
    reason = string_at(told).decode(errors="replace")
    library.MagickRelinquishMemory(told)
    library.MagickClearException(image.wand)
    if returned and severity.value < _ERROR_FROM:
        return
    if severity.value == _RESOURCE_ERROR or any(word in _squeezed(reason) for word in _LIMIT_WORDS):
        raise ImageMagickLimitError(reason)
    raise ImageMagickError(reason or "ImageMagick refuses it without a reason")


def _squeezed(reason: str) -> str:
    """Return a complaint as ImageMagick names it in its code, whether or not it found words for it."""
    return reason.replace(" ", "").lower()


def _place(image: Image, canvas: Size, offset: tuple[int, int]) -> None:
    """Put the first picture of an animation where it belongs on its canvas."""
    left, top = offset
    if left + image.width > canvas.width or top + image.height > canvas.height:
        raise ImageMagickError(f"{image.size} px were decoded where the header announces {canvas}")
    image.background_color = Color("#00000000")
    image.extent(*canvas, -left, -top)


def _through_profile(image: Image) -> None:
    """Convert to sRGB by an embedded ICC profile: relative colorimetric, with black point compensation."""
    if image.profiles["icc"] is not None:
        image.rendering_intent = "relative"
        # Version 7 computes with doubles otherwise: three times as long for a hundredth of a level.
        image.artifacts["profile:highres-transform"] = "false"
        arguments = c_void_p(image.wand), c_char_p(b"icc"), c_char_p(SRGB), c_size_t(len(SRGB))
        _done(image, library.MagickProfileImage(*arguments))


def _cut(image: Image, plan: RenderPlan) -> tuple[int, int]:
    """Enlarge only the part that is kept; return where the crop begins in it.

    A line of pixels that is enlarged to cover a box would be of a thousand times the box's size.
    The part is cut at whole pixels, so that it lies off by less than a sixteenth of one.
    """
    across, down = (scaled / whole for scaled, whole in zip(plan.scaled, image.size, strict=True))
    left, right = _margin(plan.crop.left, plan.crop.right, across, image.width)
    top, bottom = _margin(plan.crop.top, plan.crop.bottom, down, image.height)
    image.crop(left, top, right, bottom)
    wide = max(plan.crop.size.width, round((right - left) * across))
    high = max(plan.crop.size.height, round((bottom - top) * down))
    image.resize(wide, high, filter="lanczos")
    return (
        min(plan.crop.left - round(left * across), wide - plan.crop.size.width),
        min(plan.crop.top - round(top * down), high - plan.crop.size.height),
    )


def _margin(low: int, high: int, factor: float, whole: int) -> tuple[int, int]:
    reach = 4  # pixels on either side that Lanczos-3 looks at
    return max(0, int(low / factor) - reach), min(whole, int(high / factor) + 1 + reach)


def _samples(image: Image, channels: str) -> bytearray:
    samples = bytearray(image.width * image.height * len(channels))
    into = (c_char * len(samples)).from_buffer(samples)
    names = channels.replace("I", "R").encode()
    place = image.wand, 0, 0, image.width, image.height
    _done(image, library.MagickExportImagePixels(*place, names, _CHAR, into))
    return samples


def _constituted(size: Size, channels: str, samples: bytes | bytearray) -> Image:
    image = Image()
    library.MagickConstituteImage(image.wand, *size, channels.encode(), _CHAR, bytes(samples))
    _done(image, True)
    return image


def _blank(channels: str) -> Image:
    return _constituted(Size(8, 8), channels, bytes(8 * 8 * len(channels)))


def _written(image: Image, image_format: ImageFormat, options: Mapping[str, str] | None = None) -> bytes:
    """Encode a picture.

    Raises:
        ImageMagickError: There is no encoder, or it loses the alpha.
    """
    _set(image, {**_WRITE_OPTIONS.get(image_format, {}), **(options or {})})
    _done(image, library.MagickSetImageFormat(image.wand, image_format.encode()))
    length = c_size_t()
    made = library.MagickGetImageBlob(image.wand, byref(length))
    try:
        _done(image, bool(made))
        data = string_at(made, length.value)
    finally:
        library.MagickRelinquishMemory(made)
    if image_format is ImageFormat.AVIF and image.alpha_channel and not announces_alpha(data):
        raise ImageMagickError("the alpha is lost")
    return data


def _can_write(image_format: ImageFormat) -> bool:
    try:
        with _blank("RGBA") as image:
            data = _written(image, image_format)
    except (ImageMagickError, ImageMagickLimitError, WandException):
        return False
    return sniff(data[:SNIFF_BYTES]) is image_format
