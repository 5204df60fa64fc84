"""An engine for the tests of projects: it decodes nothing, and paints one colour."""

import zlib
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image

from advthumb.core.containers import READERS
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import Animation, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.raw_frames import packed
from advthumb.core.samples import Samples
from advthumb.engines.base import Made, ThumbnailEngine
from advthumb.engines.pillow import files

COLOURS = tuple(
    (red, green, blue) for red in (40, 128, 216) for green in (40, 128, 216) for blue in (40, 128, 216)
)
"""The colours of the thumbnails. The bytes of the source choose one of them."""

UNREAD_SIZE = Size(640, 480)
"""The assumed size of documents, videos and other sources whose header only a separate library can read."""


class FakeEngine(ThumbnailEngine):
    """Paints each thumbnail in one colour that its source chooses, and decodes nothing.

    Thumbnails are real files with the planned size and format. Each combination of size, format and colour is
    encoded once per process, so all further thumbnails take microseconds. The header of a source is read as
    in every engine: a file that is not a picture, or is too large, is refused with the same code. Damage
    after the header is not detected, and the thumbnail of an animation is not animated.

    PDF, SVG, RAW, JPEG XL and video files are treated as 640 x 480 pixels.
    """

    name = "fake"
    reads = frozenset(READERS) | {
        ImageFormat.PDF,
        ImageFormat.SVG,
        ImageFormat.RAW,
        ImageFormat.MP4,
        ImageFormat.MATROSKA,
        ImageFormat.AVI,
        ImageFormat.JXL,
    }
    writes = files.writable()
    lossless = frozenset(image_format for image_format, facts in OUTPUTS.items() if facts.lossless)
    sealed = True  # A source that is never decoded can do no harm.

    def _read_header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        if image_format not in READERS:
            return SourceInfo(image_format, UNREAD_SIZE)
        return super()._read_header(data, image_format, max_frames)

    def _make(self, data: bytes, info: SourceInfo, plans: Sequence[RenderPlan]) -> list[Made]:
        colour = COLOURS[zlib.crc32(data) % len(COLOURS)]
        return [_made(colour, plan) for plan in plans]


def _made(colour: tuple[int, int, int], plan: RenderPlan) -> Made:
    if plan.raw:
        return Made(packed(Animation([(_flat(colour, plan.canvas), 0)], plays=1)), plan.canvas)
    preview = plan.preview and _flat(colour, plan.preview)
    return Made(_painted(colour, plan.canvas, plan.encoding), plan.canvas, preview)


@lru_cache(maxsize=512)
def _painted(colour: tuple[int, int, int], size: Size, encoding: Encoding) -> bytes:
    """Return an encoded picture of one colour."""
    return files.saved(Image.new("RGB", size, colour), encoding)


def _flat(colour: tuple[int, int, int], size: Size) -> Samples:
    """Return the samples of a picture of one colour."""
    return Samples(size, len(colour), bytes(colour) * size.pixels)
