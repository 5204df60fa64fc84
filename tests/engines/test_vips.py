"""Tests for the vips engine alone, above all for what libvips does on its own (PITFALLS 1)."""

import gc
import logging
import sys

import numpy as np
import pytest

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Encoding, Size
from advthumb.core.samples import Samples
from advthumb.engines import registry
from advthumb.testing.contract.rendering import assert_close, middle, opened, probe, render, rgb, rgba, wanted
from tests import pictures

from .conftest import REQUIRED

if "vips" in REQUIRED:
    import pyvips
else:
    pyvips = pytest.importorskip("pyvips", exc_type=ImportError)

from advthumb.engines.vips import VipsEngine, files


@pytest.fixture
def engine() -> VipsEngine:
    """Return a new engine."""
    return VipsEngine()


# PITFALLS 1.1

LOADERS = {
    "JPEG": "jpegload_buffer",
    "PNG": "pngload_buffer",
    "WEBP": "webpload_buffer",
    "TIFF": "tiffload_buffer",
}


@pytest.mark.parametrize("source_format", ["JPEG", "PNG"])
def test_a_half_picture_that_libvips_would_show_is_refused(engine: VipsEngine, source_format: str) -> None:
    """Clause 9: what `fail_on` is for; the contract suite cuts every format in three places."""
    whole, cut = pictures.truncated(source_format, 1), pictures.truncated(source_format)
    half = getattr(pyvips.Image, LOADERS[source_format])(cut).copy_memory()
    assert (half.width, half.height) == (96, 96)
    with pytest.raises(pyvips.Error):
        engine._decode(cut, probe(engine, whole), Size(96, 96)).copy_memory()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_pictures_are_converted_at_16_bits(engine: VipsEngine, channels: int) -> None:
    """Clause 3: in linear light, the darks have no 8 bits to lose."""
    samples = np.full((40, 40, channels), 386, np.uint16)
    if channels % 2 == 0:
        samples[:, :, -1] = 100 * 257
    profile = pictures.grey_profile() if channels < 3 else pictures.RGBProfile(pictures.P3.primaries, 1.0).icc
    found = middle(rgba(render(engine, pictures.png16(samples, profile=profile))))
    assert_close(found[:3], [pictures.grey_in_srgb(386 / 257)] * 3, 1)
    assert found[3] == (255 if channels % 2 else 100)


# PITFALLS 1.3, 1.4 and 1.5


def test_the_operation_cache_is_off(engine: VipsEngine) -> None:
    """It would keep pictures in memory, and return stale ones for files replaced in place."""
    pyvips.cache_set_max(100)
    made = VipsEngine()
    render(made, pictures.gradient())
    assert (pyvips.cache_get_max(), pyvips.cache_get_size()) == (0, 0)


def test_untrusted_loaders_are_blocked(engine: VipsEngine) -> None:
    """Clause 16: in case anything ever names one; we choose loaders by the sniffed format."""
    if not pyvips.type_find("VipsOperation", "svgload_buffer"):
        pytest.skip("this build of libvips has no SVG at all")
    with pytest.raises(pyvips.Error, match="operation is blocked"):
        pyvips.Image.svgload_buffer(pictures.SVG)


def test_the_host_may_reset_the_global_switches(engine: VipsEngine) -> None:
    """Clause 12: the pictures do not depend on them."""
    expected = render(engine, pictures.gradient()).data
    pyvips.cache_set_max(100)
    pyvips.block_untrusted_set(False)
    try:
        assert [render(engine, pictures.gradient()).data for _ in range(2)] == [expected] * 2
    finally:
        VipsEngine()
    assert pyvips.cache_get_max() == 0


def test_loaders_are_called_directly_and_never_with_a_path(
    engine: VipsEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libvips reads options out of file names, and by content it finds SVG and its like."""

    def never(*_arguments: object, **_options: object) -> None:
        pytest.fail("libvips searched for a loader")

    for name in ("new_from_file", "new_from_buffer", "new_from_source", "thumbnail", "thumbnail_buffer"):
        monkeypatch.setattr(pyvips.Image, name, never, raising=False)
    for image_format in sorted(engine.reads & set(pictures.RASTER_FORMATS)):
        assert render(engine, pictures.gradient(image_format=image_format)).size == (50, 50)


# PITFALLS 1.7


def test_a_decoded_picture_is_held_in_memory(engine: VipsEngine) -> None:
    """Clause 9: a lazy pipeline would fail outside the code that handles bad pictures."""
    data = pictures.gradient(300, 200, "JPEG")
    decoded = engine._decode(data, probe(engine, data), Size(150, 100))
    bottom, top = (np.asarray(decoded.crop(0, at, 150, 1)) for at in (99, 0))  # a stream cannot go backwards
    assert bottom.mean() != top.mean()


# PITFALLS 1.8


def test_a_format_whose_loader_is_not_built_in_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clause 15: distributions package formats separately, or leave them out."""
    find = pyvips.type_find
    monkeypatch.setattr(
        pyvips, "type_find", lambda base, name: 0 if name.startswith("webp") else find(base, name)
    )
    poorer = VipsEngine()
    for formats in (poorer.reads, poorer.writes, poorer.animates):
        assert ImageFormat.WEBP not in formats
        assert ImageFormat.GIF in formats


def test_a_format_whose_decoder_is_missing_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clause 15: libheif lists HEIC and AVIF, and fails at the first pixel."""
    monkeypatch.setattr(files, "SAMPLES", {**files.SAMPLES, ImageFormat.AVIF: pictures.header_only("AVIF")})
    assert ImageFormat.AVIF not in VipsEngine().reads


@pytest.mark.parametrize(
    ("complaint", "written"),
    [("heifsave: Unsupported compression", False), ("heifsave: image too large", True)],
)
def test_a_format_whose_encoder_is_missing_is_not_written(
    monkeypatch: pytest.MonkeyPatch, complaint: str, *, written: bool
) -> None:
    """Clause 15: likewise."""

    def refusing(image: object, encoding: Encoding) -> bytes:
        assert encoding.format is ImageFormat.AVIF
        raise pyvips.Error(complaint)

    monkeypatch.setattr(files, "saved", refusing)
    assert (ImageFormat.AVIF in VipsEngine().writes) is written


def test_the_wheel_reads_and_writes_what_the_docs_say(engine: VipsEngine) -> None:
    if "pyvips-binary" not in engine.versions():
        pytest.skip("this libvips is not from the wheel")
    wheel = {ImageFormat(name) for name in ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF")}
    assert engine.reads == wheel
    assert engine.writes == wheel - {ImageFormat.TIFF}
    assert engine.animates == {ImageFormat.GIF, ImageFormat.WEBP}


# PITFALLS 1.10


@pytest.mark.parametrize(
    ("floor", "delivered"),
    [((100, 75), (150, 112)), ((200, 150), (300, 225)), ((201, 150), (400, 300)), ((30, 15), (45, 34))],
)
def test_webp_is_decoded_to_at_least_three_times_the_thumbnail(
    engine: VipsEngine, floor: tuple[int, int], delivered: tuple[int, int]
) -> None:
    """Clause 6: libwebp's own scaler is 37 dB at the size itself, 47 at twice, 50 from here on."""
    data = pictures.gradient(400, 300, "WEBP")
    assert engine._size(engine._decode(data, probe(engine, data), Size(*floor))) == delivered


def test_an_animated_webp_is_never_scaled_while_decoding(engine: VipsEngine) -> None:
    """Clause 14: the positions of its frames would have to be scaled as well."""
    data = pictures.timed("WEBP")
    assert engine._size(engine._decode(data, probe(engine, data), Size(10, 10))) == (60, 40)


@pytest.mark.parametrize(
    ("floor", "delivered"),
    [((800, 600), (800, 600)), ((801, 600), (1600, 1200)), ((200, 150), (200, 150)), ((10, 10), (200, 150))],
)
def test_a_jpeg_is_halved_as_often_as_the_floor_allows(
    engine: VipsEngine, floor: tuple[int, int], delivered: tuple[int, int]
) -> None:
    """Clause 6, exactly: libjpeg decodes at 1/2, 1/4 and 1/8."""
    data = pictures.gradient(1600, 1200, "JPEG")
    assert engine._size(engine._decode(data, probe(engine, data), Size(*floor))) == delivered


@pytest.mark.parametrize("sides", [(1999, 1501), (803, 799), (333, 500)])
def test_leftover_pixels_of_shrinking_stay_in_the_picture(engine: VipsEngine, sides: tuple[int, int]) -> None:
    """Clauses 1 and 6: libvips crops it, and everything would move by some tenths of a pixel."""
    data = pictures.gradient(*sides, "JPEG")
    delivered = engine._size(engine._decode(data, probe(engine, data), Size(50, 50)))
    by_pillow = registry.engine("pillow")
    assert delivered == by_pillow._size(by_pillow._decode(data, probe(by_pillow, data), Size(50, 50)))


# The log


def test_missing_optional_parts_log_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The warning would appear at every start without a reason."""
    VipsEngine()
    assert caplog.records == []
    logging.getLogger("pyvips").warning("later")
    assert caplog.messages == ["later"]


# Particulars of the wheel and of libvips versions


def test_an_avif_is_not_rotated_twice(engine: VipsEngine) -> None:
    """Clause 2: from 8.18 on, the saver writes the orientation into the file."""
    data = pictures.oriented(6, "JPEG")
    assert "irot" not in render(engine, data, wanted(32, 32, "AVIF")).data[:2000].decode("latin-1")


@pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP"])
def test_an_older_libvips_leaves_out_metadata_as_well(
    engine: VipsEngine, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    """Clause 8: before 8.15, as in Debian 12, the option has another name."""
    monkeypatch.setattr(pyvips, "at_least_libvips", lambda _major, _minor: False)
    thumbnail = render(engine, pictures.with_metadata("JPEG"), wanted(output=output))
    assert not [told for told in (*pictures.SECRETS, *pictures.TRACES) if told in thumbnail.data]


@pytest.mark.parametrize("output", ["GIF", "WEBP", "PNG"])
def test_the_page_height_of_an_animation_is_dropped(engine: VipsEngine, output: str) -> None:
    """Clause 14: a picture of twice that height would be saved as two frames."""
    spec = wanted(80, 80, output, upscale=True)
    thumbnail = opened(render(engine, pictures.animated("GIF"), spec))
    assert (thumbnail.size, getattr(thumbnail, "n_frames", 1)) == ((80, 80), 1)


def test_a_lab_tiff_that_libvips_refuses_is_read(engine: VipsEngine) -> None:
    """Clause 3: 8.18 says "bad labq format"."""
    data = pictures.lab_tiff(pictures.plain_pixels(60, 60, (200, 60, 40)))
    assert_close(middle(rgb(render(engine, data))), (200, 60, 40), 4)


@pytest.mark.parametrize("channels", [2, 4])
def test_a_profile_leaves_16_bit_alpha_unchanged(engine: VipsEngine, channels: int) -> None:
    """Clauses 3 to 5: 8.16 makes it opaque if the picture is still marked as 16-bit."""
    samples = np.full((60, 60, channels), 0x4040, np.uint16)
    profile = pictures.SWAPPED.icc if channels == 4 else pictures.grey_profile(2.2)
    data = pictures.png16(samples, profile=profile)
    info = probe(engine, data)
    assert engine._to_srgb(engine._decode(data, info, info.size), info).format == "uchar"
    assert middle(rgba(render(engine, data)))[3] == 0x40


@pytest.mark.parametrize("bands", range(1, 8))
def test_a_tiff_may_have_any_number_of_channels(engine: VipsEngine, bands: int) -> None:
    """Clauses 4 and 5: satellite pictures have seven; channels other than colours and alpha are left out."""
    planes = pyvips.Image.black(60, 60, bands=bands) + [40 * (band + 1) % 256 for band in range(bands)]
    data = planes.cast("uchar").tiffsave_buffer()
    info = probe(engine, data)
    picture = engine._to_srgb(engine._decode(data, info, info.size), info)
    assert (picture.bands, bool(picture.hasalpha())) == (
        (1 if bands < 3 else 3) + info.has_alpha,
        info.has_alpha,
    )
    for output in sorted(engine.writes):
        assert render(engine, data, wanted(output=output)).size == (50, 50)


@pytest.mark.parametrize(
    ("floor", "kept"), [((100, 75), (200, 150)), ((90, 90), (200, 150)), ((300, 225), (800, 600))]
)
def test_a_large_picture_is_kept_reduced_by_a_power_of_two(
    engine: VipsEngine, floor: tuple[int, int], kept: tuple[int, int]
) -> None:
    """Clause 22: previews for smart crops then have the same pixels as those of other engines."""
    image = engine._from_samples(Samples(Size(800, 600), 3, bytes(800 * 600 * 3)))
    assert engine._size(engine._kept(image, Size(*floor))) == kept


def test_a_source_is_kept_while_pictures_are_made_from_it() -> None:
    """libvips reads the buffer in place when pixels are needed, even after other operations."""
    data = bytearray(pictures.encode(pictures.photo_pixels(64, 48)))
    content = bytes(data)
    uses = sys.getrefcount(content)
    image = files.opened(content, ImageFormat.PNG)
    assert sys.getrefcount(content) > uses
    copied = image.copy().copy()
    del image
    gc.collect()
    assert sys.getrefcount(content) > uses
    assert any(kept is content for kept in copied._references)
    del copied
    gc.collect()
    assert sys.getrefcount(content) == uses
