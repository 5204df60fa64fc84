"""The dominant colour of a picture, and its code."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.dominant import DominantColour
from advthumb.core.images import RGB, Size
from advthumb.core.samples import Samples

colours = st.builds(
    DominantColour,
    st.builds(RGB, *[st.integers(0, 255)] * 3),
    st.booleans(),
)


def of(*pixels: tuple[int, ...]) -> DominantColour | None:
    """Return the colour of a picture of one row."""
    return DominantColour.of(Samples(Size(len(pixels), 1), len(pixels[0]), bytes(sum(pixels, ()))))


@given(colours)
def test_every_colour_survives_its_code(colour: DominantColour) -> None:
    code = str(colour)
    assert len(code) == 5
    assert DominantColour.parse(code) == colour


@pytest.mark.parametrize(
    ("colour", "code"),
    [
        (DominantColour(RGB(0, 0, 0), opaque=True), "00000"),
        (DominantColour(RGB(255, 255, 255), opaque=True), "fzzzz"),
        (DominantColour(RGB(0, 0, 1), opaque=False), "g0001"),
        (DominantColour(RGB(227, 180, 33), opaque=True), "e7d11"),
    ],
)
def test_codes_are_pinned(colour: DominantColour, code: str) -> None:
    """Codes are in stored names, so they never change."""
    assert str(colour) == code


@given(st.binary(min_size=3, max_size=3))
def test_a_flat_picture_has_its_colour(colour: bytes) -> None:
    assert of(*[tuple(colour)] * 7) == DominantColour(RGB(*colour), opaque=True)
    assert of(*[tuple(colour[:1])] * 7) == DominantColour(RGB(*colour[:1] * 3), opaque=True)


def test_the_largest_group_of_similar_pixels_gives_the_colour() -> None:
    """Its mean, and not that of the whole picture."""
    sky = [(100, 150, 200 + shade) for shade in range(6)]
    grass = [(20, 120 + shade, 10) for shade in range(4)]
    assert of(*sky, *grass) == DominantColour(RGB(100, 150, 203), opaque=True)


@pytest.mark.parametrize("border", [31, 32, 33, 63, 64, 65, 96])
def test_pixels_on_both_sides_of_a_border_are_one_group(border: int) -> None:
    low, high = [(border - 1,) * 3] * 3, [(border,) * 3] * 3
    assert of(*low, *high, *[(200, 0, 0)] * 5) == DominantColour(RGB(border, border, border), opaque=True)


def test_transparent_pixels_do_not_count() -> None:
    assert of(*[(255, 0, 0, 127)] * 5, *[(0, 0, 255, 128)] * 2) == DominantColour(
        RGB(0, 0, 255), opaque=False
    )
    assert of((9, 255), (9, 255)) == DominantColour(RGB(9, 9, 9), opaque=True)
    assert of((9, 0), (9, 127)) is None


def test_a_difference_of_one_level_hardly_changes_the_colour() -> None:
    """Engines differ by one level."""
    chance = random.Random(5)
    sky = [(100 + chance.randrange(9), 150, 60 + chance.randrange(9)) for _ in range(600)]
    other = [(200, 1 + chance.randrange(30), 10) for _ in range(400)]
    first = of(*sky, *other)
    second = of(*(tuple(value + chance.choice((-1, 0, 1)) for value in pixel) for pixel in sky + other))
    assert first
    assert second
    assert max(abs(a - b) for a, b in zip(first.rgb, second.rgb, strict=True)) <= 1
