"""`engines.pillow.strips`: a picture processed in strips gives the same result as the whole."""

import numpy as np
import pytest
from PIL import Image

from advthumb.engines.pillow import strips
from tests import pictures

GAP = 3.0
PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}


@pytest.fixture
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make strips so small that even small pictures are cut, with a remainder."""
    monkeypatch.setattr(strips, "_LARGE", 1)
    monkeypatch.setattr(strips, "_STRIP", 1000)


@pytest.mark.usefixtures("small_strips")
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_a_per_pixel_change_gives_the_same_result_in_strips(mode: str) -> None:
    image = pictures.as_image(pictures.photo_pixels(97, 83)).convert(mode)
    image.info["kept"] = "what the picture carries"
    heights = []

    def inverted(strip: Image.Image) -> Image.Image:
        heights.append(strip.height)
        return strip.point(lambda value: 255 - value)

    assert strips.changed(image, inverted).tobytes() == inverted(image).tobytes()
    assert strips.changed(image, inverted).info == image.info
    assert heights[:9] == [*[10] * 8, 3]


@pytest.mark.usefixtures("small_strips")
def test_a_mode_conversion_gives_the_same_result_in_strips() -> None:
    image = pictures.as_image(pictures.photo_pixels(97, 83)).convert("P")
    found = strips.changed(image, lambda strip: strip.convert("RGB"))
    assert found.tobytes() == image.convert("RGB").tobytes()


@pytest.mark.parametrize("size", [(10, 9), (30, 5), (3, 40), (90, 80)])
@pytest.mark.parametrize("box", [(0, 0, 397, 283), (13.5, 7.25, 380.75, 250), (200, 100, 397, 283)])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_pictures_with_alpha_are_scaled_like_opaque_ones(
    monkeypatch: pytest.MonkeyPatch, mode: str, box: tuple[float, float, float, float], size: tuple[int, int]
) -> None:
    """Like opaque pictures: first a mean of whole pixels, down to three times the size."""
    monkeypatch.setattr(strips, "_STRIP", 5000)
    image = pictures.as_image(pictures.gradient_pixels(397, 283)).convert(mode)
    image.putalpha(pictures.as_image(pictures.gradient_pixels(397, 283)).convert("L"))
    whole = image.convert(PREMULTIPLIED[mode])
    expected = whole.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=GAP).convert(mode)
    found = strips.scaled(image, size, box, GAP)
    assert (found.mode, found.size) == (mode, size)
    weight = np.asarray(expected.getchannel("A"))[..., None] / 255
    difference = np.abs(np.asarray(found).astype(int) - np.asarray(expected)) * weight
    assert difference.max() <= 3  # Pillow starts its means at the box, not at the corner of the picture


def test_opaque_pictures_are_left_to_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    image = pictures.as_image(pictures.photo_pixels(400, 300))
    expected = image.resize((40, 30), Image.Resampling.LANCZOS, (0, 0, 400, 300), reducing_gap=GAP)
    assert strips.scaled(image, (40, 30), (0, 0, 400, 300), GAP).tobytes() == expected.tobytes()
