"""`core.sniffing`: formats are recognised by their first bytes, and others refused (promise 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import OUTPUTS, SAFE_FORMATS, ImageFormat
from advthumb.core.sniffing import (
    SNIFF_BYTES,
    admit,
    sniff,
)
from tests import pictures

HEADS: dict[bytes, ImageFormat | None] = {
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00": ImageFormat.JPEG,
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR": ImageFormat.PNG,
    b"GIF87a\x01\x00\x01\x00": ImageFormat.GIF,
    b"GIF89a\x01\x00\x01\x00": ImageFormat.GIF,
    b"RIFF\x24\x00\x00\x00WEBPVP8 ": ImageFormat.WEBP,
    b"RIFF\x24\x00\x00\x00WEBPVP8L": ImageFormat.WEBP,
    b"RIFF\x24\x00\x00\x00WEBPVP8X": ImageFormat.WEBP,
    b"II*\x00\x08\x00\x00\x00": ImageFormat.TIFF,
    b"MM\x00*\x00\x00\x00\x08": ImageFormat.TIFF,
    b"II+\x00\x08\x00\x00\x00": ImageFormat.TIFF,
    b"MM\x00+\x00\x08\x00\x00": ImageFormat.TIFF,
    b"BM\x36\x00\x00\x00": ImageFormat.BMP,
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": ImageFormat.JP2,
    b"\xff\x4f\xff\x51\x00\x2f": ImageFormat.JP2,
    b"\x00\x00\x00\x0cJXL \r\n\x87\n": ImageFormat.JXL,
    b"\xff\x0a\xfa\x1f": ImageFormat.JXL,
    b"\x00\x00\x01\x00\x01\x00": ImageFormat.ICO,
    b"\x00\x00\x02\x00\x01\x00": ImageFormat.ICO,
    b"8BPS\x00\x01": ImageFormat.PSD,
    b"DDS \x7c\x00": ImageFormat.DDS,
    b"SIMPLE  =                    T": ImageFormat.FITS,
    b"#?RADIANCE\n": ImageFormat.HDR,
    b"#?RGBE\n": ImageFormat.HDR,
    b"icns\x00\x00": ImageFormat.ICNS,
    b"\x0a\x05\x01\x08": ImageFormat.PCX,
    b"P6\n9 9\n255\n": ImageFormat.PNM,
    b"P1\n9 9\n": ImageFormat.PNM,
    b"qoif\x00\x00": ImageFormat.QOI,
    b"\x01\xda\x01\x01": ImageFormat.SGI,
    b"/* XPM */\nstatic": ImageFormat.XPM,
    b"\xd7\xcd\xc6\x9a\x00": ImageFormat.WMF,
    b"id=ImageMagick version=1.0": ImageFormat.MIFF,
    b"P7\nWIDTH 9\n": ImageFormat.PNM,
    b"SDPX\x00\x00\x08\x00": ImageFormat.DPX,
    b"XPDS\x00\x08\x00\x00": ImageFormat.DPX,
    b"\x80\x2a\x5f\xd7\x00": ImageFormat.CIN,
    b"\x76\x2f\x31\x01\x02": ImageFormat.EXR,
    b"\x59\xa6\x6a\x95\x00": ImageFormat.SUN,
    b"gimp xcf file\x00": ImageFormat.XCF,
    bytes(522) + b"\x00\x11\x02\xff\x0c\x00": ImageFormat.PICT,
    b"#define a_width 9\n#define a_height 9\n": ImageFormat.XBM,
    b"/* drawn by hand */\n#define a_width 9\n#define a_height 9\n": ImageFormat.XBM,
    b"FUJIFILMCCD-RAW 0201": ImageFormat.RAW,
    b"IIRO\x08\x00": ImageFormat.RAW,
    b"IIRS\x08\x00": ImageFormat.RAW,
    b"MMOR\x00\x00": ImageFormat.RAW,
    b"IIU\x00\x18\x00": ImageFormat.RAW,
    b"II\x1a\x00\x00\x00HEAPCCDR": ImageFormat.RAW,
    b"\x00MRM\x00\x01": ImageFormat.RAW,
    b"FOVb\x00": ImageFormat.RAW,
    b"\x1a\x45\xdf\xa3\x01": ImageFormat.MATROSKA,
    b"RIFF\x24\x00\x00\x00AVI LIST": ImageFormat.AVI,
    b"\x00\x00\x00\x08wide\x00": ImageFormat.MP4,
    b"#define a_height 9\n": None,
    b"%PDF-1.7\n": ImageFormat.PDF,
    b"%!PS-Adobe-3.0": ImageFormat.POSTSCRIPT,
    b"\xc5\xd0\xd3\xc6\x20\x00": ImageFormat.POSTSCRIPT,
    b"<!DOCTYPE html><html>": ImageFormat.HTML,
    b"\n  <html><img src=x>": ImageFormat.HTML,
    b"<svg xmlns='http://www.w3.org/2000/svg'/>": ImageFormat.SVG,
    b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>": ImageFormat.SVG,
    b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC": ImageFormat.SVG,
    b"<!doctype svg>": ImageFormat.SVG,
    b"<?xml version='1.0'?><msl/>": ImageFormat.XML,
    b"": None,
    b"Dear support": None,
    b"RIFF\x24\x00\x00\x00WAVEfmt ": None,
    b"\xff\xd8": None,
    b"<b>bold</b>": None,
}


def iso_media(major: bytes, *compatible: bytes) -> bytes:
    brands = b"".join(compatible)
    return (16 + len(brands)).to_bytes(4, "big") + b"ftyp" + major + bytes(4) + brands


@pytest.mark.parametrize(("head", "expected"), HEADS.items(), ids=lambda each: repr(each)[:30])
def test_a_format_is_recognised_by_its_first_bytes(head: bytes, expected: ImageFormat | None) -> None:
    assert sniff(head) is expected


@pytest.mark.parametrize("image_format", pictures.RASTER_FORMATS)
def test_real_files_are_recognised(image_format: str) -> None:
    assert sniff(pictures.gradient(image_format=image_format)) is ImageFormat(image_format)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (iso_media(b"avif", b"mif1"), ImageFormat.AVIF),
        (iso_media(b"avis"), ImageFormat.AVIF),
        (iso_media(b"mif1", b"miaf", b"avif"), ImageFormat.AVIF),
        (iso_media(b"heic", b"mif1"), ImageFormat.HEIC),
        (iso_media(b"mif1", b"heic"), ImageFormat.HEIC),
        (iso_media(b"msf1", b"hevc"), ImageFormat.HEIC),
        (iso_media(b"isom", b"mp42"), ImageFormat.MP4),
        (iso_media(b"isom") + b"avif", ImageFormat.MP4),  # after the box, so not one of its brands
        (b"\xff\xff\xff\xff" + iso_media(b"isom", b"avif")[4:], ImageFormat.AVIF),
        (b"\x00\x00\x00\x00" + iso_media(b"isom", b"avif")[4:], ImageFormat.MP4),
        (iso_media(b"crx ", b"isom"), ImageFormat.RAW),
    ],
    ids=repr,
)
def test_avif_heic_and_video_are_told_apart_by_the_brands(head: bytes, expected: ImageFormat | None) -> None:
    assert sniff(head) is expected


@given(st.binary(max_size=SNIFF_BYTES))
def test_any_bytes_are_a_known_format_or_none(head: bytes) -> None:
    assert sniff(head) in {None, *ImageFormat}


@given(st.sampled_from(sorted(HEADS)), st.binary(max_size=40))
def test_later_bytes_never_change_the_raster_format(head: bytes, rest: bytes) -> None:
    known = HEADS[head]
    if known in SAFE_FORMATS:
        assert sniff(head + rest) is known


@pytest.mark.parametrize("image_format", OUTPUTS)
def test_an_allowed_format_is_admitted(image_format: ImageFormat) -> None:
    data = pictures.gradient(image_format=image_format.value)
    assert admit(data) is admit(data, [image_format]) is image_format


def test_a_tga_is_recognised_by_its_footer() -> None:
    data = bytes(5000) + b"TRUEVISION-XFILE.\x00"
    assert admit(data) is ImageFormat.TGA
    assert sniff(data[:-1]) is None
    assert sniff(b"GIF89a" + data) is ImageFormat.GIF


def test_an_empty_file_is_corrupt() -> None:
    with pytest.raises(ThumbnailError, match="empty") as caught:
        admit(b"", SAFE_FORMATS)
    assert caught.value.code is ErrorCode.CORRUPT


@pytest.mark.parametrize("name", pictures.UNSUPPORTED)
def test_a_file_that_is_not_a_picture_is_refused_whatever_its_name(name: str) -> None:
    with pytest.raises(ThumbnailError) as caught:
        admit(pictures.UNSUPPORTED[name], SAFE_FORMATS)
    assert caught.value.code is ErrorCode.UNSUPPORTED


def test_a_refusal_names_what_was_found() -> None:
    with pytest.raises(ThumbnailError, match="it starts with b'Dear support'"):
        admit(pictures.TEXT, SAFE_FORMATS)
    with pytest.raises(ThumbnailError, match="POSTSCRIPT sources are not allowed; ADVANCE_THUMBNAIL_ALLOWED"):
        admit(pictures.EPS, SAFE_FORMATS)


def test_a_known_format_not_on_the_list_is_refused() -> None:
    with pytest.raises(ThumbnailError, match="GIF sources are not allowed") as caught:
        admit(b"GIF89a", [ImageFormat.JPEG])
    assert caught.value.code is ErrorCode.UNSUPPORTED


def test_the_safe_formats_are_raster_formats_and_include_every_output() -> None:
    assert {each.value for each in SAFE_FORMATS} == {*pictures.RASTER_FORMATS, "HEIC"}
    assert set(OUTPUTS) < SAFE_FORMATS
