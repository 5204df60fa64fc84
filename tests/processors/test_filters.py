"""`Sharpen`, `Blur` and `Greyscale`: each sample is compared with the formula."""

from math import erf, sqrt

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from PIL import Image, ImageFilter

from advthumb.processors import Blur, Greyscale, Sharpen
from advthumb.testing import pictures

HALF = 0.5 + 1e-6
"""A sample is rounded, so it is off by at most half a level."""


def image(pixels):
    return pictures.as_image(np.asarray(pixels, np.uint8))


def levels(found):
    return np.asarray(found).astype(np.float64)


PHOTO = pictures.photo_pixels(90, 60)
NOISE = pictures.noise_pixels(90, 60, 4)


@pytest.mark.parametrize("amount", [0, 0.3, 1, 2.5])
@pytest.mark.parametrize("pixels", [PHOTO, PHOTO[..., :1], NOISE[..., :3]], ids=["RGB", "L", "noise"])
def test_sharpening_adds_the_difference_to_a_blurred_copy(pixels, amount):
    plain = image(pixels)
    blurred = plain.filter(ImageFilter.GaussianBlur(2))
    expected = levels(plain) + amount * (levels(plain) - levels(blurred))
    found = Sharpen(amount, radius=2).process(plain.copy())
    assert found.mode == plain.mode
    assert np.abs(levels(found) - expected.clip(0, 255)).max() <= HALF


@pytest.mark.parametrize("colours", [1, 3])
def test_sharpening_keeps_alpha_and_ignores_the_colours_of_transparent_pixels(colours):
    pixels = np.full((20, 40, colours + 1), 100, np.uint8)
    pixels[:, 20:, :colours] = 255
    pixels[..., -1] = [255] * 20 + [0] * 20
    found = np.asarray(Sharpen(1, radius=3).process(image(pixels)))
    assert (found[..., -1] == pixels[..., -1]).all()
    assert np.abs(found[:, :20, :colours].astype(int) - 100).max() <= 1


def test_a_blur_has_the_standard_deviation_that_it_is_given():
    edge = np.zeros((8, 200, 1), np.uint8)
    edge[:, 100:] = 255
    found = levels(Blur(6).process(image(edge)))[4]
    expected = [255 * (1 + erf((x + 0.5 - 100) / (6 * sqrt(2)))) / 2 for x in range(200)]
    assert np.abs(found - expected).max() < 3


@pytest.mark.parametrize("colours", [1, 3])
def test_no_colour_bleeds_from_transparent_pixels_when_blurring(colours):
    pixels = np.full((20, 60, colours + 1), 200, np.uint8)
    pixels[:, 30:, :colours] = 0
    pixels[..., -1] = [255] * 30 + [0] * 30
    found = np.asarray(Blur(4).process(image(pixels)))
    seen = found[..., -1] > 16
    assert found.shape == pixels.shape
    assert 0 < found[10, 33, -1] < 255
    assert np.abs(found[seen][:, :colours].astype(int) - 200).max() <= 255 / 16 / 2 + 1


def test_a_plain_picture_stays_as_it_is_when_it_is_blurred_or_sharpened():
    plain = image(pictures.plain_pixels(30, 20, (10, 128, 250)))
    assert Blur(5).process(plain.copy()).tobytes() == plain.tobytes()
    assert Sharpen(3).process(plain.copy()).tobytes() == plain.tobytes()


def light(level):
    share = level / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def test_grey_has_the_luminance_of_the_colour():
    """Computed in linear light (CIE Y of sRGB), so that saturated colours are as bright as they look."""
    found = levels(Greyscale().process(image(NOISE[..., :3])))
    luminance = light(levels(NOISE[..., :3])) @ (0.2126, 0.7152, 0.0722)
    expected = np.where(luminance <= 0.0031308, luminance * 12.92, 1.055 * luminance ** (1 / 2.4) - 0.055)
    assert np.abs(found - expected * 255).max() <= HALF + 0.03  # luminances have 16 bits


def test_greys_stay_exactly_as_they_are():
    greys = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    assert (np.asarray(Greyscale().process(image(greys))) == greys[..., 0]).all()


@pytest.mark.parametrize(("mode", "grey"), [("L", "L"), ("LA", "LA"), ("RGB", "L"), ("RGBA", "LA")])
def test_grey_keeps_alpha(mode, grey):
    plain = image(NOISE).convert(mode)
    found = Greyscale().process(plain.copy())
    assert found.mode == grey
    if mode.endswith("A"):
        assert found.getchannel("A").tobytes() == plain.getchannel("A").tobytes()


@pytest.mark.parametrize("processor", [Sharpen(), Blur(), Greyscale()])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_picture_of_one_pixel_is_processed(processor, mode):
    assert processor.process(Image.new(mode, (1, 1), 90)).size == (1, 1)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Sharpen(-0.1), "Sharpen: amount=-0.1; it must be a number from 0 to 10, such as 0.6"),
        (lambda: Sharpen("0.5"), "Sharpen: amount='0.5'; it must be a number"),
        (lambda: Sharpen(True), "Sharpen: amount=True; it must be a number"),
        (lambda: Sharpen(float("nan")), "Sharpen: amount=nan; it must be a number"),
        (lambda: Sharpen(1, radius=-1), "Sharpen: radius=-1; it must be a number of pixels from 0 to 1000"),
        (lambda: Blur(1001), "Blur: radius=1001; it must be a number of pixels from 0 to 1000, such as 2.5"),
        (lambda: Blur(None), "Blur: radius=None; it must be a number of pixels"),
    ],
)
def test_a_bad_argument_is_refused_by_name_and_value(make, told):
    with pytest.raises(ImproperlyConfigured) as caught:
        make()
    assert told in str(caught.value)
