"""The names of each format in browsers and file systems: its media type and its file extensions."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from .formats import ImageFormat


class MediaType(NamedTuple):
    """The names of a format outside this package.

    Attributes:
        name: The media type, as in a `Content-Type` header.
        extensions: The file extensions in lower case with their dot, the usual one first.
    """

    name: str
    extensions: tuple[str, ...]


_RAW = (
    *(".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".orf", ".rw2", ".raw", ".raf"),
    *(".pef", ".srw", ".x3f", ".mrw", ".kdc", ".dcr", ".erf", ".mef", ".mos", ".iiq", ".3fr", ".rwl"),
)

MEDIA_TYPES: Mapping[ImageFormat, MediaType] = MappingProxyType(
    {
        ImageFormat.JPEG: MediaType("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif")),
        ImageFormat.PNG: MediaType("image/png", (".png", ".apng")),
        ImageFormat.WEBP: MediaType("image/webp", (".webp",)),
        ImageFormat.AVIF: MediaType("image/avif", (".avif", ".avifs")),
        ImageFormat.GIF: MediaType("image/gif", (".gif",)),
        ImageFormat.TIFF: MediaType("image/tiff", (".tif", ".tiff")),
        ImageFormat.BMP: MediaType("image/bmp", (".bmp", ".dib")),
        ImageFormat.HEIC: MediaType("image/heic", (".heic", ".heif", ".hif", ".heics", ".heifs")),
        ImageFormat.JP2: MediaType("image/jp2", (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx")),
        ImageFormat.JXL: MediaType("image/jxl", (".jxl",)),
        ImageFormat.ICO: MediaType("image/vnd.microsoft.icon", (".ico", ".cur")),
        ImageFormat.PSD: MediaType("image/vnd.adobe.photoshop", (".psd", ".psb")),
        ImageFormat.DDS: MediaType("image/vnd-ms.dds", (".dds",)),
        ImageFormat.DPX: MediaType("image/x-dpx", (".dpx",)),
        ImageFormat.CIN: MediaType("image/x-cineon", (".cin",)),
        ImageFormat.EXR: MediaType("image/x-exr", (".exr",)),
        ImageFormat.FITS: MediaType("image/fits", (".fits", ".fit", ".fts")),
        ImageFormat.HDR: MediaType("image/vnd.radiance", (".hdr", ".pic")),
        ImageFormat.ICNS: MediaType("image/x-icns", (".icns",)),
        ImageFormat.PCX: MediaType("image/x-pcx", (".pcx",)),
        ImageFormat.PICT: MediaType("image/x-pict", (".pict", ".pct")),
        ImageFormat.PNM: MediaType("image/x-portable-anymap", (".pnm", ".ppm", ".pgm", ".pbm", ".pam")),
        ImageFormat.QOI: MediaType("image/qoi", (".qoi",)),
        ImageFormat.SGI: MediaType("image/x-sgi", (".sgi", ".rgb", ".rgba", ".bw")),
        ImageFormat.SUN: MediaType("image/x-sun-raster", (".ras", ".sun")),
        ImageFormat.TGA: MediaType("image/x-tga", (".tga", ".icb", ".vda", ".vst")),
        ImageFormat.XBM: MediaType("image/x-xbitmap", (".xbm",)),
        ImageFormat.XCF: MediaType("image/x-xcf", (".xcf",)),
        ImageFormat.XPM: MediaType("image/x-xpixmap", (".xpm",)),
        ImageFormat.WMF: MediaType("image/wmf", (".wmf",)),
        ImageFormat.MIFF: MediaType("image/x-miff", (".miff", ".mif")),
        ImageFormat.RAW: MediaType("image/x-dcraw", _RAW),
        ImageFormat.SVG: MediaType("image/svg+xml", (".svg",)),
        ImageFormat.XML: MediaType("application/xml", (".xml",)),
        ImageFormat.HTML: MediaType("text/html", (".html", ".htm")),
        ImageFormat.PDF: MediaType("application/pdf", (".pdf",)),
        ImageFormat.POSTSCRIPT: MediaType("application/postscript", (".ps", ".eps")),
        ImageFormat.MP4: MediaType("video/mp4", (".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2")),
        ImageFormat.MATROSKA: MediaType("video/x-matroska", (".mkv", ".webm")),
        ImageFormat.AVI: MediaType("video/x-msvideo", (".avi",)),
    }
)
"""The media type of every format. If a browser does not know the type of a file, it uses the extension."""

_MORE = MappingProxyType(
    {
        ImageFormat.HEIC: ("image/heif",),
        ImageFormat.MP4: ("video/quicktime",),
        ImageFormat.MATROSKA: ("video/webm",),
    }
)
"""Further media types that browsers use for files of a format."""


def extensions(formats: Iterable[ImageFormat]) -> tuple[str, ...]:
    """Return the file extensions of these formats, in lower case with their dot."""
    return tuple(extension for each in formats for extension in MEDIA_TYPES[each].extensions)


def accept(formats: Iterable[ImageFormat]) -> str:
    """Return the `accept` attribute of an `<input type="file">` that offers files of these formats.

    It contains both media types and extensions, because some systems know only one of the two.
    """
    words: list[str] = []
    for each in formats:
        words += (MEDIA_TYPES[each].name, *_MORE.get(each, ()), *MEDIA_TYPES[each].extensions)
    return ",".join(words)
