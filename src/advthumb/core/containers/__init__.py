"""Readers for the container formats of pictures: one module for each, standard library only, no decoding.

Every reader has two functions. `read` returns what the header says, or refuses the file. `clean` returns the
stream that the decoder sees: the first picture and nothing else. Readers of animations also have `frames`,
which yields each frame as a separate file, and `plays`. Readers of files that do not hold the whole picture
have `layers`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Frame, Layer, SourceInfo
from advthumb.core.sniffing import sniff

from . import bmp, exotic, gif, isobmff, jpeg, png, tiff, webp
from .reading import Reader, corrupt, too_large, unsupported

MAX_SIDE = 200_000
"""The longest side of a source, in pixels."""


class _FrameReader(Protocol):
    """The functions of a reader of animations."""

    def frames(self, data: bytes, info: SourceInfo) -> Iterator[Frame]: ...
    def plays(self, data: bytes) -> int: ...


READERS: Mapping[ImageFormat, Reader] = MappingProxyType(
    {
        ImageFormat.JPEG: jpeg,
        ImageFormat.PNG: png,
        ImageFormat.GIF: gif,
        ImageFormat.WEBP: webp,
        ImageFormat.BMP: bmp,
        ImageFormat.TIFF: tiff,
        ImageFormat.AVIF: isobmff,
        ImageFormat.HEIC: isobmff,
        **exotic.READERS,
    }
)
"""The reader of each format."""

_ANIMATED: Mapping[ImageFormat, _FrameReader] = MappingProxyType(
    {ImageFormat.GIF: gif, ImageFormat.PNG: png, ImageFormat.WEBP: webp}
)

_LAYERS: Mapping[ImageFormat, Callable[[bytes, SourceInfo], Iterator[Layer]]] = MappingProxyType(
    {ImageFormat.XCF: exotic.xcf.layers}
)


def read(data: bytes, image_format: ImageFormat, max_frames: int = 1) -> SourceInfo:
    """Return what the header of a source says.

    Args:
        data: The whole file.
        image_format: Its sniffed format.
        max_frames: The maximum number of frames that may be decoded.

    Raises:
        ThumbnailError: `corrupt` for damaged files, `unsupported` for kinds that no engine decodes correctly,
            `too-large` for headers that claim more than any real picture needs.
    """
    reader = READERS.get(image_format)
    if reader is None:
        raise unsupported(f"the headers of {image_format} files cannot be read")
    if sniff(data) is not image_format:
        raise corrupt(f"it has no {image_format} signature")
    info = reader.read(data)
    if min(info.size) < 1:
        raise corrupt(f"its header gives a size of {info.size} px")
    if max(info.size) > MAX_SIDE:
        raise too_large(f"it is {info.size} px; a side may be at most {MAX_SIDE} px")
    frames = min(info.frames, max_frames)
    return replace(info, frames=frames, has_alpha=info.has_alpha or (info.clears and frames > 1))


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the stream of the first picture, as the decoder sees it.

    Args:
        data: The whole file.
        info: The result of `read`.

    Raises:
        ThumbnailError: `corrupt`: the pixel data is damaged.
    """
    reader = READERS.get(info.format)
    return reader.clean(data, info) if reader else data


def frames(data: bytes, info: SourceInfo) -> Iterator[Frame]:
    """Yield the first frames of an animation; `info` says how many.

    Raises:
        ThumbnailError: `corrupt`: the data of a frame is damaged.
    """
    return _ANIMATED[info.format].frames(data, info)


def plays(data: bytes, info: SourceInfo) -> int:
    """Return how often an animation is played; 0 for endless."""
    return _ANIMATED[info.format].plays(data)


def layers(data: bytes, info: SourceInfo) -> Iterator[Layer]:
    """Yield the visible layers of a picture that `info` says has layers, from the bottom up.

    Raises:
        ThumbnailError: `corrupt`: the pixel data of a layer is damaged.
    """
    return _LAYERS[info.format](data, info)
