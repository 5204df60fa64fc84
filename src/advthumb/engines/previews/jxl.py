"""The engine in the processes of `jxl`: JPEG XL, by libjxl in pyjpegxl, which decodes from memory."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import pyjpegxl
from PIL import Image

from advthumb.core.containers import MAX_SIDE, icc
from advthumb.core.containers.exotic import jxl
from advthumb.core.containers.reading import corrupt, too_large, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.engines.pillow import PillowEngine

_HELD = 12
"""The bytes for each pixel that libjxl holds in addition to its output, because it computes with 32 bits."""
_MODES = {(1, False): "L", (1, True): "LA", (3, False): "RGB", (3, True): "RGBA"}
"""Pillow's modes by the number of colour channels and whether there is alpha."""
_SPACE, _CMYK = slice(16, 20), b"CMYK"
"""Where a profile gives its colour space, and the value for CMYK, of which pyjpegxl omits one channel."""

pyjpegxl.set_num_threads(1)


class JxlPictures(PillowEngine):
    """Decodes JPEG XL pictures without animation; pyjpegxl would return the last frame of an animation."""

    name = "jxl"

    def __init__(self, **options: Any) -> None:
        """Read JPEG XL; `options` are those of every engine."""
        super().__init__(**options)
        self.reads = frozenset({ImageFormat.JXL})
        self.starts_threads = False

    def versions(self) -> Mapping[str, str]:
        """Return the version of pyjpegxl, and those of the libraries that write thumbnails."""
        return {"pyjpegxl": version("pyjpegxl"), **super().versions()}

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        info = jxl.read(data)
        if max(info.size) > MAX_SIDE:
            raise too_large(f"it is {info.size} px; a side may be at most {MAX_SIDE} px")
        found = pyjpegxl.probe(data)
        if Size(found.width, found.height) != info.display_size:
            raise corrupt(
                f"its header says {info.display_size} px, but libjxl finds {found.width}x{found.height} px"
            )
        profile = found.icc or b""
        if profile[_SPACE] == _CMYK:
            raise unsupported("a JPEG XL in CMYK")
        colours = Colours.GREY if found.num_color_channels == 1 else Colours.RGB
        return replace(
            info,
            size=info.display_size,
            orientation=Orientation.NORMAL,  # libjxl turns it
            has_alpha=found.has_alpha,
            colours=colours,
            samples=found.num_color_channels + found.has_alpha,
            held=info.size.pixels * _HELD,
            profile=icc.counting(profile, colours),
        )

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        return data

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> Image.Image:
        found, samples = pyjpegxl.decode(stream, dtype="uint8")
        mode = _MODES[found.num_color_channels, found.has_alpha]
        return Image.frombytes(mode, (found.width, found.height), samples)
