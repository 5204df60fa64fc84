"""The formats of which each engine makes thumbnails, for the page on choosing one.

`python -m tests.engines.format_table` tries the engines on this machine and writes the result into
`docs/engines.md`. All libraries must be installed.
"""

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.diagnosis.trials import report
from advthumb.engines.registry import ALIASES, PREVIEWS

PAGE = Path(__file__).parents[2] / "docs" / "engines.md"
_BEGIN, _END = (f"<!-- formats: {what} -->\n" for what in ("written by tests/engines/format_table.py", "end"))

KINDS: Mapping[ImageFormat, tuple[str, ...]] = {
    ImageFormat.JPEG: ("JPEG (`.jpg`, `.jpeg`)",),
    ImageFormat.PNG: ("PNG (`.png`)", "Animated PNG (`.apng`)"),
    ImageFormat.WEBP: ("WebP (`.webp`)",),
    ImageFormat.GIF: ("GIF (`.gif`)",),
    ImageFormat.AVIF: ("AVIF (`.avif`)",),
    ImageFormat.HEIC: ("HEIC, HEIF (`.heic`, `.heif`)",),
    ImageFormat.TIFF: ("TIFF, BigTIFF (`.tif`), [by layout](tiff.md)",),
    ImageFormat.BMP: ("BMP (`.bmp`)",),
    ImageFormat.JXL: ("JPEG XL (`.jxl`)",),
    ImageFormat.JP2: ("JPEG 2000 (`.jp2`)", "JPEG 2000 codestream (`.j2k`)"),
    ImageFormat.PSD: ("Photoshop (`.psd`)", "Photoshop, large (`.psb`)"),
    ImageFormat.XCF: ("GIMP (`.xcf`)",),
    ImageFormat.ICO: ("Windows icon (`.ico`)", "Windows cursor (`.cur`)"),
    ImageFormat.ICNS: ("Apple icon (`.icns`)",),
    ImageFormat.TGA: ("Targa, version 2 (`.tga`)",),
    ImageFormat.DDS: ("DirectDraw surface (`.dds`)",),
    ImageFormat.PCX: ("PC Paintbrush (`.pcx`)",),
    ImageFormat.PNM: (
        "Portable bitmap (`.pbm`)",
        "Portable graymap (`.pgm`)",
        "Portable pixmap (`.ppm`)",
        "Portable arbitrary map (`.pam`)",
    ),
    ImageFormat.QOI: ("QOI (`.qoi`)",),
    ImageFormat.SGI: ("SGI (`.sgi`, `.rgb`)",),
    ImageFormat.SUN: ("Sun raster (`.ras`)",),
    ImageFormat.XPM: ("X pixmap (`.xpm`)",),
    ImageFormat.XBM: ("X bitmap (`.xbm`)",),
    ImageFormat.PICT: ("QuickDraw picture (`.pict`)",),
    ImageFormat.MIFF: ("ImageMagick's own (`.miff`)",),
    ImageFormat.HDR: ("Radiance (`.hdr`)",),
    ImageFormat.EXR: ("OpenEXR (`.exr`)",),
    ImageFormat.DPX: ("DPX (`.dpx`)",),
    ImageFormat.CIN: ("Cineon (`.cin`)",),
    ImageFormat.FITS: ("FITS (`.fits`)",),
    ImageFormat.SVG: ("SVG (`.svg`)",),
    ImageFormat.PDF: ("PDF (`.pdf`)",),
    ImageFormat.RAW: (
        "RAW: DNG (`.dng`)",
        "RAW: Canon (`.cr2`, `.cr3`, `.crw`)",
        "RAW: Nikon (`.nef`)",
        "RAW: Sony (`.arw`)",
        "RAW: Fujifilm (`.raf`)",
        "RAW: Olympus, Panasonic, Pentax (`.orf`, `.rw2`, `.pef`)",
    ),
    ImageFormat.MP4: ("MP4, M4V, 3GP (`.mp4`)", "QuickTime (`.mov`)"),
    ImageFormat.MATROSKA: ("Matroska (`.mkv`)", "WebM (`.webm`)"),
    ImageFormat.AVI: ("AVI (`.avi`)",),
    ImageFormat.POSTSCRIPT: ("PostScript (`.ps`, `.eps`)",),
    ImageFormat.WMF: ("Windows metafile (`.wmf`)",),
    ImageFormat.HTML: ("HTML",),
    ImageFormat.XML: ("other XML",),
}
"""Files that people upload, by their sniffed format."""


def table() -> str:
    """Return the table of what the engines on this machine can do."""
    reports = {alias: report(alias, alias) for alias in [*ALIASES, *PREVIEWS]}
    if lacking := [each.problem for each in reports.values() if each.problem]:
        raise RuntimeError(" ".join(lacking))
    head = ["", *(f"`{alias}`" for alias in ALIASES), "preview"]
    lines = [_line(head), _line(["---"] * len(head))]
    for image_format, kinds in KINDS.items():
        read = {alias: image_format in each.reads for alias, each in reports.items()}
        cells = [_cell(alias, image_format, reads=read[alias]) for alias in ALIASES]
        previews = [
            f"`{alias}`" for alias in PREVIEWS if read[alias] and image_format is not ImageFormat.TIFF
        ]
        lines += [_line([kind, *cells, *(previews or ["-"])]) for kind in kinds]
    return "\n".join(lines) + "\n"


def _cell(alias: str, image_format: ImageFormat, *, reads: bool) -> str:
    anywhere = image_format in SAFE_FORMATS or alias == "imagemagick"
    return "-" if not reads else "yes" if anywhere else "if allowed"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def written(page: str) -> str:
    """Return the table that is in a page."""
    return page.partition(_BEGIN)[2].partition(_END)[0]


if __name__ == "__main__":
    settings.configure()
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}{table()}{_END}{rest.partition(_END)[2]}", "utf-8")
