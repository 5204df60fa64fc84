"""The primitives of the pipeline, by libvips."""

import os
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from math import ceil
from types import MappingProxyType
from typing import Any, ClassVar

import pyvips

from advthumb.core.containers import webp
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Box, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Extent, Orientation
from advthumb.core.planning import extended_side
from advthumb.core.samples import Samples
from advthumb.engines import libjpeg
from advthumb.engines.pipeline import Animation, PipelineEngine

from . import files
from .colour import in_colour, premultiplied, shown, to_srgb, unpremultiplied
from .layouts import TIFF

_ANIMATED = frozenset({ImageFormat.GIF, ImageFormat.WEBP})
"""libvips writes no animated PNG."""
_NOT_STREAMED = frozenset({ImageFormat.JPEG, ImageFormat.WEBP})
"""The formats that shrink while they are decoded, and are then kept in memory. Others are scaled while they
are decoded row by row, or from the memory of their decoder."""
_ROTATIONS = {90: "d90", 180: "d180", 270: "d270"}
_SHRINKS = (8, 4, 2)
"""The factors by which libjpeg can shrink while decoding."""
_MEAN_MARGIN = 1.5
"""A picture that is reduced by averaging pixels, as libwebp does while decoding, must keep at least this
multiple of the floor. It then keeps the same quality (50 dB) as libjpeg does at the floor, because libjpeg
drops frequencies instead of averaging."""
_WEBP_PAYS = 0.75
"""If the sides are scaled to more than this part, libwebp takes as long as for decoding at full size."""
_GAP = 3.0
"""A large reduction begins by averaging whole pixels, down to this multiple of the wanted size, and ends with
Lanczos. On noise, the result is within 0.8 levels of Lanczos alone; with libvips' default, 2, it is 2.5
levels off."""
_EXTENT = "advthumb-extent"
"""The field of a shrunk picture that says which part of it the source covers: left, top, right, bottom."""


class VipsEngine(PipelineEngine[pyvips.Image]):
    """Renders with libvips; reads and writes the formats that this build of libvips supports.

    Creating an instance switches off libvips' operation cache, its untrusted loaders, and the use of several
    threads for one picture, all for the whole process. Neither this nor reading headers starts a thread;
    the first picture does.
    """

    name = "vips"
    pixel_bytes = MappingProxyType({ImageFormat.AVIF: 15, ImageFormat.HEIC: 15})
    starts_threads = True
    picture_errors = (pyvips.Error,)

    _rendered_in: ClassVar[int | None] = None
    """The id of the process in which libvips has started its threads, None if it has started none."""

    def __init__(self, **options: Any) -> None:
        """Find out which formats this build supports; `options` are those of every engine."""
        super().__init__(**options)
        pyvips.cache_set_max(0)  # the cache would keep pictures, and return stale ones
        pyvips.block_untrusted_set(True)
        if hasattr(pyvips, "concurrency_set"):  # from 3.1 on; pictures are rendered in parallel instead
            pyvips.concurrency_set(1)
        self.reads = frozenset(filter(files.loads, files.LOADERS))
        self.writes = frozenset(filter(files.saves, files.SAVERS))
        self.animates = _ANIMATED & self.writes
        self.lossless = files.LOSSLESS & self.writes

    def refuses(self, info: SourceInfo) -> str:
        """Return a description of a TIFF that libvips decodes wrongly, empty for anything else."""
        return TIFF.refuses(info.kind) if info.format is ImageFormat.TIFF else ""

    def versions(self) -> Mapping[str, str]:
        """Return the versions of pyvips and libvips, and of the wheel that contains libvips."""
        found = {
            "pyvips": pyvips.__version__,
            "libvips": ".".join(str(pyvips.version(place)) for place in range(3)),
        }
        with suppress(metadata.PackageNotFoundError):
            found["pyvips-binary"] = metadata.version("pyvips-binary")
        return found

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> pyvips.Image:
        if info.format is ImageFormat.JPEG:
            try:
                return self._decoded(stream, info, floor, fail_on="warning")
            except pyvips.Error as error:
                if libjpeg.tells_damage(str(error)):
                    raise
        return self._decoded(stream, info, floor, fail_on="error")

    def _decoded(self, stream: bytes, info: SourceInfo, floor: Size, *, fail_on: str) -> pyvips.Image:
        options = _shrinking(info, floor)
        image = self._opened(stream, info.format, fail_on=fail_on, **options)
        if info.format is ImageFormat.JPEG:
            image = _covering(image, info.size, options["shrink"])
        elif info.format is ImageFormat.TIFF:
            image = shown(image, info)  # before the pixels are kept: there may be hundreds of samples
        VipsEngine._rendered_in = os.getpid()
        return image.copy_memory() if info.format in _NOT_STREAMED else image

    def _kept(self, image: pyvips.Image, floor: Size) -> pyvips.Image:
        return _meant(image, floor).copy_memory()

    def _orient(self, image: pyvips.Image, orientation: Orientation) -> pyvips.Image:
        if image.get_typeof(_EXTENT):
            image = _noted(image, orientation.turned(image.get(_EXTENT), image.width, image.height))
        if orientation.mirrored:
            image = image.flip("horizontal")
        if orientation.clockwise:
            image = image.rot(_ROTATIONS[orientation.clockwise])
        return image

    def _to_srgb(self, image: pyvips.Image, info: SourceInfo) -> pyvips.Image:
        converted = to_srgb(image, info)
        return _noted(converted, image.get(_EXTENT)) if image.get_typeof(_EXTENT) else converted

    def _scale(self, image: pyvips.Image, plan: RenderPlan) -> pyvips.Image:
        if plan.scaled != self._size(image):
            alpha = image.hasalpha()
            image = premultiplied(image) if alpha else image
            image = _resized(image, plan.scaled)
            image = unpremultiplied(image) if alpha else image
        if plan.crop.size != plan.scaled:
            image = image.crop(plan.crop.left, plan.crop.top, *plan.crop.size)
        with self._picture_boundary("pixels"):  # streamed pixels are decoded only here
            return image.copy_memory()

    def _compose(self, image: pyvips.Image, plan: RenderPlan) -> pyvips.Image:
        alpha = image.hasalpha()
        padded = self._size(image) != plan.canvas
        if not padded and not (plan.flatten and alpha):
            return image
        if image.bands < 3:
            image = in_colour(image)
        ground = list(plan.background)
        if plan.flatten and alpha:
            image, alpha = image.flatten(background=ground), False
        if padded:
            fill = [*ground, 0] if alpha else ground
            image = image.embed(*plan.offset, *plan.canvas, extend="background", background=fill)
        return image

    def _encode(self, image: pyvips.Image, encoding: Encoding) -> bytes:
        return files.saved(image, encoding)

    def _crop(self, image: pyvips.Image, box: Box) -> pyvips.Image:
        return image.crop(box.left, box.top, *box.size)

    def _size(self, image: pyvips.Image) -> Size:
        return Size(image.width, image.height)

    def _blank(self, size: Size) -> pyvips.Image:
        return (pyvips.Image.black(*size, bands=4)).copy(interpretation="srgb")

    def _paste(
        self, ground: pyvips.Image, image: pyvips.Image, offset: tuple[int, int], *, over: bool
    ) -> pyvips.Image:
        colour = image if image.bands > 2 else in_colour(image)
        colour = colour if colour.hasalpha() else colour.addalpha()
        if over:
            shown = ground.composite2(colour, "over", x=offset[0], y=offset[1]).cast("uchar")
        else:
            shown = ground.insert(colour, *offset)
        return shown.copy_memory()

    def _averaged(self, image: pyvips.Image, times: int) -> pyvips.Image:
        across, down = min(times, image.width), min(times, image.height)
        image = image.crop(0, 0, image.width // across * across, image.height // down * down)
        alpha = image.hasalpha()
        image = premultiplied(image) if alpha else image
        image = (image.cast("float").shrink(across, down) + 0.5).cast("uchar")
        return unpremultiplied(image) if alpha else image

    def _to_samples(self, image: pyvips.Image) -> Samples:
        return Samples(self._size(image), image.bands, bytes(image.write_to_memory()))

    def _from_samples(self, samples: Samples) -> pyvips.Image:
        borrowed = pyvips.Image.new_from_memory(samples.data, *samples.size, samples.bands, "uchar")
        # libvips does not know how long the data lives. What `copy` returns has no memory, so `copy_memory`
        # really copies; of `borrowed` itself, it would return another reference to the same data.
        return borrowed.copy(interpretation="srgb" if samples.bands > 2 else "b-w").copy_memory()

    def _encode_frames(self, animation: Animation[pyvips.Image], encoding: Encoding) -> bytes:
        images, delays = zip(*animation.frames, strict=True)
        film = pyvips.Image.arrayjoin(list(images), across=1).copy()
        film.set_type(pyvips.GValue.gint_type, "page-height", images[0].height)
        film.set_type(pyvips.GValue.array_int_type, "delay", list(delays))
        film.set_type(pyvips.GValue.gint_type, "loop", animation.plays)
        data = files.saved(film, encoding)
        return (
            webp.announcing_alpha(data) if encoding.format is ImageFormat.WEBP and film.hasalpha() else data
        )

    def _opened(self, data: bytes, image_format: ImageFormat, **options: Any) -> pyvips.Image:
        """Open a source and read its header; refuse to do so in a forked process where libvips would hang."""
        if self._rendered_in not in {None, os.getpid()}:
            msg = (
                "libvips was used before this process was forked, and would hang in it: start workers "
                "with the spawn method, or render nothing before they are forked"
            )
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        return files.opened(data, image_format, **options)


def _shrinking(info: SourceInfo, floor: Size) -> dict[str, Any]:
    """Return the options that make a decoder shrink as far as the floor allows."""
    width, height = info.size
    if info.format is ImageFormat.JPEG:
        most = min(width // floor.width, height // floor.height)
        return {"shrink": next((shrink for shrink in _SHRINKS if shrink <= most), 1)}
    scale = max(floor.width / width, floor.height / height) * _MEAN_MARGIN
    # libvips never scales an animation.
    return {"scale": scale} if info.format is ImageFormat.WEBP and scale <= _WEBP_PAYS else {}


def _covering(image: pyvips.Image, source: Size, shrink: int) -> pyvips.Image:
    """Return a shrunk JPEG that covers its whole source, and record which part of it the source covers.

    libvips crops the last pixel if the source covers it only in part; this adds that pixel again.
    """
    if not any(side % shrink for side in source):
        return image
    image = image.embed(0, 0, *(ceil(side / shrink) for side in source), extend="copy")
    return _noted(image, (0, 0, source.width / shrink, source.height / shrink))


def _meant(image: pyvips.Image, floor: Size) -> pyvips.Image:
    """Reduce a picture by averaging whole pixels, if it can be smaller and still large enough for `floor`.

    So a large picture is never kept at full size, even if it is rotated or gets many thumbnails.
    """
    most = min(side / least for side, least in zip((image.width, image.height), floor, strict=True))
    times = 1
    while 2 * times * _MEAN_MARGIN <= most:
        times *= 2  # a power of two, as decoders shrink, so that previews for smart crops are the same
    if times == 1 or image.get_typeof(_EXTENT):  # libjpeg has already shrunk it
        return image
    covered = (0, 0, image.width / times, image.height / times)
    alpha = image.hasalpha()
    image = premultiplied(image) if alpha else image
    image = image.shrink(times, times, ceil=True)
    return _noted(unpremultiplied(image) if alpha else image, covered)


def _noted(image: pyvips.Image, extent: Extent) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.array_double_type, _EXTENT, list(extent))
    return image


def _reduced(image: pyvips.Image, size: Size) -> pyvips.Image:
    """Reduce the part of a picture that the source covers to exactly the given size.

    `resize` begins at the left and at the top. If the partly covered pixels are there, the picture is
    mirrored before scaling, and mirrored back after it.
    """
    left, top, right, bottom = image.get(_EXTENT)
    turns = [way for way, begins in (("horizontal", left), ("vertical", top)) if begins > 0]
    for way in turns:
        image = image.flip(way)
    wide, scaled_wide = extended_side(image.width, size.width / (right - left))
    high, scaled_high = extended_side(image.height, size.height / (bottom - top))
    image = image.embed(0, 0, wide, high, extend="copy")
    image = image.resize(scaled_wide / wide, vscale=scaled_high / high, kernel="lanczos3", gap=_GAP)
    image = image.crop(0, 0, *size)
    for way in turns:
        image = image.flip(way)
    image = image.copy()
    image.remove(_EXTENT)
    return image


def _resized(image: pyvips.Image, size: Size) -> pyvips.Image:
    """Reduce with Lanczos, enlarge with bicubic, the longest interpolation that libvips has for it."""
    if image.get_typeof(_EXTENT):
        return _reduced(image, size)
    across, down = size.width / image.width, size.height / image.height
    image = image.resize(min(across, 1), vscale=min(down, 1), kernel="lanczos3", gap=_GAP)
    across, down = max(across, 1), max(down, 1)
    if (across, down) == (1, 1):
        return image
    return image.affine(
        [across, 0, 0, down],
        # Align the centres of the pixels; `resize` does not, and shifts the picture by up to half a pixel.
        odx=(across - 1) / 2,
        ody=(down - 1) / 2,
        oarea=[0, 0, *size],
        interpolate=pyvips.Interpolate.new("bicubic"),
        extend="copy",
    )
