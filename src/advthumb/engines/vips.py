"""The vips engine: fast, and frugal with memory.

Each loader is named by the sniffed format and given bytes: by a path, libvips would read options out
of its name. Pictures of libvips are recipes that run when pixels are asked for, so each primitive that
can meet damage, or that others start from, ends with the pixels in memory.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from math import ceil
from typing import Any, ClassVar, cast

import pyvips

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import RGB, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation

from .pipeline import Animation, PipelineEngine
from .samples import SAMPLES
from .vips_sources import check_texts, lab_as_rgb, whole_gif_frames

_LOADERS = {
    ImageFormat.JPEG: "jpegload_buffer",
    ImageFormat.PNG: "pngload_buffer",
    ImageFormat.GIF: "gifload_buffer",
    ImageFormat.WEBP: "webpload_buffer",
    ImageFormat.AVIF: "heifload_buffer",
    ImageFormat.HEIC: "heifload_buffer",
    ImageFormat.TIFF: "tiffload_buffer",
}
_SAVERS = {
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
_ANIMATED = frozenset({ImageFormat.GIF, ImageFormat.WEBP})
"""libvips shows the first frame of an animated PNG, and writes none."""
_ROTATIONS = {90: "d90", 180: "d180", 270: "d270"}
_SHRINKS = (8, 4, 2)
"""By how much libjpeg can shrink while decoding."""
_WEBP_MARGIN = 1.5
"""By how much larger than the floor libwebp is to scale while decoding: it takes means, where libjpeg
leaves out frequencies. From here on it keeps as much (50 dB) as libjpeg does at the floor."""
_WEBP_PAYS = 0.75
"""Scaling to more than this part of the sides takes libwebp as long as decoding everything."""
_GAP = 3.0
"""A large reduction begins with a mean of whole pixels, down to this multiple of the wanted size, and
ends with Lanczos: on noise within 0.8 of a level of Lanczos alone. libvips' own 2 is 2.5 levels off."""
_DELAY = 100
"""Milliseconds that a frame is shown which does not say how long: what browsers do."""
_OPAQUE_FROM = 128
"""GIF knows no half-transparent pixels: alpha from here on becomes opaque."""
_WIDER_THAN_AVIF = 16_385
_THREADS = "vips-concurrency"
"""What libvips asks a picture for before it asks the process: how many threads may work on it."""


class VipsEngine(PipelineEngine[pyvips.Image]):
    """Renders with libvips; reads and writes what this build of libvips has.

    Making one switches off libvips' operation cache and its untrusted loaders, for the process.
    Neither that nor reading headers starts a thread; the first picture does.
    """

    name = "vips"
    picture_errors = (pyvips.Error,)

    _rendered_in: ClassVar[int | None] = None
    """The process whose threads libvips counts on, None before there are any."""

    def __init__(self, **options: Any) -> None:
        """Ask the build which formats it has; `options` are those of every engine."""
        super().__init__(**options)
        pyvips.cache_set_max(0)  # it would keep pictures, and hand out what is no longer so
        pyvips.block_untrusted_set(True)
        self.reads = frozenset(filter(_loads, _LOADERS))
        self.writes = frozenset(filter(_saves, _SAVERS))
        self.animates = _ANIMATED & self.reads & self.writes

    def versions(self) -> Mapping[str, str]:
        """Return the versions of pyvips and libvips, and of the wheel that libvips came in."""
        found = {
            "pyvips": pyvips.__version__,
            "libvips": ".".join(str(pyvips.version(place)) for place in range(3)),
        }
        if pyvips.API_mode:
            found["pyvips-binary"] = metadata.version("pyvips-binary")
        return found

    def _probe(self, data: bytes, image_format: ImageFormat) -> SourceInfo:
        if image_format is ImageFormat.PNG:
            check_texts(data)
        image = self._opened(data, image_format)
        size = Size(image.width, image.height)
        return SourceInfo(image_format, size, _orientation(image, image_format), bool(image.hasalpha()))

    def _decode(self, data: bytes, info: SourceInfo, floor: Size) -> pyvips.Image:
        image = self._opened(data, info.format)
        if info.format is ImageFormat.JPEG:
            most = min(info.size.width // floor.width, info.size.height // floor.height)
            shrink = next((shrink for shrink in _SHRINKS if shrink <= most), 1)
            image = _opened(data, info.format, shrink=shrink)
            # libjpeg makes a pixel of what is left over at the end, libvips crops it.
            whole = Size(*(ceil(side / shrink) for side in info.size))
            image = image.embed(0, 0, *whole, extend="copy")
        if info.format is ImageFormat.WEBP and image.get_n_pages() == 1:
            least = max(floor.width / info.size.width, floor.height / info.size.height) * _WEBP_MARGIN
            if least <= _WEBP_PAYS:
                image = _opened(data, info.format, scale=least)
        VipsEngine._rendered_in = os.getpid()
        return _in_memory(image)

    def _orient(self, image: pyvips.Image, orientation: Orientation) -> pyvips.Image:
        image = image.copy()
        image.remove("orientation")  # or the AVIF saver has viewers turn it once more
        if orientation.mirrored:
            image = image.flip("horizontal")
        if orientation.clockwise:
            image = image.rot(_ROTATIONS[orientation.clockwise])
        return image

    def _to_srgb(self, image: pyvips.Image, info: SourceInfo) -> pyvips.Image:
        if image.interpretation == "lab":
            return _from_lab(image)
        image = _through_profile(_to_eight_bit(image))
        if image.interpretation == "cmyk":
            paper = image.invert()
            image = _rounded(paper[:3] * paper[3] / 255)
        return image.copy(interpretation="b-w" if image.bands < 3 else "srgb")

    def _scale(self, image: pyvips.Image, plan: RenderPlan) -> pyvips.Image:
        across, down = plan.scaled.width / image.width, plan.scaled.height / image.height
        if plan.scaled != self._size(image):
            alpha = image.hasalpha()
            # In whole numbers as Pillow does it: several times faster than in libvips' fractions.
            image = image.premultiply().cast("uchar") if alpha else image
            image = image.resize(across, vscale=down, kernel="lanczos3", gap=_GAP)
            image = _unpremultiplied(image) if alpha else image
        if plan.crop.size != plan.scaled:
            image = image.crop(plan.crop.left, plan.crop.top, *plan.crop.size)
        return _in_memory(image)

    def _compose(self, image: pyvips.Image, plan: RenderPlan) -> pyvips.Image:
        alpha = image.hasalpha()
        padded = self._size(image) != plan.canvas
        if not padded and not (plan.flatten and alpha):
            return image
        if image.bands < 3:
            image = _in_colour(image)
        ground = list(plan.background)
        if plan.flatten and alpha:
            image = _on_ground(image, plan.background)
            alpha = False
        if padded:
            fill = [*ground, 0] if alpha else ground
            image = image.embed(*plan.offset, *plan.canvas, extend="background", background=fill)
        return image

    def _encode(self, image: pyvips.Image, encoding: Encoding) -> bytes:
        return _saved(image, encoding)

    def _size(self, image: pyvips.Image) -> Size:
        return Size(image.width, image.height)

    def _count_frames(self, data: bytes, image_format: ImageFormat) -> int:
        return cast("int", self._opened(data, image_format).get_n_pages())

    def _decode_frames(self, data: bytes, info: SourceInfo) -> Animation[pyvips.Image]:
        if info.format is ImageFormat.GIF and whole_gif_frames(data) < info.frames:
            msg = f"the data ends within the first {info.frames} frames"
            raise ThumbnailError(msg, ErrorCode.CORRUPT)
        image = self._opened(data, info.format, n=info.frames)
        VipsEngine._rendered_in = os.getpid()
        return Animation(_frames(image, info), image.get("loop"))

    def _encode_frames(self, animation: Animation[pyvips.Image], encoding: Encoding) -> bytes:
        images, delays = zip(*animation.frames, strict=True)
        film = pyvips.Image.arrayjoin(list(images), across=1).copy()
        film.set_type(pyvips.GValue.gint_type, "page-height", images[0].height)
        film.set_type(pyvips.GValue.array_int_type, "delay", list(delays))
        film.set_type(pyvips.GValue.gint_type, "loop", animation.plays)
        return _saved(film, encoding)

    def _opened(self, data: bytes, image_format: ImageFormat, **options: Any) -> pyvips.Image:
        """Return a source with its header read, unless libvips would hang."""
        if self._rendered_in not in {None, os.getpid()}:
            msg = (
                "libvips was used before this process was forked, and would hang in it: start workers by "
                "spawn, or render nothing before they are forked"
            )
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        return _opened(data, image_format, **options)


def _opened(data: bytes, image_format: ImageFormat, **options: Any) -> pyvips.Image:
    load = getattr(pyvips.Image, _LOADERS[image_format])
    lab = lab_as_rgb(data) if image_format is ImageFormat.TIFF else None
    image = load(lab or data, access="sequential", fail_on="error", **options)
    return image.copy(interpretation="lab") if lab else image


def _loads(image_format: ImageFormat) -> bool:
    """Tell whether the build has a loader, and the decoder behind it where that is another library."""
    if not pyvips.type_find("VipsOperation", _LOADERS[image_format]):
        return False
    try:
        # A region works in this thread. Any other way to pixels starts some, which no fork survives.
        if image_format in SAMPLES:
            pyvips.Region.new(_opened(SAMPLES[image_format], image_format)).fetch(0, 0, 1, 1)
    except pyvips.Error:
        return False
    return True


def _saves(image_format: ImageFormat) -> bool:
    """Tell whether the build has a saver, and the encoder behind it where that is another library."""
    if not pyvips.type_find("VipsOperation", _SAVERS[image_format]):
        return False
    if image_format is not ImageFormat.AVIF:
        return True
    try:
        # The encoder is looked for first, then the size is refused, and no thread is started.
        _saved(pyvips.Image.black(_WIDER_THAN_AVIF, 1), Encoding(image_format, None))
    except pyvips.Error as error:
        return "too large" in str(error)
    return True


def _in_memory(image: pyvips.Image) -> pyvips.Image:
    """Return the pixels of a picture, made by one thread: pictures are what is worked on in parallel."""
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, _THREADS, 1)
    return image.copy_memory()


def _orientation(image: pyvips.Image, image_format: ImageFormat) -> Orientation:
    if image_format in {ImageFormat.AVIF, ImageFormat.HEIC}:
        return Orientation.NORMAL  # libheif has turned it already
    if image_format is ImageFormat.TIFF:
        return Orientation.from_tag(_field(image, "orientation"))
    return Orientation.from_exif(_field(image, "exif-data") or b"")


def _field(image: pyvips.Image, name: str) -> Any:
    return image.get(name) if image.get_typeof(name) else None


def _to_eight_bit(image: pyvips.Image) -> pyvips.Image:
    """Return 8 bits per channel, colours otherwise as they are."""
    if image.format == "uchar":
        return image
    if image.format == "ushort":
        return _rounded(image / 257)
    # Whatever else there is does not tell its white: from the darkest to the lightest.
    low, high = image.min(), image.max()
    factor = 255 / (high - low) if high > low else 0
    return _rounded((image - low) * factor)


def _rounded(image: pyvips.Image) -> pyvips.Image:
    return image.linear(1, 0.5, uchar=True)


def _unpremultiplied(image: pyvips.Image) -> pyvips.Image:
    """Divide by the alpha, having made up for the half that a cast takes of each colour."""
    halves = [0.5] * (image.bands - 1) + [0]
    return image.linear([1] * image.bands, halves).unpremultiply().cast("uchar")


def _through_profile(image: pyvips.Image) -> pyvips.Image:
    """Convert to sRGB by an embedded ICC profile; one that does not fit the pixels is ignored."""
    if not image.get_typeof("icc-profile-data"):
        return image
    try:
        return image.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True)
    except pyvips.Error:
        return image


def _from_lab(image: pyvips.Image) -> pyvips.Image:
    """Convert what `lab_as_rgb` gave: L from 0 to the largest value, a and b signed."""
    high, signed, full = {"uchar": (1, "char", 255), "ushort": (256, "short", 65_535)}[image.format]
    lightness = image[0] * (100 / full)
    lab = lightness.bandjoin(image[1:3].copy(format=signed) / high).copy(interpretation="lab")
    rgb = lab.icc_export(output_profile="srgb", intent="relative", black_point_compensation=True)
    return rgb.bandjoin(_to_eight_bit(image[3:])) if image.bands > 3 else rgb


def _in_colour(image: pyvips.Image) -> pyvips.Image:
    """Return grey, with or without alpha, as RGB with or without it."""
    grey = image[0]
    return grey.bandjoin([grey, grey, *image.bandsplit()[1:]]).copy(interpretation="srgb")


def _on_ground(image: pyvips.Image, ground: RGB) -> pyvips.Image:
    return image.flatten(background=list(ground))


def _frames(image: pyvips.Image, info: SourceInfo) -> Iterator[tuple[pyvips.Image, int]]:
    delays = _field(image, "delay") or []
    for number in range(info.frames):
        frame = image.crop(0, number * info.size.height, *info.size)
        yield _in_memory(frame), delays[number] if number < len(delays) else _DELAY


def _saved(image: pyvips.Image, encoding: Encoding) -> bytes:
    options = dict(_SAVE_OPTIONS.get(encoding.format, {}))
    if encoding.quality is not None:
        options["Q"] = encoding.quality
    if encoding.format is ImageFormat.GIF and image.hasalpha():
        *colours, alpha = image.bandsplit()
        image = colours[0].bandjoin([*colours[1:], alpha >= _OPAQUE_FROM])
    bare = {"keep": "none"} if pyvips.at_least_libvips(8, 15) else {"strip": True}
    save: Callable[..., bytes] = getattr(image, _SAVERS[encoding.format])
    return save(**bare, **options)
