"""Engines for files that are not pictures, or that need a separate library. Each shows one picture of a file.

They render only in sealed processes. There, the module with the name of the engine imports its library. The
decoded picture is scaled and written as in any other engine.
"""

from pathlib import Path
from types import MappingProxyType

from advthumb.engines.isolation import SealedEngine

_ONE_THREAD = MappingProxyType({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
"""For numpy and libraries with OpenMP: one thread each, because several processes render at once."""


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
    """librsvg computes filters in separate threads; each process gets one of them."""


class RawEngine(SealedEngine):
    """Shows the preview in a RAW file of a camera, or develops it, by LibRaw."""

    name = "raw"
    inside = "advthumb.engines.previews.raw.RawPhotos"
    environment = MappingProxyType({**_ONE_THREAD, "TZ": "UTC"})
    """Without a time zone, the C library would read the file of the system's time zone for every date."""


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
