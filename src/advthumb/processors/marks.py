"""The pictures of watermarks: read, decoded and kept for as long as the settings do not change."""

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.files.storage import storages as configured
from PIL import Image, ImageChops

from advthumb import conf, storages
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.limits import check_bytes, check_pixels
from advthumb.core.planning import plan
from advthumb.core.raw_frames import unpacked
from advthumb.core.sniffing import admit
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines import registry
from advthumb.engines.pillow.modes import image_of

_PATIENCE = 10.0
"""A picture that could not be read is tried again after this many seconds, not for every row of a page."""
_DIGEST_BYTES = 16


@dataclass(frozen=True, eq=False, slots=True)
class Mark:
    """A decoded watermark.

    Attributes:
        digest: The digest of its file.
        image: The picture: upright, sRGB, RGBA.
        coloured: Whether it has a colour, so that a grey thumbnail becomes a coloured one.
    """

    digest: str
    image: Image.Image
    coloured: bool


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Why a watermark could not be read, and until when this is not tried again."""

    reason: str
    until: float


class _Marks:
    """The watermarks of this process; after a change of settings, they are read again.

    Two threads may read the same watermark at once. Both get the same picture then.
    """

    def __init__(self) -> None:
        self._version: object = None
        self._kept: dict[tuple[str, str | None], Mark | _Unreadable] = {}

    def get(self, file: str, storage: str | None) -> Mark | _Unreadable:
        """Return a watermark, or why there is none."""
        if self._version is not conf.version:
            self._version, self._kept = conf.version, {}
        kept, key = self._kept, (file, storage)
        found = kept.get(key)
        if found is None or (isinstance(found, _Unreadable) and found.until < time.monotonic()):
            found = kept[key] = _attempt(file, storage)
        return found


_MARKS = _Marks()


def mark_of(file: str, storage: str | None) -> Mark:
    """Return a watermark, which is read the first time.

    Args:
        file: The name of the file.
        storage: The alias of its storage, None for static files.

    Raises:
        ThumbnailError: `engine`, for now: it cannot be read or decoded.
    """
    found = _MARKS.get(file, storage)
    if isinstance(found, _Unreadable):
        msg = f"the watermark {file!r} cannot be used: {found.reason}"
        raise ThumbnailError(msg, ErrorCode.ENGINE, for_now=True)
    return found


@lru_cache(maxsize=16)
def fitted(mark: Mark, size: tuple[int, int], opacity: float) -> Image.Image:
    """Return the picture of a watermark at a size and an opacity. Do not change it: it is kept."""
    image = mark.image.resize(size, Image.Resampling.LANCZOS)  # Pillow premultiplies RGBA by itself
    if opacity != 1:
        image.putalpha(image.getchannel("A").point([round(level * opacity) for level in range(256)]))
    return image


def _attempt(file: str, storage: str | None) -> Mark | _Unreadable:
    try:
        return _decoded(_content(file, storage))
    except ThumbnailError as error:
        return _Unreadable(error.message, time.monotonic() + _PATIENCE)


def _content(file: str, storage: str | None) -> bytes:
    limit = conf.max_source_bytes()
    if storage is None:
        with storages.storage_errors(f"reading {file!r}"):
            data = _static_path(file).read_bytes()
    else:
        with storages.storage_errors(f"opening the storage {storage!r}"):
            found = configured[storage]
        data = storages.read(found, file, limit, lambda size: check_bytes(size, limit))
    check_bytes(len(data), limit)
    return data


def _static_path(file: str) -> Path:
    path = finders.find(file)
    if path is None:
        msg = "no static file has that name"
        raise ThumbnailError(msg, ErrorCode.STORAGE)
    return Path(path)


def _decoded(data: bytes) -> Mark:
    """Decode a watermark as every source is decoded: within the limits, upright, in sRGB."""
    engine = registry.engine("pillow")
    info = engine.probe(data, admit(data, SAFE_FORMATS))
    check_pixels(info, conf.max_source_pixels())
    width, height = info.display_size
    planned = plan(ThumbnailSpec(width=width, height=height, format=ImageFormat.PNG), info)
    [rendered] = engine.render(data, info, [replace(planned, raw=True)])
    [(samples, _)] = unpacked(rendered.data).frames
    image = image_of(samples).convert("RGBA")
    return Mark(blake2b(data, digest_size=_DIGEST_BYTES).hexdigest(), image, _is_coloured(image))


def _is_coloured(image: Image.Image) -> bool:
    """Return whether red, green and blue differ anywhere in the visible pixels of a picture."""
    red, green, blue, alpha = image.split()
    spread = ImageChops.lighter(ImageChops.difference(red, green), ImageChops.difference(green, blue))
    visible = alpha.point([0] + [255] * 255)
    return ImageChops.darker(spread, visible).getbbox() is not None
