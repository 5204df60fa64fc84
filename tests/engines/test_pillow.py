"""Tests for the Pillow engine alone; everything else is in the contract suite."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import EXOTIC_FORMATS, ImageFormat
from advthumb.core.images import Size
from advthumb.engines.pillow import PillowEngine, colour
from advthumb.testing.contract.rendering import (
    decoded,
    lanczos,
    middle,
    opened,
    probe,
    psnr,
    render,
    rgb,
    wanted,
)
from tests import pictures


@pytest.fixture
def engine() -> PillowEngine:
    """Return a new engine."""
    return PillowEngine()


def test_png_is_written_fast_not_small(engine: PillowEngine) -> None:
    """PITFALLS 4: `optimize=True` costs three times the encoding for a percent of the bytes."""
    thumbnail = render(engine, pictures.encode(pictures.photo_pixels(400, 300)), wanted(200, 200))
    fast, usual, optimised = BytesIO(), BytesIO(), BytesIO()
    opened(thumbnail).save(fast, "PNG", compress_level=4)
    opened(thumbnail).save(usual, "PNG")
    opened(thumbnail).save(optimised, "PNG", optimize=True)
    assert thumbnail.data == fast.getvalue() != optimised.getvalue()
    assert len(thumbnail.data) <= 1.02 * len(usual.getvalue())


def test_jpeg_is_written_with_its_own_huffman_tables(engine: PillowEngine) -> None:
    """That costs next to nothing, and saves several percent of the bytes that every page carries."""
    spec = wanted(200, 200, "JPEG")
    thumbnail = render(engine, pictures.encode(pictures.photo_pixels(400, 300)), spec)
    plain = BytesIO()
    opened(render(engine, pictures.encode(pictures.photo_pixels(400, 300)), wanted(200, 200))).save(
        plain, "JPEG", quality=85
    )
    assert len(thumbnail.data) < 0.99 * len(plain.getvalue())


@pytest.mark.parametrize(
    ("floor", "delivered"),
    [((800, 600), (800, 600)), ((801, 600), (1600, 1200)), ((200, 150), (200, 150)), ((10, 10), (200, 150))],
)
def test_draft_mode_halves_as_often_as_the_floor_allows(
    engine: PillowEngine, floor: tuple[int, int], delivered: tuple[int, int]
) -> None:
    """Clause 6, exactly: libjpeg decodes at 1/2, 1/4 and 1/8."""
    data = pictures.gradient(1600, 1200, "JPEG")
    assert engine._decode(data, probe(engine, data), Size(*floor)).size == delivered


def test_the_formats_are_those_that_pillow_was_built_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clause 15: a distribution's Pillow may lack AVIF; the wheel does not."""
    monkeypatch.setattr(features, "check", lambda name: name != "avif")
    poorer = PillowEngine()
    monkeypatch.setattr(features, "check", lambda _name: True)
    richer = PillowEngine()
    assert richer.reads - poorer.reads == richer.writes - poorer.writes == {ImageFormat.AVIF}
    assert {each.value for each in richer.reads - EXOTIC_FORMATS} == set(pictures.RASTER_FORMATS)


def test_16_bit_grey_is_rounded_to_the_nearest_level(engine: PillowEngine) -> None:
    """Clause 4, exactly: v / 257 and not v / 256, which is one level off in places."""
    samples = np.arange(0, 65_536, 97, np.uint16)[None, :]
    found = rgb(render(engine, pictures.png16(samples), wanted(1000, 1000)))[0, :, 0]
    assert np.array_equal(found, (samples[0] / 257).round())


def test_a_size_that_pillow_refuses_is_too_large(
    engine: PillowEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clauses 9 and 12: the error code shows that a decoder applied the host's limit."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9)
    with pytest.raises(ThumbnailError) as caught:
        render(engine, pictures.gradient(60, 60, "TIFF"))
    assert caught.value.code is ErrorCode.TOO_LARGE
    assert isinstance(caught.value.__cause__, Image.DecompressionBombError)


def test_the_transform_of_a_profile_is_built_once(
    engine: PillowEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Building one costs more than applying it, and sites see the same few profiles."""
    built: list[object] = []
    build = ImageCms.buildTransform

    def noting(*arguments: object) -> object:
        built.append(arguments)
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageCms, "buildTransform", noting)
    colour._to_srgb_transform.cache_clear()
    data = pictures.encode(pictures.gradient_pixels(), icc_profile=pictures.ADOBE.icc)
    assert render(engine, data) == render(engine, data)
    assert len(built) == 1


def test_a_huge_profile_is_applied_and_not_kept(engine: PillowEngine) -> None:
    """Clause 10: a hundred uploads with a profile of megabytes each must not stay in memory."""
    source = pictures.plain_pixels(60, 60, (200, 60, 40))
    data = pictures.encode(source, icc_profile=pictures.heavy_profile())
    colour._to_srgb_transform.cache_clear()
    found = middle(rgb(render(engine, data)))
    assert found[1] > found[0]  # red and green are swapped
    assert colour._to_srgb_transform.cache_info().currsize == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_source_with_sides_that_do_not_divide_evenly_stays_exact(
    engine: PillowEngine, orientation: int
) -> None:
    """Clause 6: Pillow scales with fractions of a pixel."""
    data = pictures.oriented(orientation, "JPEG", pictures.photo_pixels(1601, 1203))
    found = rgb(render(engine, data, wanted(200, 200)))
    assert psnr(found, lanczos(decoded(data), (200, 150))) >= 50
