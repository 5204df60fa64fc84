"""`engines.containers` and `engines.tiff`: headers, and what of a file a decoder gets to see."""

import struct
from io import BytesIO

import pytest
from PIL import Image

from advthumb.core.images import Size
from advthumb.core.orientation import Orientation
from advthumb.engines import containers
from advthumb.engines.containers import (
    ContainerError,
    announces_alpha,
    read_bmp,
    read_gif,
    read_jpeg,
    read_png,
    read_webp,
)
from advthumb.engines.tiff import read_tiff
from tests import pictures
from tests.pictures.png import GREY, chunk, header

READERS = {"JPEG": read_jpeg, "PNG": read_png, "GIF": read_gif, "WEBP": read_webp, "BMP": read_bmp}
readers = pytest.mark.parametrize("image_format", [*READERS, "TIFF"])


def read(image_format: str, data: bytes) -> object:
    return READERS.get(image_format, read_tiff)(data)


@readers
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (3, 1000)])
def test_the_size_is_found(image_format: str, size: tuple[int, int]) -> None:
    assert read(image_format, pictures.gradient(*size, image_format)).size == size


@readers
def test_every_cut_in_the_header_is_an_error_of_ours(image_format: str) -> None:
    """At every byte of the first 200: nothing else leaves."""
    data = pictures.gradient(64, 48, image_format)
    for length in range(12, 200):
        try:
            found = read(image_format, data[:length])
        except ContainerError:
            continue
        assert found.size == (64, 48)


@readers
@pytest.mark.parametrize("alpha", [False, True])
def test_alpha_is_found_where_pillow_finds_it(image_format: str, *, alpha: bool) -> None:
    colour = (200, 30, 30, 90) if alpha else (200, 30, 30)
    if image_format == "JPEG":
        colour = colour[:3]
    data = pictures.plain(8, 8, colour, image_format)
    with Image.open(BytesIO(data)) as image:
        assert read(image_format, data).has_alpha == image.has_transparency_data


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", Orientation)
def test_the_orientation_is_found(image_format: str, orientation: Orientation) -> None:
    assert read(image_format, pictures.oriented(orientation, image_format)).orientation is orientation


# JPEG


@pytest.mark.parametrize("lost", [1, 2, 3, 100, 1000])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_is_broken(lost: int, *, progressive: bool) -> None:
    """PITFALLS 2.6: ImageMagick paints the rest grey, and says nothing."""
    data = pictures.encode(pictures.noise_pixels(96, 96), "JPEG", progressive=progressive)
    with pytest.raises(ContainerError, match="ends before its pixels do"):
        read_jpeg(data[:-lost])


def test_the_end_of_a_preview_is_not_that_of_its_jpeg() -> None:
    preview = pictures.plain(16, 16)
    exif = b"Exif\x00\x00" + pictures.orientation_exif(6) + preview
    data = pictures.encode(pictures.noise_pixels(96, 96), "JPEG", exif=exif)
    assert preview in data
    found = read_jpeg(data)
    assert (found.size, found.orientation) == ((96, 96), Orientation.ROTATE_90)
    with pytest.raises(ContainerError):
        read_jpeg(data[:-2])


def test_a_trailer_does_not_hide_the_end() -> None:
    assert read_jpeg(pictures.plain(16, 16) + pictures.TEXT).size == (16, 16)


@pytest.mark.parametrize("between", [b"\xff" * 9, b"rubbish", b"\xff\x00\xff\x01"])
def test_what_lies_between_segments_is_skipped(between: bytes) -> None:
    data = pictures.gradient(64, 48, "JPEG")
    at = data.index(b"\xff\xdb")
    assert read_jpeg(data[:at] + between + data[at:]).size == (64, 48)


def test_pixels_before_their_size_are_broken() -> None:
    with pytest.raises(ContainerError, match="before their size"):
        read_jpeg(b"\xff\xd8\xff\xda\x00\x02" + bytes(20) + b"\xff\xd9")


# PNG


def test_a_png_keeps_what_makes_pixels() -> None:
    """Texts are never unpacked, frames never read, times never written."""
    found = read_png(pictures.with_metadata("PNG"))
    names = [name for name, *_ in containers._png_chunks(found.data)]
    assert set(names) == {b"IHDR", b"iCCP", b"IDAT", b"IEND"}
    moving = read_png(pictures.animated("PNG"))
    assert {name for name, *_ in containers._png_chunks(moving.data)} <= {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(BytesIO(moving.data)) as image:
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize("name", ["png text", "png profile"])
def test_a_bomb_in_a_chunk_is_broken(name: str) -> None:
    """PITFALLS 2.3: 580 MB for a few kilobytes."""
    with pytest.raises(ContainerError, match="unpacks to more than 1048576 bytes"):
        read_png(pictures.BOMBS[name]())


def test_a_text_that_does_not_unpack_is_nothing_to_care_about() -> None:
    data = pictures.plain(8, 8, (9,), "PNG")
    at = data.index(b"IDAT") - 4
    assert read_png(data[:at] + chunk(b"zTXt", b"a\0\0rubbish") + data[at:]).size == (8, 8)


def test_a_png_without_pixels_is_broken() -> None:
    with pytest.raises(ContainerError, match="no pixels"):
        read_png(header(8, 8, 8, GREY) + chunk(b"IEND", b""))


def test_bits_of_a_transparent_colour_beyond_the_picture_s_mean_nothing() -> None:
    """Of 1-bit grey, 255 is 1 (PNG 11.3.2.1); ImageMagick would compare the whole number."""
    data = pictures.low_bit_grey_png(1, 0, 1, transparent=255)
    assert chunk(b"tRNS", b"\x00\x01") in read_png(data).data


# GIF, WebP


def gif(canvas: tuple[int, int], at: tuple[int, int], size: tuple[int, int]) -> bytes:
    """Return a GIF whose first picture is a part of its canvas."""
    data = pictures.plain(*size, (200, 30, 30), "GIF")
    frame = data.index(b"\x2c" + struct.pack("<HHHH", 0, 0, *size))
    placed = b"\x2c" + struct.pack("<HHHH", *at, *size)
    return data[:6] + struct.pack("<HH", *canvas) + data[10:frame] + placed + data[frame + 9 :]


def test_a_gif_is_as_large_as_its_canvas() -> None:
    found = read_gif(gif((50, 40), (5, 6), (20, 10)))
    assert (found.size, found.offset) == ((50, 40), (5, 6))


def test_a_canvas_that_is_too_small_is_enlarged() -> None:
    assert read_gif(gif((10, 10), (5, 6), (20, 10))).size == (25, 16)


@pytest.mark.parametrize("data", [b"GIF89a" + bytes(7) + b"\x3b", b"GIF89a" + bytes(7) + b"\x00"])
def test_a_gif_without_a_picture_is_broken(data: bytes) -> None:
    with pytest.raises(ContainerError, match="no pixels"):
        read_gif(data)


@pytest.mark.parametrize("alpha", [False, True])
def test_of_an_animated_webp_the_first_picture_is_kept(*, alpha: bool) -> None:
    """With its profile and its alpha; the size is that of the canvas."""
    colours = [(200, 30, 30, 128), (30, 30, 200, 255)] if alpha else [(200, 30, 30), (30, 30, 200)]
    frames = [pictures.as_image(pictures.plain_pixels(40, 30, colour)) for colour in colours]
    options = {"append_images": frames[1:], "save_all": True, "icc_profile": pictures.P3.icc}
    data = pictures.save(frames[0], "WEBP", **options)
    found = read_webp(data)
    assert (found.size, found.has_alpha, found.offset) == ((40, 30), alpha, (0, 0))
    assert len(found.data) < len(data)
    with Image.open(BytesIO(found.data)) as image:
        assert (image.n_frames, image.size) == (1, (40, 30))
        assert image.info["icc_profile"] == pictures.P3.icc
        assert image.convert("RGBA").getpixel((20, 15)) == (200, 30, 30, 128 if alpha else 255)


def test_a_picture_of_an_animated_webp_may_be_a_part_of_it() -> None:
    data = bytearray(pictures.animated("WEBP"))
    frame = data.index(b"ANMF") + 8
    data[frame : frame + 6] = (3).to_bytes(3, "little") + (5).to_bytes(3, "little")
    assert read_webp(bytes(data)).offset == (6, 10)


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_without_an_extended_header(*, lossless: bool) -> None:
    data = pictures.save(pictures.as_image(pictures.plain_pixels(301, 199)), "WEBP", lossless=lossless)
    assert b"VP8X" not in data
    assert (read_webp(data).size, read_webp(data).has_alpha) == ((301, 199), False)


# BMP, AVIF, HEIC


def test_the_oldest_bmp_has_a_short_header() -> None:
    assert read_bmp(b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 30, 20, 1, 24)).size == Size(30, 20)


def test_a_bmp_may_be_upside_down() -> None:
    info = struct.pack("<IiiHHIIiiII", 40, 30, -20, 1, 24, 0, 0, 0, 0, 0, 0)
    assert read_bmp(b"BM" + bytes(12) + info).size == Size(30, 20)


@pytest.mark.parametrize("image_format", ["AVIF", "HEIC"])
def test_an_alpha_plane_is_announced(image_format: str) -> None:
    assert announces_alpha(pictures.plain(64, 64, (200, 30, 30, 90), image_format))
    assert not announces_alpha(pictures.plain(64, 64, (200, 30, 30), image_format))


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x10ftypavif\0\0\0\0", b"\0\0\0\x00ftypavif\0\0\0\0"])
def test_what_announces_nothing_has_no_alpha(data: bytes) -> None:
    assert not announces_alpha(data)


# TIFF


def test_a_tiff_says_how_deep_it_is() -> None:
    assert read_tiff(pictures.save(Image.new("F", (8, 8)), "TIFF")).bits == 32
    assert read_tiff(pictures.save(Image.new("1", (8, 8)), "TIFF")).bits == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "CMYK"])
def test_the_alpha_of_a_tiff_is_an_extra_sample(mode: str) -> None:
    assert read_tiff(pictures.save(Image.new(mode, (8, 8)), "TIFF")).has_alpha == mode.endswith("A")


@pytest.mark.parametrize("big", [False, True])
def test_a_big_tiff_is_a_tiff(*, big: bool) -> None:
    found = read_tiff(pictures.save(Image.new("RGB", (30, 20)), "TIFF", big_tiff=big))
    assert found.size == (30, 20)


def test_a_big_endian_tiff() -> None:
    entries = [(256, 4, 30), (257, 4, 20), (273, 4, 8), (278, 4, 20), (279, 4, 8), (274, 3, 6)]
    assert read_tiff(pictures.exif_directory(entries, ">")).orientation is Orientation.ROTATE_90


def test_tiles_that_are_missing_are_noticed() -> None:
    entries = [(256, 4, 100), (257, 4, 100), (322, 4, 64), (323, 4, 64), (324, 4, 8)]
    with pytest.raises(ContainerError, match="1 strips are listed where 4 are needed"):
        read_tiff(pictures.exif_directory(entries))


@pytest.mark.parametrize(
    ("entries", "told"),
    [([], "tag 256 is missing"), ([(256, 4, 9)], "tag 257"), ([(256, 4, 9), (257, 4, 9)], "0 strips")],
)
def test_a_directory_that_lacks_something_is_broken(entries: list[tuple[int, int, int]], told: str) -> None:
    with pytest.raises(ContainerError, match=told):
        read_tiff(pictures.exif_directory(entries))


def test_an_old_jpeg_in_a_tiff_is_named() -> None:
    entries = [(256, 4, 9), (257, 4, 9), (259, 3, 6), (273, 4, 8)]
    assert read_tiff(pictures.exif_directory(entries)).old_jpeg


def test_what_is_no_tiff_is_broken() -> None:
    with pytest.raises(ContainerError, match="no byte order"):
        read_tiff(pictures.TEXT)
