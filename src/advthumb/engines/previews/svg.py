"""The engine in the processes of `svg`: librsvg, from the wheel of libvips.

librsvg gets the bytes of a drawing without an address, so it loads nothing that the drawing refers to.
`svg_root` sets the size of the drawing, so no memory is allocated for the size that the drawing requests.
"""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import pyvips
from PIL import Image

from advthumb.core.drawings import drawn_size, smallest_drawn
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.engines.pillow import PillowEngine
from advthumb.exceptions import EngineUnavailable

from .svg_root import Root

_UNITS = {"dpi": 96, "scale": 72 / 96}
"""An inch has 72 pixels in libvips, but 96 in CSS. More pixels per inch make the whole drawing larger, and
the scale undoes this."""
_FONTS = (
    ("Serif", "Ab"),
    ("Serif Bold", "Ab"),
    ("Serif Italic", "Ab"),
    ("Sans", "Ab\u6f22"),
    ("Sans Bold", "Ab"),
    ("Sans Italic", "Ab"),
    ("Monospace", "Ab"),
    ("Monospace Bold", "Ab"),
)
"""The fonts that `fonts.conf` allows, and letters that load them. The Chinese letter loads the font for
Chinese. There are fewer than ten fonts, because Cairo keeps ten open and closes one when it needs another."""
_BLURRED = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><filter id="f"><feGaussianBlur '
    b'stdDeviation="9"/></filter><rect width="60" height="60" filter="url(#f)"/></svg>'
)
"""A drawing that needs librsvg's threads. They are started once; if that fails, librsvg ends the process."""


class SvgDrawings(PillowEngine):
    """Draws SVG on a transparent background.

    Raises:
        EngineUnavailable: This build of libvips has no librsvg.
    """

    name = "svg"
    picture_errors = (*PillowEngine.picture_errors, pyvips.Error)

    def __init__(self, **options: Any) -> None:
        """Let libvips draw SVG in this process; `options` are those of every engine."""
        super().__init__(**options)
        if not pyvips.type_find("VipsOperation", "svgload_buffer"):
            raise EngineUnavailable("this build of libvips has no librsvg; that of pyvips-binary has")
        pyvips.cache_set_max(0)
        pyvips.block_untrusted_set(False)  # libvips counts SVG as untrusted
        for font, letters in _FONTS:
            # libvips keeps its fonts open forever; librsvg closes fonts that its last drawings did not use.
            pyvips.Image.text(letters, font=font)
        pyvips.Image.svgload_buffer(_BLURRED).avg()
        self.reads = frozenset({ImageFormat.SVG})
        self.starts_threads = False  # fonts and filters have started their threads before the seal

    def versions(self) -> Mapping[str, str]:
        """Return the versions of Pillow and its codecs, of pyvips, of libvips and of the libvips wheel."""
        found = {
            "pyvips": pyvips.__version__,
            "libvips": ".".join(str(pyvips.version(place)) for place in range(3)),
        }
        wheel = {each.metadata["Name"]: each.version for each in metadata.distributions(name="pyvips-binary")}
        return {**super().versions(), **found, **wheel}

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        root = Root.read(data)
        return SourceInfo(image_format, drawn_size(*root.size), has_alpha=True, samples=4)

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        return data

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> Image.Image:
        size = smallest_drawn(info.size, floor)
        drawing = pyvips.Image.svgload_buffer(Root.read(stream).sized(stream, size), **_UNITS)
        if (drawing.width, drawing.height) != size:
            msg = f"the style of the drawing forces a size of {drawing.width}x{drawing.height} px"
            raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
        # A region draws in this thread, which has loaded the fonts. Every other way to read pixels starts
        # threads, which would have to load them again.
        pixels = pyvips.Region.new(drawing).fetch(0, 0, *size)
        return Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1)
