"""Processors of responsive sets: all files look alike, and each drawing is processed once."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from advthumb.core.formats import ImageFormat
from advthumb.core.spec import ResizeMethod, ThumbnailSpec
from advthumb.processing import text_of
from advthumb.processors import Blur, Processor, Rounded, Sharpen, Watermark
from advthumb.rendering import Recipe, examine, render
from advthumb.testing import pictures

PNG, WEBP = ImageFormat.PNG, ImageFormat.WEBP
ENGINES = ("pillow",)
seen = []


@dataclass(frozen=True)
class Noting(Processor):
    """Notes the size of each picture that it gets."""

    def process(self, image):
        seen.append(image.size)
        return image


def files(*processors, source=None):
    """Return the files of a square set of two widths in two formats, as (format, pixels)."""
    data = source or pictures.save(Image.new("RGB", (300, 300), "navy"), "PNG")
    spec = ThumbnailSpec(
        width=60,
        height=60,
        method=ResizeMethod.FILL,
        format=PNG,
        lossless=True,
        widths=(120,),
        further_formats=(WEBP,),
        processors=text_of(processors),
    )
    engine, info = examine(data, ENGINES)
    made = render(data, {0: Recipe(spec, ENGINES, processors=processors)}, engine, info)[0].outcome
    return [(each.format, Image.open(BytesIO(each.data)).convert("RGBA")) for each in (made, *made.siblings)]


def test_files_that_differ_only_in_their_format_are_processed_once():
    seen.clear()
    assert [(of, image.size) for of, image in files(Noting())] == [
        (PNG, (60, 60)),
        (WEBP, (60, 60)),
        (WEBP, (120, 120)),
        (PNG, (120, 120)),
    ]
    assert sorted(seen) == [(60, 60), (120, 120)]


@pytest.fixture
def mark(media):
    """Store a watermark, and return its name."""
    return default_storage.save(
        "mark.png", ContentFile(pictures.save(Image.new("RGB", (20, 10), "red"), "PNG"))
    )


def test_lengths_are_those_of_the_main_file_and_grow_with_the_picture(mark):
    dots = Image.new("L", (300, 300), 0)
    dots.paste(255, (125, 125, 175, 175))
    source = pictures.save(dots.convert("RGB"), "PNG")
    for processors in (
        [Rounded(20)],
        [Blur(6)],
        [Watermark(mark, storage="default", margin=4)],
        [Watermark(mark, storage="default", margin=4, scale=0.2)],
    ):
        found = files(*processors, source=source)
        small, large = (image for of, image in found if of is PNG)
        shrunk = np.asarray(large.reduce(2), int)
        assert np.abs(shrunk - np.asarray(small, int)).mean() < 1.5, processors
        assert large.tobytes() != files(source=source)[3][1].tobytes()


def test_a_watermark_never_becomes_wider_than_another_file_of_the_set(mark):
    assert Watermark(mark, storage="default").for_sibling(10, 0.5).scale == 1


def test_sharpening_has_the_same_radius_in_each_file():
    """It is about the pixels of a screen, not about the picture."""
    assert Sharpen(0.6).for_sibling(120, 2.0) == Sharpen(0.6)
