"""The engine `jxl`: pixels, colours and orientation of JPEG XL, and what it refuses."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advthumb.core.containers.boxes import box
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.limits import check_pixels
from advthumb.core.planning import plan
from advthumb.core.profiles import from_codes
from advthumb.core.sniffing import sniff
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing.contract.rendering import (
    assert_close,
    opened,
    probe,
    quarters,
    render,
    rgb,
    rgba,
    wanted,
)
from advthumb.testing.contract.watch import Watched
from tests import pictures

from .conftest import had
from .damage import mutated

pyjpegxl = pytest.importorskip("pyjpegxl", reason="the extra `jxl` is not installed")

SCENE = pictures.corner_pixels(64, 48)
PHOTO = pictures.photo_pixels(160, 120)
ANIMATED = bytes.fromhex(
    "ff0a43044d0020260804010054004b188b1500d41363d0c4398008384855005183a2010804050064004b188b1500d413638c7126"
    "ce019cc0811600153788007d0601"
)
"""Two frames of 16 x 16: red, then green."""
SPEC = wanted(32, 32)
KINDS: dict[str, dict[str, Any]] = {
    "lossy": {},
    "lossless": {"lossless": True},
    "of 16 bits": {"deep": True, "lossless": True},
    "with a profile": {"icc": pictures.P3.icc},
}


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("jxl")


@pytest.fixture(scope="module")
def watched(engine: ThumbnailEngine) -> Iterator[Watched]:
    with Watched("jxl") as child:
        yield child


def jxl(pixels: pictures.Pixels, *, deep: bool = False, **options) -> bytes:
    """Return a JPEG XL of 8 or of 16 bits."""
    samples = pixels.astype(np.uint16) * 257 if deep else pixels
    return pyjpegxl.encode_from_numpy(np.ascontiguousarray(samples), **{"quality": 0.1, **options})


def turned(orientation: int) -> bytes:
    """Return a JPEG XL converted from a JPEG, whose orientation is stored in the codestream."""
    stored = pictures.stored_pixels(SCENE, orientation)
    exif = b"Exif\0\0" + pictures.orientation_exif(orientation)
    return pyjpegxl.jpeg_to_jxl(pictures.encode(stored, "JPEG", exif=exif))


def refusal(engine: ThumbnailEngine, data: bytes) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        info = engine.probe(data, ImageFormat.JXL)
        engine.render(data, info, [plan(wanted(), info)])
    return caught.value


@pytest.mark.parametrize("kind", ["lossy", "lossless", "of 16 bits"])
def test_colours_are_right(engine: ThumbnailEngine, kind: str) -> None:
    data = jxl(SCENE, **KINDS[kind])
    assert probe(engine, data).size == (64, 48)
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
def test_grey_stays_unchanged(engine: ThumbnailEngine, alpha: bool, deep: bool) -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], (48, 64, 1))
    pixels = np.concatenate([ramp, np.full_like(ramp, 128)], axis=2) if alpha else ramp
    found = rgba(render(engine, jxl(pixels, deep=deep, lossless=True), wanted(64, 48)))
    assert_close(found[:, :, :3], np.repeat(ramp, 3, axis=2), 1)
    assert_close(found[:, :, 3], 128 if alpha else 255, 1)


def test_grey_is_converted_through_its_profile(engine: ThumbnailEngine) -> None:
    """The profile has linear light."""
    grey = pictures.plain_pixels(64, 48, (100,))
    found = rgb(render(engine, jxl(grey, icc=pictures.grey_profile(), lossless=True), SPEC))
    assert_close(found, pictures.grey_in_srgb(100), 2)


def test_alpha_is_kept(engine: ThumbnailEngine) -> None:
    pixels = np.dstack([SCENE, np.where(np.arange(64) < 32, 255, 60)[None, :].repeat(48, 0)]).astype(np.uint8)
    data = jxl(pixels, lossless=True)
    assert probe(engine, data).has_alpha
    found = quarters(rgba(render(engine, data, SPEC)))
    assert_close([each[3] for each in found], [255, 60, 255, 60], 1)
    assert_close([each[:3] for each in found], pictures.CORNERS, 2)


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("profile", [pictures.P3.icc, pictures.ADOBE.icc, from_codes(12, 13)])
def test_colours_are_converted_through_the_profile(
    engine: ThumbnailEngine, profile: bytes, lossless: bool
) -> None:
    data = jxl(SCENE, icc=profile, lossless=lossless)
    expected = render(registry.engine("pillow"), pictures.encode(SCENE, "PNG", icc_profile=profile), SPEC)
    assert_close(quarters(rgb(render(engine, data, SPEC))), quarters(rgb(expected)), 4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_picture_is_shown_upright(engine: ThumbnailEngine, orientation: int) -> None:
    data = turned(orientation)
    assert probe(engine, data).size == (64, 48)
    thumbnail = render(engine, data, SPEC)
    assert thumbnail.size == (32, 24)
    assert_close(quarters(rgb(thumbnail)), pictures.CORNERS)


def test_an_animation_is_unsupported(engine: ThumbnailEngine) -> None:
    error = refusal(engine, ANIMATED)
    assert (error.code, "animated" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_cmyk_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder without colour management returns only three of the four inks."""
    module = importlib.import_module("advthumb.engines.previews.jxl")
    data = jxl(SCENE)

    class Probed:
        width, height, num_color_channels, has_alpha = 64, 48, 3, False
        icc = bytes(16) + b"CMYK" + bytes(200)

    monkeypatch.setattr(module.pyjpegxl, "probe", lambda _data: Probed)
    assert refusal(registry.engine("advthumb.engines.previews.jxl.JxlPictures"), data).code is (
        ErrorCode.UNSUPPORTED
    )


def test_disagreeing_readers_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("advthumb.engines.previews.jxl")
    inside = registry.engine("advthumb.engines.previews.jxl.JxlPictures")
    data, read = jxl(SCENE), module.jxl.read
    monkeypatch.setattr(module.jxl, "read", lambda data: replace(read(data), size=Size(48, 64)))
    assert refusal(inside, data).code is ErrorCode.CORRUPT


def test_sizes_are_limited_before_anything_is_decoded(engine: ThumbnailEngine) -> None:
    side, more = 2**30 - 1, "11"
    bits = "0" + more + f"{side:030b}"[::-1] + "000" + more + f"{side:030b}"[::-1] + "1"
    bomb = b"\xff\x0a" + int(bits[::-1], 2).to_bytes(9, "little") + bytes(100)
    error = refusal(engine, bomb)
    assert (error.code, "a side may be at most" in error.message) == (ErrorCode.TOO_LARGE, True)
    with pytest.raises(ThumbnailError):
        check_pixels(probe(engine, jxl(SCENE)), 64 * 48 - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_file_is_corrupt(engine: ThumbnailEngine, kind: str) -> None:
    data = jxl(PHOTO, **KINDS[kind])
    assert render(engine, data)
    for cut in (0, 2, 20, len(data) // 2, len(data) - 20):
        assert refusal(engine, data[:cut]).code is ErrorCode.CORRUPT


def test_a_file_in_boxes_is_read(engine: ThumbnailEngine) -> None:
    data = jxl(SCENE, lossless=True)
    data = data if data.startswith(b"\xff\x0a") else data[data.index(b"\xff\x0a") :]
    signature = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
    boxes = signature + box(b"jxlp", b"\0\0\0\0", data[:40]) + box(b"jxlp", b"\x80\0\0\x01", data[40:])
    assert sniff(boxes) is ImageFormat.JXL
    assert_close(quarters(rgb(render(engine, boxes, SPEC))), pictures.CORNERS, 2)


@pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_the_jxl_engine_writes_every_format(engine: ThumbnailEngine, output: str) -> None:
    assert opened(render(engine, jxl(SCENE), wanted(32, 32, output))).size == (32, 24)


def test_the_error_names_the_engine_that_reads_jxl() -> None:
    with pytest.raises(ThumbnailError, match=r"'jxl' in ADVANCE_THUMBNAIL_ENGINE .*\[jxl\]"):
        registry.probed(ANIMATED, ImageFormat.JXL, ["pillow"], 1)


@pytest.mark.parametrize("kind", [*KINDS, "turned"])
@pytest.mark.parametrize("number", range(20))
def test_a_damaged_file_is_rendered_or_refused(
    watched: Watched, kind: str, number: int, tmp_path: Path
) -> None:
    data = turned(6) if kind == "turned" else jxl(PHOTO, **KINDS[kind])
    watched.picture_or_refusal(
        tmp_path / f"{number}-{kind}", data[:2] + mutated(data[2:], f"{kind} {number}")
    )
