"""Files with every kind of metadata that a photo can contain about its owner."""

import struct
from functools import cache

from PIL import Image
from PIL.ExifTags import IFD

from .files import as_image, save
from .oriented import exif_directory
from .pixels import gradient_pixels
from .png import chunk
from .profiles import P3

SECRETS = (
    b"SECRET-CAMERA", b"SECRET-PLACE", b"SECRET-XMP", b"SECRET-IPTC", b"SECRET-COMMENT", b"SECRET-TRAILER",
    b"SECRET-TEXT",
)  # fmt: skip
"""Byte strings that no thumbnail may contain."""

TRACES = (
    b"Exif", b"EXIF", b"eXIf", b"GPS", b"http://ns.adobe.com", b"XMP", b"x:xmpmeta", b"Photoshop", b"8BIM",
    b"ICC_PROFILE", b"iCCP", b"ICCP", b"acsp", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"xml", b"prof",
)  # fmt: skip
"""The marks that announce metadata in each format. In a small file, 4 bytes hardly occur by chance."""

METADATA_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "HEIC")

_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>SECRET-XMP</a></x:xmpmeta>'


def camera_exif() -> bytes:
    """Return EXIF with a camera, the location of its owner in the GPS directory, and orientation 1."""
    exif = Image.Exif()
    exif[0x0112] = 1
    exif[0x010F] = "SECRET-CAMERA"
    place = exif.get_ifd(IFD.GPSInfo)
    place[1], place[2] = "N", (52.0, 31.0, 12.0)
    place[29] = "SECRET-PLACE"
    return exif.tobytes()


@cache
def with_metadata(image_format: str) -> bytes:
    """Return a picture with EXIF, GPS, XMP, IPTC, profile, comment and trailer, if its format has them."""
    image = as_image(gradient_pixels(120, 90))
    common = {"exif": camera_exif(), "icc_profile": P3.icc, "xmp": _XMP}
    if image_format == "JPEG":
        data = save(image, "JPEG", comment=b"SECRET-COMMENT", **common)
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x10\x1c\x02\x50\x00\x0bSECRET-IPTC"
        segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
        data = data[:2] + segment + data[2:]
    elif image_format == "PNG":
        data = _png_with_texts(save(image, "PNG", exif=camera_exif(), icc_profile=P3.icc))
    elif image_format == "GIF":
        data = save(image, "GIF", comment=b"SECRET-COMMENT")
    elif image_format == "TIFF":
        data = save(image, "TIFF", icc_profile=P3.icc, artist="SECRET-CAMERA", description="SECRET-COMMENT")
    else:
        data = save(image, image_format, **common)
    return data + b"SECRET-TRAILER"


def _png_with_texts(data: bytes) -> bytes:
    texts = [
        (b"tEXt", b"Comment\x00SECRET-TEXT"),
        (b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + _XMP),
        (b"tIME", struct.pack(">H5B", 2020, 1, 2, 3, 4, 5)),
    ]
    at = data.index(b"IDAT") - 4
    return data[:at] + b"".join(chunk(*text) for text in texts) + data[at:]


def broken_exif_jpeg() -> bytes:
    """Return a good JPEG whose EXIF points outside of itself."""
    exif = bytearray(exif_directory([(0x010F, 2, 10**6), (0x8769, 4, 0xFFFF_FFF0)]))
    return save(as_image(gradient_pixels(120, 90)), "JPEG", exif=b"Exif\x00\x00" + bytes(exif))
