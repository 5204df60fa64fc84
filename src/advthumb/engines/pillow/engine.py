"""The primitives of the pipeline, by Pillow."""

import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from PIL import Image

from advthumb.core.containers import png
from advthumb.core.containers.exotic import jp2
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import Box, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.samples import Samples
from advthumb.engines.pipeline import Animation, PipelineEngine

from . import files, strips, writing
from .colour import to_srgb
from .layouts import TIFF, WRONG
from .modes import image_of

_ROTATIONS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Pillow turns counter-clockwise, we count clockwise."""
_EXTENT = "advthumb extent"
"""The key in `info` of a shrunk picture for the box that the source covers in it, in pixels with fractions.
The sides of a shrunk JPEG are rounded up, so the last column and row may be covered only in part; a JPEG 2000
is shifted (`jp2.covered`)."""
_REDUCING_GAP = 3.0
"""A picture is first averaged, by whole factors, to at least this multiple of the wanted size; Lanczos does
the rest. This takes half the time and keeps 55 dB compared with Lanczos alone; 2.0 would keep 50 dB."""
_EIGHT_BITS = 8
_MOST_QOI_PIXELS = 2**22
"""The decoder is written in Python, and takes two seconds for this many pixels."""


class PillowEngine(PipelineEngine[Image.Image]):
    """Renders with Pillow; reads and writes what this build of Pillow was compiled with."""

    name = "pillow"
    # Measured by benchmarks/bench_memory.py. The decoder of WebP holds canvases and returns copies of them.
    pixel_bytes = MappingProxyType({ImageFormat.WEBP: 16, ImageFormat.AVIF: 9, ImageFormat.HEIC: 7})
    picture_errors: ClassVar[tuple[type[Exception], ...]] = (
        OSError,
        ValueError,
        SyntaxError,
        LookupError,
        EOFError,
        TypeError,
        ArithmeticError,
        RuntimeError,
        struct.error,
        zlib.error,
        Warning,  # in case the host turns warnings into errors
    )
    # Some decoders apply the host's `Image.MAX_IMAGE_PIXELS` themselves.
    size_errors: ClassVar[tuple[type[Exception], ...]] = (
        MemoryError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    )

    def __init__(self, **options: Any) -> None:
        """Find out which formats this build supports; `options` are those of every engine."""
        super().__init__(**options)
        self.reads = files.readable()
        self.writes = files.writable()
        self.animates = frozenset(name for name in self.writes if OUTPUTS[name].animation)
        self.lossless = self.writes & {ImageFormat.WEBP}  # its AVIF is up to 3 levels off at any quality
        self.starts_threads = not self.reads.isdisjoint({ImageFormat.AVIF, ImageFormat.HEIC})

    def refuses(self, info: SourceInfo) -> str:
        """Return a description of what Pillow decodes wrongly or very slowly, empty for anything else."""
        match info.format:
            case ImageFormat.TIFF:
                return TIFF.refuses(info.kind)
            case ImageFormat.PNM if info.has_alpha or info.bits > _EIGHT_BITS:
                return "PNM with alpha" if info.has_alpha else f"PNM of {info.bits} bits"
            case ImageFormat.QOI if info.size.pixels > _MOST_QOI_PIXELS:
                return f"QOI of more than {_MOST_QOI_PIXELS} pixels: its decoder is written in Python"
        return info.kind if info.kind in WRONG else ""

    def versions(self) -> Mapping[str, str]:
        """Return the versions of Pillow, of its codecs, and of pillow_heif if it is installed."""
        return files.versions()

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> Image.Image:
        with files.opened(stream, info.format) as image:
            extent = None
            image.decodermaxblock = len(stream)  # all at once, so that it does not wait for other threads
            if info.format is ImageFormat.JPEG:  # for HEIC, draft() uses a preview that may show anything
                drafted = image.draft(None, floor)
                extent = drafted and drafted[1]
            times = jp2.halvings(stream, info.size, floor) if info.format is ImageFormat.JP2 else 0
            if times:
                halved = files.halve(image, times)
                halved.info[_EXTENT] = jp2.covered(info.size, times)
                return halved
            files.scale_transparent_colour(image)
            image.load()
            if info.format is ImageFormat.PNG:
                files.check_last_rows(image, stream)
            if extent:
                image.info[_EXTENT] = extent
            return files.keyed_deeply(image, stream) if info.kind == png.DEEP_KEY else image

    def _orient(self, image: Image.Image, orientation: Orientation) -> Image.Image:
        if _EXTENT in image.info:
            image.info[_EXTENT] = orientation.turned(image.info[_EXTENT], *image.size)
        if orientation.mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if orientation.clockwise:
            image = image.transpose(_ROTATIONS[orientation.clockwise])
        return image

    def _to_srgb(self, image: Image.Image, info: SourceInfo) -> Image.Image:
        return to_srgb(image, info)

    def _scale(self, image: Image.Image, plan: RenderPlan) -> Image.Image:
        left, top, right, bottom = image.info.get(_EXTENT) or (0, 0, *image.size)
        wide, high = right - left, bottom - top
        # Dividing last keeps the outer edges exact: Pillow refuses a box that is too large by 1e-13.
        box = (
            left + plan.crop.left * wide / plan.scaled.width,
            top + plan.crop.top * high / plan.scaled.height,
            left + plan.crop.right * wide / plan.scaled.width,
            top + plan.crop.bottom * high / plan.scaled.height,
        )
        scaled = strips.scaled(image, plan.crop.size, box, _REDUCING_GAP)
        scaled.info.pop(_EXTENT, None)
        return scaled

    def _compose(self, image: Image.Image, plan: RenderPlan) -> Image.Image:
        has_alpha = image.mode in {"LA", "RGBA"}
        if image.size == plan.canvas and not (plan.flatten and has_alpha):
            return image
        mode = "RGBA" if has_alpha else "RGB"
        ground = (*plan.background, 255 if plan.flatten else 0)
        canvas = Image.new(mode, plan.canvas, ground[: len(mode)])
        image = image.convert(mode)
        if plan.flatten and has_alpha:
            canvas.alpha_composite(image, plan.offset)
            return canvas.convert("RGB")
        canvas.paste(image, plan.offset)
        return canvas

    def _encode(self, image: Image.Image, encoding: Encoding) -> bytes:
        return writing.still(image, encoding)

    def _crop(self, image: Image.Image, box: Box) -> Image.Image:
        return image.crop(box)

    def _size(self, image: Image.Image) -> Size:
        return Size(*image.size)

    def _blank(self, size: Size) -> Image.Image:
        return Image.new("RGBA", size)

    def _paste(
        self, ground: Image.Image, image: Image.Image, offset: tuple[int, int], *, over: bool
    ) -> Image.Image:
        shown = ground.copy()
        image = image.convert("RGBA")
        if over:
            shown.alpha_composite(image, offset)
        else:
            shown.paste(image, offset)
        return shown

    def _averaged(self, image: Image.Image, times: int) -> Image.Image:
        across, down = (min(times, side) for side in image.size)
        whole = (0, 0, image.width // across * across, image.height // down * down)
        return image.reduce((across, down), whole)

    def _to_samples(self, image: Image.Image) -> Samples:
        return Samples(self._size(image), len(image.getbands()), image.tobytes())

    def _from_samples(self, samples: Samples) -> Image.Image:
        return image_of(samples)

    def _encode_frames(self, animation: Animation[Image.Image], encoding: Encoding) -> bytes:
        return writing.frames(animation, encoding)
