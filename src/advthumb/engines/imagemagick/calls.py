"""Calls to ImageMagick for which Wand cannot name the decoder, or does not report every complaint."""

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
"""Severities of ImageMagick's complaints. Lower ones are warnings, such as those about unknown tags."""
_LIMIT_WORDS = ("exceedslimit", "resourcesexhausted", "memoryallocationfailed")
_READ_OPTIONS: Mapping[str, str] = {
    "black-point-compensation": "true",
    # Version 7 prints these directories of a TIFF to a temporary file, which a sealed process cannot open.
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
"""Options that replace `_WRITE_OPTIONS` and the defaults. Measured by benchmarks/bench_encoders."""
_LOSSLESS: Mapping[ImageFormat, Mapping[str, str]] = {ImageFormat.WEBP: {"webp:lossless": "true"}}
LOSSLESS = frozenset(_LOSSLESS)
"""The formats that are lossy by default, but can be written without loss."""


if IS_6:  # Wand does not declare the argument types.
    libmagick.GetImageException.argtypes = [c_void_p, c_void_p]


class _ExceptionInfo(Structure):
    """The first fields of a complaint in the memory of version 6."""

    _fields_ = (("severity", c_int), ("error_number", c_int), ("reason", c_char_p))


class ImageMagickError(Exception):
    """ImageMagick could not do what was requested."""


class ImageMagickLimitError(Exception):
    """ImageMagick needed more than its limits allow."""


def read(
    how: Callable[..., int], data: bytes, image_format: ImageFormat, options: Mapping[str, str] | None = None
) -> Image:
    """Return the first picture of a file, read by the decoder of this format and no other.

    Args:
        how: The ImageMagick function that reads the whole file, or only the header.
        data: The whole file.
        image_format: The format whose decoder is used.
        options: Further options of that decoder.

    Raises:
        ImageMagickError: The file cannot be read.
        ImageMagickLimitError: The file cannot be read within the limits.
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
    """Raise an error if ImageMagick reports one, because it may do so even if a call returns success.

    Args:
        image: The picture that the call used.
        returned: The return value of the call.

    Raises:
        ImageMagickError: The call failed.
        ImageMagickLimitError: The call needed more than the limits allow.
    """
    severity = c_int()
    told = library.MagickGetException(image.wand, byref(severity))
    reason = string_at(told).decode(errors="replace")
    library.MagickRelinquishMemory(told)
    library.MagickClearException(image.wand)
    _judge(returned, severity.value, reason)


def _noted(image: Image) -> tuple[int, str]:
    """Return the severity and the text of a complaint that version 6 only records with the picture.

    These are the complaints of libjpeg. The pixels that it had not decoded by then are uninitialized memory.
    """
    found = libmagick.AcquireExceptionInfo()
    try:
        libmagick.GetImageException(library.GetImageFromMagickWand(image.wand), found)
        noted = _ExceptionInfo.from_address(found)
        return noted.severity, (noted.reason or b"").decode(errors="replace")
    finally:
        libmagick.DestroyExceptionInfo(found)


def _judge(returned: int, severity: int, reason: str) -> None:
    """Raise an error for a complaint that is worse than a warning, or a warning about damaged pixels."""
    if returned and severity < _ERROR_FROM and not libjpeg.tells_damage(reason):
        return
    if severity == _RESOURCE_ERROR or any(word in _squeezed(reason) for word in _LIMIT_WORDS):
        raise ImageMagickLimitError(reason)
    raise ImageMagickError(reason or "ImageMagick refused it without giving a reason")


def _squeezed(reason: str) -> str:
    """Return the internal name of a complaint, which ImageMagick may have replaced with a readable text."""
    return reason.replace(" ", "").lower()


def through_profile(image: Image, profile: bytes) -> None:
    """Convert to sRGB with an ICC profile: relative colorimetric, with black point compensation.

    Args:
        image: The picture.
        profile: The profile of its samples. It replaces the one that the decoder found in the file.
    """
    image.rendering_intent = "relative"
    # Otherwise version 7 computes with doubles, which takes three times as long for a hundredth of a level.
    image.artifacts["profile:highres-transform"] = "false"
    for how, content in ((library.MagickSetImageProfile, profile), (library.MagickProfileImage, SRGB)):
        # Wand does not declare the argument types of these functions.
        arguments = c_void_p(image.wand), c_char_p(b"icc"), c_char_p(content), c_size_t(len(content))
        done(image, how(*arguments))


def samples(image: Image, channels: str) -> bytearray:
    """Return the 8-bit samples of a picture, row by row.

    Args:
        image: The picture.
        channels: The channels to return, in this order: `I` (grey), `R`, `G`, `B`, `A`.
    """
    found = bytearray(image.width * image.height * len(channels))
    into = (c_char * len(found)).from_buffer(found)
    names = channels.replace("I", "R").encode()
    place = image.wand, 0, 0, image.width, image.height
    done(image, library.MagickExportImagePixels(*place, names, _CHAR, into))
    return found


def constituted(size: Size, channels: str, samples: bytes | bytearray) -> Image:
    """Return a picture made from 8-bit samples, without metadata; see `samples`."""
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
        image: The picture. The options of the encoder are set on it.
        encoding: How it is written.
        options: Further options of the encoder.

    Raises:
        ImageMagickError: There is no encoder for the format, or it loses the alpha.
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
    """Return whether this build can encode a format, and does not write another one instead."""
    try:
        with blank("RGBA") as image:
            data = written(image, Encoding(image_format, None))
    except (ImageMagickError, ImageMagickLimitError, WandException):
        return False
    return sniff(data) is image_format
