"""The primitives of the pipeline, by ImageMagick. Only this module and `calls` import Wand."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from . import finding  # noqa: F401 - it tells Wand which ImageMagick is installed, so it comes first

# isort: split
from wand.api import library
from wand.color import Color
from wand.exceptions import CacheError, ResourceLimitError, WandException
from wand.image import COLORSPACE_TYPES, Image
from wand.resource import limits
from wand.version import MAGICK_VERSION, VERSION

from advthumb.core import containers
from advthumb.core.containers import icc
from advthumb.core.containers.exotic.dpx import LIGHT, VIDEO
from advthumb.core.containers.tiff_layout import NEGATIVE
from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import Box, Encoding, Layer, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Extent, Orientation
from advthumb.core.profiles import LAB
from advthumb.core.samples import Samples
from advthumb.engines import shrunk
from advthumb.engines.pipeline import PipelineEngine
from advthumb.engines.samples import PLUGGED, SAMPLES

from . import calls
from .calls import ImageMagickError, ImageMagickLimitError
from .layouts import TIFF, TIFF_7, WRONG_6, WRONG_7

_LIMITS = {"width": 200_000, "height": 200_000, "area": 2 * 10**9, "map": 0, "disk": 0, "thread": 1}
"""ImageMagick's limits, in pixels and bytes: a picture that does not fit in memory is refused. `time` is not
limited, because ImageMagick ends the process when the time is over."""
_MEMORY = 2**30
BYTES_PER_PIXEL = 36 if "HDRI" in MAGICK_VERSION else 18
"""The most memory that a decoder needs for a pixel; `docs/engines.md` has the figures of each kind."""
_STRETCH = 8
"""From this scale factor on, only the part of a picture that is kept is enlarged."""
_OPAQUE = bytes([0] * 128 + [255] * 128)
"""GIF has no half-transparent pixels: alpha of at least 128 becomes opaque."""
_DPX = {VIDEO: "srgb", LIGHT: "rgb"}
"""ImageMagick's name for the colour space of the samples in a DPX."""
_CHANNELS = ("I", "IA", "RGB", "RGBA")
"""The names of the channels, by the number of bands."""
_PNG_COLOURS = {"I": "0", "RGB": "2", "IA": "4", "RGBA": "6"}


class WandEngine(PipelineEngine[Image]):
    """Renders with ImageMagick; tries each format to find out what this build reads and writes.

    Args:
        memory: The maximum memory for the pixels of a source, in bytes.
        options: Those of every engine.
    """

    name = "imagemagick"
    picture_errors = (ImageMagickError, WandException)
    size_errors = (ImageMagickLimitError, ResourceLimitError, CacheError, MemoryError)

    def __init__(self, *, memory: int = _MEMORY, **options: Any) -> None:
        super().__init__(**options)
        for name, most in {**_LIMITS, "memory": memory}.items():
            limits[name] = min(limits[name], most)
        with suppress(ImageMagickError):  # the error makes ImageMagick load the texts of its messages
            calls.read(library.MagickReadImageBlob, b"nothing", ImageFormat.PNG)
        self.reads = frozenset(filter(self._can_read, containers.READERS))
        self.writes = frozenset(filter(calls.can_write, OUTPUTS))
        self.lossless = calls.LOSSLESS & self.writes
        self.starts_threads = ImageFormat.HEIC in self.reads  # libde265 waits forever if it cannot start them

    def versions(self) -> Mapping[str, str]:
        """Return the versions of ImageMagick and of Wand."""
        return {"ImageMagick": MAGICK_VERSION.split()[1], "Wand": VERSION}

    def refuses(self, info: SourceInfo) -> str:
        """Return a description of what ImageMagick decodes wrongly, empty for anything else.

        These are some layouts and, in version 6, the alpha of AVIF and HEIC.
        """
        if info.format is ImageFormat.TIFF:
            return (TIFF if calls.IS_6 else TIFF_7).refuses(info.kind)
        if info.kind in (WRONG_6 if calls.IS_6 else WRONG_7):
            return info.kind
        drops = calls.IS_6 and info.has_alpha and info.format in PLUGGED
        return f"the transparency of {info.format}" if drops else ""

    def _can_read(self, image_format: ImageFormat) -> bool:
        try:
            data = SAMPLES[image_format]
            info = containers.read(data, image_format)
            stream = containers.clean(data, info)
            image = calls.read(library.MagickReadImageBlob, stream, info.coded_as or image_format)
        except (*self.picture_errors, *self.size_errors, ThumbnailError):
            return False
        with image:
            return bool(image.alpha_channel) or not info.has_alpha

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> Image:
        # A JPEG 2000 is decoded at full size, because version 6 crops it with `jp2:reduce-factor`.
        try:
            image = calls.read(library.MagickReadImageBlob, stream, info.format, _shrinking(info, floor))
        except ImageMagickError as error:
            # Without memory for a second copy of the pixels, the decoder of PNG only says that it failed.
            if info.size.pixels * BYTES_PER_PIXEL > limits["memory"]:
                raise ImageMagickLimitError(str(error)) from error
            raise
        # Version 7 gives False another meaning, and has random alpha if its decoder found none.
        there = "activate" if image.alpha_channel else "opaque"
        image.alpha_channel = there if info.has_alpha else "off"
        image.covered = _covered(image, info) if info.format is ImageFormat.JPEG else None
        return image

    def _layered(self, layers: Iterator[Layer], info: SourceInfo) -> Image:
        canvas = self._blank(info.size)
        for layer in layers:
            own = replace(info, size=layer.size, has_alpha=layer.has_alpha)
            with self._decode(layer.stream, own, layer.size) as image:
                space = "rgb" if layer.linear else "srgb"  # ImageMagick's names for linear light and sRGB
                for each in (canvas, image):
                    if each.colorspace != space:
                        each.transform_colorspace(space)
                left, top = layer.offset
                canvas.composite(image, left=left, top=top, operator="over")
        if canvas.colorspace != "srgb":
            canvas.transform_colorspace("srgb")
        canvas.alpha_channel = "activate" if info.has_alpha else "off"
        return canvas

    def _orient(self, image: Image, orientation: Orientation) -> Image:
        if getattr(image, "covered", None):
            image.covered = orientation.turned(image.covered, *image.size)
        calls.done(image, library.MagickSetImageOrientation(image.wand, orientation.value))
        calls.done(image, library.MagickAutoOrientImage(image.wand))
        image.reset_coords()
        return image

    def _to_srgb(self, image: Image, info: SourceInfo) -> Image:
        profile = info.profile
        if image.colorspace == "lab":
            # ImageMagick's own conversion uses another white point than TIFF.
            calls.done(image, library.MagickSetImageColorspace(image.wand, COLORSPACE_TYPES.index("srgb")))
            profile = LAB[info.bits]
        if info.kind in _DPX and image.colorspace != "gray":  # version 6 reads both as linear, 7 as sRGB
            space = COLORSPACE_TYPES.index(_DPX[info.kind])
            calls.done(image, library.MagickSetImageColorspace(image.wand, space))
        if NEGATIVE in info.kind:
            image.negate(channel="rgb")  # version 7 would negate the alpha, too
        grey = image.colorspace == "gray"
        if profile:
            if grey:
                image.transform_colorspace("srgb")
                grey = icc.is_neutral(profile)
            with suppress(ImageMagickError):  # a profile that cannot be used is ignored
                calls.through_profile(image, profile)
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
                # The filter clips values beyond black and white between its two passes. With only black and
                # white, the order of the passes is visible. The other engines scale horizontally first.
                scaled.resize(plan.scaled.width, image.height, filter="lanczos")
                scaled.clamp()  # because an HDRI build keeps values beyond black and white
            scaled.resize(*plan.scaled, filter="lanczos")  # premultiplied, where there is alpha
        if scaled.size != plan.crop.size:
            scaled.crop(left, top, width=right - plan.crop.left, height=bottom - plan.crop.top)
        return scaled

    def _compose(self, image: Image, plan: RenderPlan) -> Image:
        composed = image.clone()
        ground = str(plan.background) if plan.flatten or not image.alpha_channel else "#00000000"
        if image.size != plan.canvas and image.colorspace == "gray":
            composed.transform_colorspace("srgb")  # otherwise the background would lose its colour
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
        """Encode only the samples of the picture, in a new picture that has no metadata."""
        grey = image.colorspace == "gray" and encoding.format is not ImageFormat.GIF
        channels = ("I" if grey else "RGB") + ("A" if image.alpha_channel else "")
        samples = calls.samples(image, channels)
        if encoding.format is ImageFormat.GIF and image.alpha_channel:
            samples[3::4] = samples[3::4].translate(_OPAQUE)
        with calls.constituted(Size(*image.size), channels, samples) as fresh:
            return calls.written(fresh, encoding, {"png:color-type": _PNG_COLOURS[channels]})

    def _blank(self, size: Size) -> Image:
        image = Image(width=size.width, height=size.height, background=Color("#00000000"))
        if not library.MagickGetNumberImages(image.wand):  # version 6 does not report it
            raise ImageMagickLimitError(f"there is not enough memory for a canvas of {size} px")
        return image

    def _paste(self, ground: Image, image: Image, offset: tuple[int, int], *, over: bool) -> Image:
        shown = ground.clone()
        left, top = offset
        shown.composite(image, left=left, top=top, operator="over" if over else "copy")
        return shown

    def _crop(self, image: Image, box: Box) -> Image:
        image.crop(*box)
        return image

    def _size(self, image: Image) -> Size:
        return Size(*image.size)

    def _averaged(self, image: Image, times: int) -> Image:
        across, down = min(times, image.width), min(times, image.height)
        wide, high = image.width // across, image.height // down
        averaged = image.clone()
        averaged.crop(0, 0, width=wide * across, height=high * down)
        averaged.scale(wide, high)
        return averaged

    def _to_samples(self, image: Image) -> Samples:
        channels = ("I" if image.colorspace == "gray" else "RGB") + ("A" if image.alpha_channel else "")
        return Samples(self._size(image), len(channels), bytes(calls.samples(image, channels)))

    def _from_samples(self, samples: Samples) -> Image:
        return calls.constituted(samples.size, _CHANNELS[samples.bands - 1], samples.data)

    def _thinned(self, image: Image, floor: Size) -> Image:
        times = min(side // least for side, least in zip(image.size, floor, strict=True))
        if times < 2:
            return image
        thinned = image.clone()
        thinned.sample(image.width // times, image.height // times)
        return thinned

    def _release(self, image: Image) -> None:
        image.destroy()


def _covered(image: Image, info: SourceInfo) -> Extent | None:
    """Return the part of a shrunk JPEG that its source covers, None for all of it."""
    times = round(info.size.width / image.width)
    covered = (0.0, 0.0, info.size.width / times, info.size.height / times)
    return None if covered[2:] == image.size else covered


def _shrinking(info: SourceInfo, floor: Size) -> dict[str, str]:
    """Return the options that make libjpeg decode at a half, a quarter or an eighth, as the floor allows.

    ImageMagick divides the size of the picture by the requested one and drops the fraction; below 1, it
    would enlarge. Eighths of a pixel are exact as decimals, so the factor is exact too.
    """
    if info.format is not ImageFormat.JPEG:
        return {}
    most = min(side / least for side, least in zip(info.size, floor, strict=True))
    times = next((times for times in (8, 4, 2) if times <= most), 1)
    smaller = "x".join(f"{side / times:.3f}" for side in info.size)
    return {"jpeg:dct-method": "islow", "jpeg:size": smaller}


def _cut(image: Image, plan: RenderPlan) -> tuple[int, int]:
    """Enlarge only the part that is kept; return where the crop begins in it.

    Otherwise, a line of pixels that must cover a box would be enlarged to a thousand times the size of the
    box. The part is cut at whole pixels, so its position is wrong by less than a sixteenth of a pixel.
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
    reach = 4  # pixels on either side that Lanczos-3 uses
    return max(0, int(low / factor) - reach), min(whole, int(high / factor) + 1 + reach)
