"""Calls of ImageMagick, where Wand has none that names the decoder or tells of every complaint."""

from collections.abc import Callable, Mapping
from ctypes import Structure, byref, c_char, c_char_p, c_int, c_size_t, c_void_p, string_at

from wand.api import libmagick, library
from wand.exceptions import WandException
from wand.image import INTERLACE_TYPES, STORAGE_TYPES, Image
from wand.version import MAGICK_VERSION_INFO

from advthumb.core.containers.isobmff import announces_alpha
from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.images import Encoding, Size
from advthumb.core.profiles import SRGB
from advthumb.core.sniffing import sniff
from advthumb.engines import libjpeg

IS_6 = MAGICK_VERSION_INFO[0] < 7

_CHAR, _PLANE = STORAGE_TYPES.index("char"), INTERLACE_TYPES.index("plane")
_ERROR_FROM, _RESOURCE_ERROR = 400, 400
"""Severities of ImageMagick's complaints: below are warnings, such as of unknown tags."""
_LIMIT_WORDS = ("exceedslimit", "resourcesexhausted", "memoryallocationfailed")
_READ_OPTIONS: Mapping[str, str] = {
    "black-point-compensation": "true",
    # Version 7 prints these directories of a TIFF into a temporary file, which a sealed process may not open.
    "tiff:exif-properties": "false",
    "tiff:gps-properties": "false",
}
_WRITE_OPTIONS: Mapping[ImageFormat, Mapping[str, str]] = {
    ImageFormat.JPEG: {
        "jpeg:dct-method": "islow",
        "jpeg:optimize-coding": "true",
        "jpeg:sampling-factor": "2x2,1x1,1x1",
    },
    ImageFormat.PNG: {"png:bit-depth": "8", "png:exclude-chunk": "all", "png:include-chunk": "tRNS"},
}
_EFFORTS: Mapping[tuple[ImageFormat, Effort], Mapping[str, str]] = {
    (ImageFormat.JPEG, Effort.FAST): {"jpeg:optimize-coding": "false"},
    (ImageFormat.PNG, Effort.FAST): {"png:compression-level": "1"},
    (ImageFormat.PNG, Effort.SMALL): {"png:compression-level": "9"},
    (ImageFormat.WEBP, Effort.FAST): {"webp:method": "2"},
    (ImageFormat.WEBP, Effort.SMALL): {"webp:method": "6"},
}
"""What takes the place of `_WRITE_OPTIONS` and of the defaults. Measured by benchmarks/bench_encoders."""
_LOSSLESS: Mapping[ImageFormat, Mapping[str, str]] = {ImageFormat.WEBP: {"webp:lossless": "true"}}
LOSSLESS = frozenset(_LOSSLESS)
"""The formats that usually lose something, and need not."""


if IS_6:  # Wand does not say what it takes.
    libmagick.GetImageException.argtypes = [c_void_p, c_void_p]


class _ExceptionInfo(Structure):
    """How a complaint begins in the memory of version 6."""

    _fields_ = (("severity", c_int), ("error_number", c_int), ("reason", c_char_p))


class ImageMagickError(Exception):
    """ImageMagick could not do what it was asked."""


class ImageMagickLimitError(Exception):
    """ImageMagick was not allowed to take as much as it needed."""


def read(
    how: Callable[..., int], data: bytes, image_format: ImageFormat, options: Mapping[str, str] | None = None
) -> Image:
    """Return the first picture of a file, by the decoder of this format and no other.

    Args:
        how: ImageMagick's own call that reads: all of it, or the header only.
        data: The whole file.
        image_format: Whose decoder is used.
        options: Further options of that decoder.

    Raises:
        ImageMagickError: It cannot be read.
        ImageMagickLimitError: Not within the limits.
    """
    image = Image()
    _set_options(image, {**_READ_OPTIONS, **(options or {})})
    library.MagickSetFilename(image.wand, f"{image_format}:[0]".encode())
    done(image, how(image.wand, data, len(data)))
    if IS_6:
        _judge(True, *_noted(image))
    if 0 in image.size:
        raise ImageMagickError("there are no pixels")
    return image


def _set_options(image: Image, options: Mapping[str, str]) -> None:
    for name, value in options.items():
        library.MagickSetOption(image.wand, name.encode(), value.encode())


def done(image: Image, returned: int) -> None:
    """Raise what ImageMagick complains about; it may, and yet return success.

    Args:
        image: What something was done with.
        returned: What that call returned.

    Raises:
        ImageMagickError: It could not be done.
        ImageMagickLimitError: It was not allowed to take what it needs.
    """
    severity = c_int()
    told = library.MagickGetException(image.wand, byref(severity))
    reason = string_at(told).decode(errors="replace")
    library.MagickRelinquishMemory(told)
    library.MagickClearException(image.wand)
    _judge(returned, severity.value, reason)


def _noted(image: Image) -> tuple[int, str]:
    """Return severity and words of what version 6 only notes with a picture.

    Those are the complaints of libjpeg. What it had not decoded by then is whatever was in memory before.
    """
    found = libmagick.AcquireExceptionInfo()
    try:
        libmagick.GetImageException(library.GetImageFromMagickWand(image.wand), found)
        noted = _ExceptionInfo.from_address(found)
        return noted.severity, (noted.reason or b"").decode(errors="replace")
    finally:
        libmagick.DestroyExceptionInfo(found)


def _judge(returned: int, severity: int, reason: str) -> None:
    """Raise what is worse than a warning, and warnings of damaged pixels."""
    if returned and severity < _ERROR_FROM and not libjpeg.tells_damage(reason):
        return
    if severity == _RESOURCE_ERROR or any(word in _squeezed(reason) for word in _LIMIT_WORDS):
        raise ImageMagickLimitError(reason)
    raise ImageMagickError(reason or "ImageMagick refuses it without a reason")


def _squeezed(reason: str) -> str:
    """Return a complaint as ImageMagick names it in its code, whether or not it found words for it."""
    return reason.replace(" ", "").lower()


def through_profile(image: Image, profile: bytes) -> None:
    """Convert to sRGB by an ICC profile: relative colorimetric, with black point compensation.

    Args:
        image: The picture.
        profile: What its samples are in; it takes the place of the one that the decoder found in the file.
    """
    image.rendering_intent = "relative"
    # Version 7 computes with doubles otherwise: three times as long for a hundredth of a level.
    image.artifacts["profile:highres-transform"] = "false"
    for how, content in ((library.MagickSetImageProfile, profile), (library.MagickProfileImage, SRGB)):
        # Wand does not say what these calls take.
        arguments = c_void_p(image.wand), c_char_p(b"icc"), c_char_p(content), c_size_t(len(content))
        done(image, how(*arguments))


def samples(image: Image, channels: str) -> bytearray:
    """Return the 8-bit samples of a picture, row by row.

    Args:
        image: The picture.
        channels: Which of them, and in which order: `I` (grey), `R`, `G`, `B`, `A`.
    """
    found = bytearray(image.width * image.height * len(channels))
    into = (c_char * len(found)).from_buffer(found)
    names = channels.replace("I", "R").encode()
    place = image.wand, 0, 0, image.width, image.height
    done(image, library.MagickExportImagePixels(*place, names, _CHAR, into))
    return found


def constituted(size: Size, channels: str, samples: bytes | bytearray) -> Image:
    """Return a picture made of 8-bit samples, with nothing else to it; see `samples`."""
    image = Image()
    library.MagickConstituteImage(image.wand, *size, channels.encode(), _CHAR, bytes(samples))
    done(image, True)
    return image


def blank(channels: str) -> Image:
    """Return a small black picture with these channels."""
    return constituted(Size(8, 8), channels, bytes(8 * 8 * len(channels)))


def written(image: Image, encoding: Encoding, options: Mapping[str, str] | None = None) -> bytes:
    """Encode a picture.

    Args:
        image: The picture, which gets the options of the encoder.
        encoding: How it is written.
        options: Further options of the encoder.

    Raises:
        ImageMagickError: There is no encoder, or it loses the alpha.
    """
    image_format = encoding.format
    _set_options(image, _WRITE_OPTIONS.get(image_format, {}))
    _set_options(image, _EFFORTS.get((image_format, encoding.effort), {}))
    _set_options(image, options or {})
    if encoding.quality is not None:
        image.compression_quality = encoding.quality
    if encoding.progressive:
        done(image, library.MagickSetInterlaceScheme(image.wand, _PLANE))
    if encoding.lossless:
        _set_options(image, _LOSSLESS[image_format])
    done(image, library.MagickSetImageFormat(image.wand, image_format.encode()))
    length = c_size_t()
    made = library.MagickGetImageBlob(image.wand, byref(length))
    try:
        done(image, bool(made))
        data = string_at(made, length.value)
    finally:
        library.MagickRelinquishMemory(made)
    if image_format is ImageFormat.AVIF and image.alpha_channel and not announces_alpha(data):
        raise ImageMagickError("the alpha is lost")
    return data


def can_write(image_format: ImageFormat) -> bool:
    """Try whether this build encodes a format, and does not write another one instead."""
    try:
        with blank("RGBA") as image:
            data = written(image, Encoding(image_format, None))
    except (ImageMagickError, ImageMagickLimitError, WandException):
        return False
    return sniff(data) is image_format
