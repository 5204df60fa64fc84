"""Detects what a file really is from its bytes. File names and content types are never used."""

import re
from collections.abc import Iterable

from .errors import ErrorCode, ThumbnailError
from .formats import ImageFormat

SNIFF_BYTES = 1024
"""The number of leading bytes that `sniff` checks."""

_MAGIC: tuple[tuple[int, bytes, ImageFormat], ...] = (
    (0, b"\xff\xd8\xff", ImageFormat.JPEG),
    (0, b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (0, b"GIF87a", ImageFormat.GIF),
    (0, b"GIF89a", ImageFormat.GIF),
    (8, b"WEBPVP8", ImageFormat.WEBP),
    (0, b"II*\x00", ImageFormat.TIFF),
    (0, b"MM\x00*", ImageFormat.TIFF),
    (0, b"II+\x00", ImageFormat.TIFF),
    (0, b"MM\x00+", ImageFormat.TIFF),
    (0, b"BM", ImageFormat.BMP),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", ImageFormat.JP2),
    (0, b"\xff\x4f\xff\x51", ImageFormat.JP2),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", ImageFormat.JXL),
    (0, b"\xff\x0a", ImageFormat.JXL),
    (0, b"\x00\x00\x01\x00", ImageFormat.ICO),
    (0, b"\x00\x00\x02\x00", ImageFormat.ICO),
    (0, b"8BPS", ImageFormat.PSD),
    (0, b"DDS ", ImageFormat.DDS),
    (0, b"SIMPLE  =", ImageFormat.FITS),
    (0, b"#?RADIANCE", ImageFormat.HDR),
    (0, b"#?RGBE", ImageFormat.HDR),
    (0, b"icns", ImageFormat.ICNS),
    (0, b"\x0a\x05\x01", ImageFormat.PCX),
    (0, b"qoif", ImageFormat.QOI),
    (0, b"\x01\xda", ImageFormat.SGI),
    (0, b"/* XPM */", ImageFormat.XPM),
    (0, b"\xd7\xcd\xc6\x9a", ImageFormat.WMF),
    (0, b"id=ImageMagick", ImageFormat.MIFF),
    (0, b"SDPX", ImageFormat.DPX),
    (0, b"XPDS", ImageFormat.DPX),
    (0, b"\x80\x2a\x5f\xd7", ImageFormat.CIN),
    (0, b"\x76\x2f\x31\x01", ImageFormat.EXR),
    (0, b"\x59\xa6\x6a\x95", ImageFormat.SUN),
    (0, b"gimp xcf ", ImageFormat.XCF),
    (522, b"\x00\x11\x02\xff\x0c\x00", ImageFormat.PICT),  # after 512 arbitrary bytes and a size
    # RAW files of cameras, except those that begin like a TIFF (`containers.tiff_raw`)
    (0, b"FUJIFILMCCD-RAW ", ImageFormat.RAW),
    (0, b"IIRO", ImageFormat.RAW),
    (0, b"IIRS", ImageFormat.RAW),
    (0, b"MMOR", ImageFormat.RAW),
    (0, b"IIU\x00", ImageFormat.RAW),
    (0, b"II\x1a\x00\x00\x00HEAPCCDR", ImageFormat.RAW),
    (0, b"\x00MRM", ImageFormat.RAW),
    (0, b"FOVb", ImageFormat.RAW),
    (4, b"ftypcrx ", ImageFormat.RAW),
    (0, b"\x1a\x45\xdf\xa3", ImageFormat.MATROSKA),
    (8, b"AVI LIST", ImageFormat.AVI),
    *((4, kind, ImageFormat.MP4) for kind in (b"moov", b"mdat", b"wide", b"free", b"skip")),
    (0, b"%PDF-", ImageFormat.PDF),
    (0, b"%!PS", ImageFormat.POSTSCRIPT),
    (0, b"\xc5\xd0\xd3\xc6", ImageFormat.POSTSCRIPT),
    *((0, b"P%d" % kind, ImageFormat.PNM) for kind in range(1, 8)),
)

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


_TGA_END = b"TRUEVISION-XFILE.\x00"
_XBM = re.compile(rb"#define\s+\w+_width\s+\d+\s+#define\s+\w+_height\s")


def sniff(data: bytes) -> ImageFormat | None:
    """Return the format of a file, or None if it is unknown.

    Args:
        data: The file, or its first `SNIFF_BYTES`. (A TGA is recognised only by its end.)
    """
    head, is_tga = data[:SNIFF_BYTES], data.endswith(_TGA_END)
    for offset, magic, image_format in _MAGIC:
        if head.startswith(magic, offset):
            # A colour TGA may begin with the same bytes as a cursor.
            return ImageFormat.TGA if image_format is ImageFormat.ICO and is_tga else image_format
    if is_tga:
        return ImageFormat.TGA
    if _XBM.search(head):
        return ImageFormat.XBM
    return _iso_media(head) or _markup(head)


def _iso_media(head: bytes) -> ImageFormat | None:
    """Distinguish AVIF, HEIC and video by the brands of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    # The major brand is at offset 8, a version number at 12, and compatible brands start at 16.
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, end - 3, 4)}
    if brands & _AVIF_BRANDS:
        return ImageFormat.AVIF
    return ImageFormat.HEIC if brands & _HEIC_BRANDS else ImageFormat.MP4


def _markup(head: bytes) -> ImageFormat | None:
    """Recognise text formats that some decoders act upon, so that the refusal can name them."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return ImageFormat.HTML
    if text.startswith((b"<?xml", b"<svg", b"<!doctype svg")):
        return ImageFormat.SVG if b"<svg" in text or b"doctype svg" in text else ImageFormat.XML
    return None


def admit(data: bytes, allowed: Iterable[ImageFormat] | None = None) -> ImageFormat:
    """Return the sniffed format of a file, if a decoder may see it.

    Args:
        data: The file.
        allowed: The formats on the allow-list; None for any.

    Raises:
        ThumbnailError: `corrupt` if the file is empty, `unsupported` if its format is not recognised or
            not allowed.
    """
    if not data:
        msg = "the source is empty"
        raise ThumbnailError(msg, ErrorCode.CORRUPT)
    found = sniff(data)
    if found is None:
        msg = f"the source is not an image: it starts with {data[:12]!r}"
        raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
    if allowed is not None and found not in frozenset(allowed):
        msg = f"{found} sources are not allowed; ADVANCE_THUMBNAIL_ALLOWED_FORMATS lists what is"
        raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
    return found
