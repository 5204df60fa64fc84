"""The engine `raw`: embedded previews of RAW files, and development of those without a usable preview."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from advthumb import conf
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.limits import check_pixels
from advthumb.core.planning import plan
from advthumb.core.sniffing import sniff
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing.contract.rendering import assert_close, opened, probe, quarters, render, rgb, wanted
from advthumb.testing.contract.watch import Watched
from advthumb.testing.pictures.oriented import stored_pixels
from tests import pictures
from tests.pictures.raws import OLYMPUS, raw

from .conftest import had
from .damage import mutated

UPRIGHT = pictures.corner_pixels(96, 64)
"""The sensor picture; one quarter is white, because development makes the lightest part white."""
UPRIGHT[32:, 48:] = 255
COLOURS = [*pictures.CORNERS[:3], (255, 255, 255)]
OTHER = pictures.plain_pixels(1200, 800, (10, 90, 160))
"""A preview that differs from the sensor picture."""
OTHER_JPEG = pictures.encode(OTHER, "JPEG")
LARGE = wanted(1100, 1100)


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("raw")


@pytest.fixture(scope="module")
def watched(engine: ThumbnailEngine) -> Iterator[Watched]:
    with Watched("raw") as child:
        yield child


def refusal(engine: ThumbnailEngine, data: bytes, image_format: ImageFormat | None = None) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        info = engine.probe(data, image_format or sniff(data))
        engine.render(data, info, [plan(wanted(), info)])
    return caught.value


@pytest.mark.parametrize("magic", [b"II*\0", OLYMPUS])
def test_a_file_without_a_preview_is_developed_at_half_size(engine: ThumbnailEngine, magic: bytes) -> None:
    data = raw(UPRIGHT, magic=magic)
    assert probe(engine, data).size == (48, 32)
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_developed_picture_is_upright(engine: ThumbnailEngine, orientation: int) -> None:
    data = raw(stored_pixels(UPRIGHT, orientation), orientation=orientation)
    thumbnail = render(engine, data, wanted(24, 24))
    assert thumbnail.size == (24, 16)
    assert_close(quarters(rgb(thumbnail)), COLOURS, 4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("own", [None, "the same", "none"])
def test_a_large_preview_is_upright(engine: ThumbnailEngine, orientation: int, own: str | None) -> None:
    """Whether or not its own EXIF repeats the orientation of the file."""
    shown = np.kron(UPRIGHT, np.ones((16, 16, 1), np.uint8))
    stored = stored_pixels(shown, orientation)
    exif = None if own is None else pictures.orientation_exif(orientation if own == "the same" else 1)
    preview = pictures.encode(stored, "JPEG", **({"exif": b"Exif\0\0" + exif} if exif else {}))
    data = raw(
        stored_pixels(OTHER[:64, :96], orientation),
        preview=preview,
        preview_size=(stored.shape[1], stored.shape[0]),
        orientation=orientation,
    )
    thumbnail = render(engine, data, wanted(24, 24))
    assert thumbnail.size == (24, 16)
    assert_close(quarters(rgb(thumbnail)), COLOURS)


def test_a_preview_rotated_by_the_camera_is_not_rotated_again(engine: ThumbnailEngine) -> None:
    shown = np.kron(pictures.corner_pixels(64, 96), np.ones((16, 16, 1), np.uint8))
    preview = pictures.encode(shown, "JPEG")
    data = raw(OTHER[:64, :96], preview=preview, preview_size=(1024, 1536), orientation=6)
    thumbnail = render(engine, data, wanted(24, 24))
    assert thumbnail.size == (16, 24)
    assert_close(quarters(rgb(thumbnail)), pictures.CORNERS)


def test_a_small_preview_is_used_if_it_is_large_enough(engine: ThumbnailEngine) -> None:
    saw = np.kron(UPRIGHT, np.ones((4, 4, 1), np.uint8))
    preview = pictures.encode(OTHER[:128, :192], "JPEG")
    data = raw(saw, preview=preview, preview_size=(192, 128))
    assert probe(engine, data).size == (192, 128)
    assert_close(rgb(render(engine, data, wanted(96, 96)))[5, 5], OTHER[0, 0], 4)
    assert_close(quarters(rgb(render(engine, data, wanted(97, 97)))), COLOURS, 4)


def test_a_small_preview_with_black_bars_is_not_shown(engine: ThumbnailEngine) -> None:
    saw = np.kron(UPRIGHT, np.ones((4, 4, 1), np.uint8))
    data = raw(saw, preview=pictures.encode(OTHER[:144, :192], "JPEG"), preview_size=(192, 144))
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 4)


def test_a_preview_of_plain_pixels_is_shown(engine: ThumbnailEngine) -> None:
    data = raw(OTHER[:64, :96], preview=np.kron(UPRIGHT, np.ones((11, 11, 1), np.uint8)))
    assert probe(engine, data).size == (1056, 704)
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 0)


def test_the_colour_profile_of_a_preview_is_applied(engine: ThumbnailEngine) -> None:
    preview = pictures.encode(OTHER, "JPEG", icc_profile=pictures.P3.icc)
    data = raw(UPRIGHT, preview=preview, preview_size=(1200, 800))
    expected = render(registry.engine("pillow"), preview, wanted(24, 24))
    assert_close(rgb(render(engine, data, wanted(24, 24))), rgb(expected), 1)


def test_a_small_preview_in_other_colours_is_not_shown(engine: ThumbnailEngine) -> None:
    """A developed picture is sRGB, and a header can declare only one colour space."""
    saw = np.kron(UPRIGHT, np.ones((4, 4, 1), np.uint8))
    preview = pictures.encode(OTHER[:128, :192], "JPEG", icc_profile=pictures.P3.icc)
    data = raw(saw, preview=preview, preview_size=(192, 128))
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 4)


def test_a_grey_preview_is_not_shown(engine: ThumbnailEngine) -> None:
    data = raw(UPRIGHT, preview=OTHER[:, :, :1])
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 4)


def test_the_white_balance_of_the_camera_is_applied(engine: ThumbnailEngine) -> None:
    data = raw(UPRIGHT, neutral=(0.5, 1, 0.7))
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 6)


def test_a_sensor_without_a_filter_gives_a_grey_picture(engine: ThumbnailEngine) -> None:
    saw = pictures.halves_pixels(96, 64, (60,), (255,))
    found = rgb(render(engine, raw(saw), wanted(24, 24)))
    assert_close(found[8, 4], (60, 60, 60), 2)
    assert_close(found[8, 20], (255, 255, 255), 2)


@pytest.mark.parametrize(("aspect", "size"), [(2, (96, 32)), (0.5, (48, 64))])
def test_non_square_pixels_are_corrected(
    engine: ThumbnailEngine, aspect: float, size: tuple[int, int]
) -> None:
    data = raw(UPRIGHT, aspect=aspect)
    assert probe(engine, data).size == size
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 4)


def test_a_sensor_that_does_not_fit_into_memory_is_too_large() -> None:
    """Regardless of the limits of the site: LibRaw has its own."""
    inside = registry.engine("advthumb.engines.previews.raw.RawPhotos")
    assert refusal(inside, raw(UPRIGHT, size=(50_000, 40_000))).code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize("cut", [100, len(OTHER_JPEG) // 2, len(OTHER_JPEG) - 2])
def test_a_damaged_preview_is_skipped(engine: ThumbnailEngine, cut: int) -> None:
    """It is checked like any JPEG before it reaches its decoder."""
    data = raw(UPRIGHT, preview=OTHER_JPEG[:cut], preview_size=(1200, 800))
    assert_close(quarters(rgb(render(engine, data, wanted(24, 24)))), COLOURS, 4)


def test_a_preview_of_too_many_pixels_is_refused(engine: ThumbnailEngine) -> None:
    at = OTHER_JPEG.index(b"\xff\xc0") + 5  # after marker, length and depth: height and width
    bomb = OTHER_JPEG[:at] + b"\xff\x00" * 2 + OTHER_JPEG[at + 4 :]
    data = raw(UPRIGHT, preview=bomb, preview_size=(1200, 800))
    info = engine.probe(data, ImageFormat.TIFF)
    with pytest.raises(ThumbnailError) as caught:
        check_pixels(info, conf.max_source_pixels())
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_the_sensor_pixels_are_counted_if_it_is_developed(engine: ThumbnailEngine) -> None:
    info = probe(engine, raw(UPRIGHT))
    check_pixels(info, 96 * 64)
    with pytest.raises(ThumbnailError):
        check_pixels(info, 96 * 64 - 1)


@pytest.mark.parametrize("others", [["vips", "raw"], ["raw", "vips"], ["raw", "pillow"]])
def test_every_tiff_finds_its_engine(engine: ThumbnailEngine, others: list[str]) -> None:
    tiff = pictures.encode(UPRIGHT, "TIFF")
    dng = raw(UPRIGHT)
    for name in others:
        had(name)
    assert registry.probed(tiff, ImageFormat.TIFF, others, 1)[0].name in {"vips", "pillow"}
    assert registry.probed(dng, ImageFormat.TIFF, others, 1)[0].name == "raw"


def test_a_tiff_without_raw_data_is_unsupported(engine: ThumbnailEngine) -> None:
    error = refusal(engine, pictures.encode(UPRIGHT, "TIFF"))
    assert (error.code, "other engines" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_a_file_that_libraw_does_not_know_is_unsupported(engine: ThumbnailEngine) -> None:
    assert refusal(engine, b"FUJIFILMCCD-RAW " + bytes(500)).code is ErrorCode.UNSUPPORTED


def test_a_truncated_file_is_corrupt(engine: ThumbnailEngine) -> None:
    data = raw(UPRIGHT)
    assert refusal(engine, data[:-100]).code is ErrorCode.CORRUPT
    assert refusal(engine, data[:50]).code is ErrorCode.CORRUPT
    assert refusal(engine, data[:3], ImageFormat.RAW).code is ErrorCode.CORRUPT
    assert refusal(engine, b"", ImageFormat.RAW).code is ErrorCode.CORRUPT


def test_a_picture_of_another_shape_is_refused() -> None:
    """For sensors with diagonal pixels, LibRaw reports the shape only after rotating them."""
    inside = registry.engine("advthumb.engines.previews.raw.RawPhotos")
    data = raw(UPRIGHT)
    info = replace(inside.probe(data, ImageFormat.TIFF), size=Size(32, 48))
    with pytest.raises(ThumbnailError) as caught:
        inside.render(data, info, [plan(wanted(), info)])
    assert caught.value.code is ErrorCode.UNSUPPORTED


def test_the_error_names_the_engine_that_reads_raw_files() -> None:
    with pytest.raises(ThumbnailError, match=r"'raw' in ADVANCE_THUMBNAIL_ENGINE .*\[raw\]"):
        registry.probed(raw(UPRIGHT, magic=OLYMPUS), ImageFormat.RAW, ["pillow"], 1)


@pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_the_raw_engine_writes_every_format(engine: ThumbnailEngine, output: str) -> None:
    thumbnail = render(engine, raw(UPRIGHT), wanted(24, 24, output))
    assert opened(thumbnail).size == (24, 16)


@pytest.mark.parametrize("kind", ["developed", "preview", "Olympus"])
@pytest.mark.parametrize("number", range(20))
def test_a_damaged_file_is_rendered_or_refused(
    watched: Watched, kind: str, number: int, tmp_path: Path
) -> None:
    data = raw(
        UPRIGHT,
        preview=OTHER_JPEG if kind == "preview" else None,
        preview_size=(1200, 800),
        magic=OLYMPUS if kind == "Olympus" else b"II*\0",
    )
    damaged = data[:4] + mutated(data[4:], f"{kind} {number}")
    watched.picture_or_refusal(tmp_path / f"{number}-{kind}", damaged)
