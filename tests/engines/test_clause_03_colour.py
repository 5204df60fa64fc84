"""Clause 3. Pixels come out as 8-bit sRGB, converted through an embedded ICC profile."""

from collections.abc import Callable

import numpy as np
import pytest

from advthumb.engines.base import ThumbnailEngine
from tests import pictures

from .rendering import assert_close, middle, opened, render, rgb, rgba, wanted

PROFILES = {"P3": pictures.P3, "Adobe RGB": pictures.ADOBE, "swapped": pictures.SWAPPED}
PATCHES = np.array(
    [[(200, 60, 40), (60, 200, 90)], [(40, 70, 200), (128, 128, 128)]], np.uint8
)  # fmt: skip
INKS = np.array([[(230, 20, 10, 0), (10, 220, 40, 60)], [(0, 30, 240, 128), (50, 50, 50, 200)]], np.uint8)


def enlarged(patches: pictures.Pixels, side: int = 40) -> pictures.Pixels:
    """Return a picture of four patches, large enough to look at their middles."""
    return patches.repeat(side, axis=0).repeat(side, axis=1)


def patch_colours(pixels: pictures.Pixels) -> pictures.Pixels:
    """Return the colours in the middle of the four patches."""
    height, width = pixels.shape[:2]
    return pixels[height // 4 :: height // 2, width // 4 :: width // 2]


@pytest.mark.smoke
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("source_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.reads("source_format")
def test_rgb_is_converted_through_its_profile(
    engine: ThumbnailEngine, source_format: str, profile: pictures.RGBProfile
) -> None:
    """Clause 3: what the picture looked like, against the textbook's arithmetic."""
    data = pictures.encode(enlarged(PATCHES), source_format, icc_profile=profile.icc)
    assert_close(patch_colours(rgb(render(engine, data))), profile.in_srgb(PATCHES), 4)


@pytest.mark.parametrize("source_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.reads("source_format")
def test_rgb_without_a_profile_is_srgb(engine: ThumbnailEngine, source_format: str) -> None:
    """Clause 3: nothing is converted that says nothing."""
    thumbnail = render(engine, pictures.encode(enlarged(PATCHES), source_format))
    assert_close(patch_colours(rgb(thumbnail)), PATCHES, 4)


def test_alpha_is_no_colour_to_convert(engine: ThumbnailEngine) -> None:
    """Clauses 3 and 5: the profile changes the colours and leaves the alpha alone."""
    source = pictures.plain_pixels(60, 60, (200, 60, 40, 100))
    thumbnail = render(engine, pictures.encode(source, icc_profile=pictures.SWAPPED.icc))
    found = middle(rgba(thumbnail))
    assert_close(found[:3], pictures.SWAPPED.in_srgb(source[0, 0, :3]), 4)
    assert found[3] == 100


def test_a_palette_is_converted_through_its_profile(engine: ThumbnailEngine) -> None:
    """Clauses 3 and 4: indexed colours are colours."""
    image = pictures.as_image(pictures.plain_pixels(60, 60, (200, 60, 40))).quantize(4)
    thumbnail = render(engine, pictures.save(image, "PNG", icc_profile=pictures.SWAPPED.icc))
    assert_close(middle(rgb(thumbnail)), pictures.SWAPPED.in_srgb(np.array((200, 60, 40))), 4)


@pytest.mark.parametrize("channels", [1, 2], ids=["grey", "grey and alpha"])
@pytest.mark.parametrize("value", [20, 128, 230])
def test_grey_is_converted_through_its_profile(engine: ThumbnailEngine, value: int, channels: int) -> None:
    """Clause 3: linear light, which looks much lighter in sRGB."""
    source = pictures.plain_pixels(60, 60, (value, 255)[:channels])
    found = middle(rgb(render(engine, pictures.encode(source, icc_profile=pictures.grey_profile()))))
    assert_close(found, [pictures.grey_in_srgb(value)] * 3, 4)


@pytest.mark.reads("source_format")
@pytest.mark.parametrize(
    ("source_format", "make"),
    [("JPEG", pictures.cmyk_jpeg), ("JPEG", pictures.ycck_jpeg), ("TIFF", pictures.cmyk_tiff)],
)
def test_cmyk_without_a_profile_follows_one_rule(
    engine: ThumbnailEngine, source_format: str, make: Callable[[pictures.Pixels], bytes]
) -> None:
    """Clause 3: R = (255 - C)(255 - K) / 255, and so on; Adobe's inverted inks are known."""
    thumbnail = render(engine, make(enlarged(INKS)))
    assert_close(patch_colours(rgb(thumbnail)), pictures.without_profile(INKS), 5)


def test_cmyk_is_converted_through_its_profile(engine: ThumbnailEngine) -> None:
    """Clause 3: by a profile in which cyan ink prints yellow."""
    cyan, yellow = (255, 0, 0, 0), (0, 0, 255, 0)
    data = pictures.cmyk_jpeg(
        pictures.halves_pixels(80, 80, cyan, yellow), icc_profile=pictures.swapped_ink_profile()
    )
    found = rgb(render(engine, data))
    assert_close(found[25, 10], (255, 255, 0))
    assert_close(found[25, 40], (0, 255, 255))


@pytest.mark.parametrize("colour", [(200, 60, 40), (60, 160, 90), (128, 128, 128), (220, 210, 60)])
@pytest.mark.reads("TIFF")
def test_lab_is_converted(engine: ThumbnailEngine, colour: tuple[int, int, int]) -> None:
    """Clause 3: CIELAB, which only TIFF carries."""
    data = pictures.lab_tiff(pictures.plain_pixels(60, 60, colour))
    assert_close(middle(rgb(render(engine, data))), colour, 5)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("profile", "channels"),
    [
        (b"", 3),
        (b"not a profile", 3),
        (pictures.P3.icc[:200], 3),
        (pictures.grey_profile(), 3),
        (pictures.swapped_ink_profile(), 3),
        (pictures.SWAPPED.icc, 1),
        (pictures.SWAPPED.icc[:150] + bytes(200), 4),
    ],
    ids=["empty", "garbage", "cut", "grey for RGB", "CMYK for RGB", "RGB for grey", "damaged for RGBA"],
)
def test_a_profile_that_does_not_fit_is_ignored(
    engine: ThumbnailEngine, profile: bytes, channels: int
) -> None:
    """Clause 3: the colours stay as they are; a good picture is not refused for its profile."""
    source = pictures.plain_pixels(60, 60, (200, 60, 40, 255)[:channels])
    thumbnail = render(engine, pictures.encode(source, icc_profile=profile))
    expected = pictures.plain_pixels(1, 1, (200, 60, 40) if channels > 1 else (200,) * 3)
    assert_close(middle(rgb(thumbnail)), expected[0, 0], 1)


@pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.writes("output")
def test_the_thumbnail_has_no_profile_and_8_bits(engine: ThumbnailEngine, output: str) -> None:
    """Clauses 3 and 8: sRGB is what is meant when nothing is said."""
    data = pictures.encode(enlarged(PATCHES), icc_profile=pictures.P3.icc)
    image = opened(render(engine, data, wanted(output=output)))
    assert "icc_profile" not in image.info or not image.info["icc_profile"]
    assert image.mode in {"RGB", "P"}
