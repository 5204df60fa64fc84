"""`Rounded`: smooth corners, and nothing else changes."""

from math import pi

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from PIL import Image

from advthumb.processors import Rounded
from advthumb.testing import pictures


def alpha_of(found):
    return np.asarray(found.getchannel("A")).astype(int)


def covered(radius, times=32):
    """Return how much of each pixel of the upper left corner lies inside of the arc, in levels."""
    side = radius * times
    places = (np.arange(side) + 0.5) / times - radius
    inside = places[:, None] ** 2 + places[None, :] ** 2 <= radius**2
    return 255 * inside.reshape(radius, times, radius, times).mean(axis=(1, 3))


@pytest.mark.parametrize("radius", [1, 2, 7, 24, 60])
def test_each_corner_is_as_opaque_as_the_arc_covers_its_pixels(radius):
    found = alpha_of(Rounded(radius).process(Image.new("RGB", (150, 130))))
    corners = [found, found[:, ::-1], found[::-1], found[::-1, ::-1]]
    for corner in corners:
        assert np.abs(corner[:radius, :radius] - covered(radius)).max() <= 255 / 20
    found[:radius, :radius] = found[:radius, -radius:] = 255
    found[-radius:, :radius] = found[-radius:, -radius:] = 255
    assert (found == 255).all()


def test_a_large_radius_makes_a_square_a_circle():
    found = alpha_of(Rounded(10_000).process(Image.new("RGB", (80, 80))))
    assert found.sum() / 255 == pytest.approx(pi * 40**2, rel=0.003)
    assert found[40, 0] > 250
    assert found[0, 40] > 250


def test_a_large_corner_is_drawn_less_finely_but_just_as_round():
    """So the drawing for it never needs more memory than a few thumbnails."""
    found = alpha_of(Rounded(700).process(Image.new("L", (1400, 1400))))
    assert found.sum() / 255 == pytest.approx(pi * 700**2, rel=0.0005)


@pytest.mark.parametrize(
    ("mode", "with_alpha"), [("L", "LA"), ("LA", "LA"), ("RGB", "RGBA"), ("RGBA", "RGBA")]
)
def test_colours_are_kept(mode, with_alpha):
    plain = pictures.as_image(pictures.noise_pixels(40, 30, 4)).convert(mode)
    found = Rounded(9).process(plain.copy())
    assert found.mode == with_alpha
    for band in plain.getbands():
        if band != "A":
            assert found.getchannel(band).tobytes() == plain.getchannel(band).tobytes()


def test_what_was_transparent_stays_transparent():
    plain = Image.new("RGBA", (40, 40), (255, 0, 0, 100))
    found = alpha_of(Rounded(10).process(plain))
    whole = alpha_of(Rounded(10).process(Image.new("RGB", (40, 40))))
    assert np.abs(found - whole * 100 / 255).max() <= 0.51
    assert found[20, 20] == 100


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 2)])
def test_tiny_pictures_have_no_corners_to_round(size):
    assert Rounded(24).process(Image.new("RGB", size)).size == size


@pytest.mark.parametrize("radius", [0, -3, 2.5, "24", True, None])
def test_a_bad_radius_is_refused(radius):
    with pytest.raises(ImproperlyConfigured) as caught:
        Rounded(radius)
    assert f"Rounded: radius={radius!r}; it must be a whole number of pixels above 0" in str(caught.value)
