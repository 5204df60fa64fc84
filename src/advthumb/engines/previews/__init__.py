"""Engines for files that are no pictures, or need a library of their own: each shows one picture of a file.

They render in sealed processes only. The library of each is imported there, by the module of its name; what
it delivers is scaled and written as that of any other engine.
"""

from pathlib import Path
from types import MappingProxyType

from advthumb.engines.isolation import SealedEngine

_ONE_THREAD = MappingProxyType({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
"""For libraries with OpenMP, and numpy: a process renders one picture, and others run beside it."""


class PdfEngine(SealedEngine):
    """Shows the first page of a PDF, by PDFium."""

    name = "pdf"
    inside = "advthumb.engines.previews.pdf.PdfPages"


class SvgEngine(SealedEngine):
    """Draws SVG, by librsvg."""

    name = "svg"
    inside = "advthumb.engines.previews.svg.SvgDrawings"
    environment = MappingProxyType(
        {"FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf")), "RAYON_NUM_THREADS": "1"}
    )
    """Filters are computed by threads of librsvg's own: a process has one of them."""


class RawEngine(SealedEngine):
    """Shows the preview in a RAW file of a camera, or develops it, by LibRaw."""

    name = "raw"
    inside = "advthumb.engines.previews.raw.RawPhotos"
    environment = MappingProxyType({**_ONE_THREAD, "TZ": "UTC"})
    """Without a time zone, the C library would read that of the system for every date in a file."""


class VideoEngine(SealedEngine):
    """Shows a frame of a video, by FFmpeg."""

    name = "video"
    inside = "advthumb.engines.previews.video.VideoFrames"


class JxlEngine(SealedEngine):
    """Decodes JPEG XL."""

    name = "jxl"
    inside = "advthumb.engines.previews.jxl.JxlPictures"
    environment = _ONE_THREAD


__all__ = ["JxlEngine", "PdfEngine", "RawEngine", "SvgEngine", "VideoEngine"]
