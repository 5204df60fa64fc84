"""The engine in the processes of `svg`: librsvg, as the wheel of libvips has it.

librsvg gets the bytes of a drawing and no address, so that it loads nothing that the drawing names.
`svg_root` sets the size of the drawing, so that nothing is allocated for the size that the drawing asks for.
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
"""libvips takes an inch for 72 pixels, CSS for 96. More pixels to an inch make the whole larger, which the
scale undoes."""
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
"""The fonts that `fonts.conf` leaves, and letters that load them; the Chinese one loads the font for Chinese.
They are fewer than ten: Cairo keeps ten fonts open, and closes one for each further one that is asked for."""
_BLURRED = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><filter id="f"><feGaussianBlur '
    b'stdDeviation="9"/></filter><rect width="60" height="60" filter="url(#f)"/></svg>'
)
"""A drawing that needs librsvg's threads. They are started once, and end the process where they cannot be."""


class SvgDrawings(PillowEngine):
    """Draws SVG on nothing, so that its background is transparent.

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
        pyvips.block_untrusted_set(False)  # which SVG counts as
        for font, letters in _FONTS:
            # libvips keeps its fonts open for good; librsvg closes those that its last drawings did not use.
            pyvips.Image.text(letters, font=font)
        pyvips.Image.svgload_buffer(_BLURRED).avg()
        self.reads = frozenset({ImageFormat.SVG})
        self.starts_threads = False  # fonts and filters have started their threads before the seal

    def versions(self) -> Mapping[str, str]:
        """Return the versions of Pillow and its codecs, of pyvips, of libvips and of the wheel it came in."""
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
            msg = f"the drawing insists on a size of {drawing.width}x{drawing.height} px by its style"
            raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
        # A region draws in this thread, which has the fonts. Any other way to pixels starts threads, which
        # would have to load them anew.
        pixels = pyvips.Region.new(drawing).fetch(0, 0, *size)
        return Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1)
