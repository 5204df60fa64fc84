"""The engine in the processes of `raw`: LibRaw, for RAW files of cameras.

It shows the preview that the camera made, or develops the data of the sensor at half size.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from io import BytesIO
from typing import Any, NamedTuple

import rawpy
from PIL import Image

from advthumb.core import containers
from advthumb.core.containers.reading import unsupported
from advthumb.core.containers.tiff_directory import File
from advthumb.core.containers.tiff_raw import is_raw
from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.engines.pillow import PillowEngine

_LARGE = 1000
"""A preview is always used if its longer side has at least this many pixels."""
_SAME_SHAPE = 0.02
"""The aspect ratio of a preview may differ by this much from that of the picture; some have black bars."""
_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)
"""The EXIF orientation for each LibRaw `flip`: 1 mirrors left to right, 2 upside down, 4 swaps the sides."""
_MOSAIC_BYTES = 2
"""The bytes for each pixel of the sensor that LibRaw holds while it develops."""
_SRGB_CURVE = (2.4, 12.92)


class _Preview(NamedTuple):
    """The preview in a file: a JPEG or decoded pixels, and the facts about it."""

    content: bytes | Image.Image
    info: SourceInfo


class RawPhotos(PillowEngine):
    """Decodes the largest preview in a RAW file, or develops the file if the preview is not good enough."""

    name = "raw"
    picture_errors = (*PillowEngine.picture_errors, rawpy.LibRawError)
    size_errors = (
        *PillowEngine.size_errors,
        rawpy.LibRawUnsufficientMemoryError,
        rawpy.LibRawTooBigError,
    )

    def __init__(self, **options: Any) -> None:
        """Read what LibRaw reads; `options` are those of every engine."""
        super().__init__(**options)
        self.reads = frozenset({ImageFormat.RAW, ImageFormat.TIFF})
        self.starts_threads = False

    def refuses(self, info: SourceInfo) -> str:
        """Refuse nothing more: a TIFF without RAW data has already been refused."""
        del info
        return ""

    def versions(self) -> Mapping[str, str]:
        """Return the versions of rawpy and LibRaw, and those of the libraries that write thumbnails."""
        libraw = ".".join(map(str, rawpy.libraw_version))
        return {"rawpy": version("rawpy"), "LibRaw": libraw, **super().versions()}

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        if image_format is ImageFormat.TIFF and not is_raw(File.of(data)):
            raise unsupported("a TIFF without camera RAW data, which other engines read")
        with _opened(data) as raw:
            preview = _preview(raw)
            if preview and max(preview.info.size) >= _LARGE:
                return replace(preview.info, format=image_format, orientation=_turned(raw, preview.info))
            return SourceInfo(
                image_format,
                _developed_size(raw),
                _orientation(raw),
                coded=_sensor(raw).pixels,
                held=_sensor(raw).pixels * _MOSAIC_BYTES,
            )

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        return data

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> Image.Image:
        with _opened(stream) as raw:
            preview = _preview(raw)
        if preview and (max(preview.info.size) >= _LARGE or _will_do(preview.info, info, floor)):
            if isinstance(preview.content, bytes):
                return super()._decode(preview.content, preview.info, floor)
            return preview.content
        return _developed(stream, info)


@contextmanager
def _opened(data: bytes) -> Iterator[rawpy.RawPy]:
    """Open a file and read its tags, but no pixels.

    Raises:
        ThumbnailError: `unsupported`: LibRaw does not know the file.
    """
    with rawpy.RawPy() as raw:
        try:
            raw.open_buffer(BytesIO(data))
        except rawpy.LibRawFileUnsupportedError as error:
            raise unsupported("a RAW file that LibRaw does not know") from error
        yield raw


def _preview(raw: rawpy.RawPy) -> _Preview | None:
    """Return the largest preview in a file, None if there is none, or it is damaged or not in colour."""
    try:
        found = raw.extract_thumb()
        if isinstance(found.data, bytes):
            return _Preview(found.data, containers.read(found.data, ImageFormat.JPEG))
    except (rawpy.LibRawError, ThumbnailError):
        return None
    height, width, channels = found.data.shape
    if channels != 3 or found.data.itemsize != 1:
        return None
    return _Preview(Image.fromarray(found.data), SourceInfo(ImageFormat.RAW, Size(width, height)))


def _orientation(raw: rawpy.RawPy) -> Orientation:
    """Return how the camera was held."""
    flip = raw.sizes.flip
    return Orientation(_ORIENTATIONS[flip] if flip in range(len(_ORIENTATIONS)) else 1)


def _turned(raw: rawpy.RawPy, preview: SourceInfo) -> Orientation:
    """Return how to turn a preview upright, NORMAL if the camera has already done so.

    The EXIF of the preview does not help: LibRaw makes it from the orientation of the file, or it is missing.
    """
    orientation = _orientation(raw)
    upright = orientation.display_size(1, 2) == (2, 1) and _is_wide(preview.size) != _is_wide(_sensor(raw))
    return Orientation.NORMAL if upright else orientation


def _is_wide(size: Size) -> bool:
    return size.width >= size.height


def _sensor(raw: rawpy.RawPy) -> Size:
    return Size(raw.sizes.width, raw.sizes.height)


def _developed_size(raw: rawpy.RawPy) -> Size:
    """Return half the size of a sensor, after its pixels have been made square as LibRaw does it."""
    (width, height), aspect = _sensor(raw), raw.sizes.pixel_aspect or 1
    width = round(width * max(1, aspect))
    height = round(height / min(1, aspect))
    return Size((width + 1) // 2, (height + 1) // 2)


def _will_do(preview: SourceInfo, info: SourceInfo, floor: Size) -> bool:
    """Return whether a small preview is good enough, so that the file need not be developed."""
    large_enough = all(side >= least for side, least in zip(preview.size, floor, strict=True))
    plain = preview.colours is Colours.RGB and not preview.profile
    return large_enough and plain and _are_alike(preview.size, info.size)


def _are_alike(one: Size, other: Size) -> bool:
    """Return whether two sizes have nearly the same aspect ratio."""
    return abs(one.width * other.height / (one.height * other.width) - 1) <= _SAME_SHAPE


def _developed(data: bytes, info: SourceInfo) -> Image.Image:
    """Develop the data of the sensor at half size, with the camera's white balance.

    Raises:
        ThumbnailError: `unsupported`: the result has another aspect ratio than the header says.
    """
    with _opened(data) as raw:
        pixels = raw.postprocess(half_size=True, use_camera_wb=True, user_flip=0, gamma=_SRGB_CURVE)
        image = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[:, :, 0])
    if not _are_alike(Size(*image.size), info.size):
        raise unsupported(f"a RAW file of {info.size} px whose picture is {image.width}x{image.height} px")
    return image
