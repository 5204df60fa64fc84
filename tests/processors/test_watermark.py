"""`Watermark`: where it is placed, how it is composed, and what happens while it cannot be read."""

from io import BytesIO

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.processing import text_of
from advthumb.processors import Watermark, marks
from advthumb.testing import pictures

RED = (255, 0, 0, 255)


@pytest.fixture
def static(settings, tmp_path):
    """Return a function that writes a static file."""
    folder = tmp_path / "static"
    settings.STATICFILES_DIRS = [folder]

    def write(image, name="brand/mark.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image if isinstance(image, bytes) else saved(image))
        return name

    folder.mkdir()
    return write


def saved(image, **options):
    out = BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def plain(colour=RED, size=(20, 10)):
    return Image.new("RGBA", size, colour)


def marked(mark, on, **options):
    return np.asarray(Watermark(mark, **options).process(on)).astype(int)


def place(found):
    """Return the box of what is not black."""
    rows, columns = np.nonzero(found.max(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    ("position", "corner"),
    [
        *(("nw", (5, 5)), ("n", (40, 5)), ("ne", (75, 5))),
        *(("w", (5, 35)), ("c", (40, 35)), ("e", (75, 35))),
        *(("sw", (5, 65)), ("s", (40, 65)), ("se", (75, 65))),
    ],
)
def test_it_is_placed_within_the_margin(static, position, corner):
    found = marked(static(plain()), Image.new("RGB", (100, 80)), position=position, margin=5)
    assert place(found) == (*corner, corner[0] + 20, corner[1] + 10)
    assert (found[corner[1] : corner[1] + 10, corner[0] : corner[0] + 20] == RED[:3]).all()


def test_it_lies_in_the_lower_right_by_default(static):
    found = marked(static(plain()), Image.new("RGB", (100, 80)))
    assert place(found) == (72, 62, 92, 72)


@pytest.mark.parametrize(
    ("scale", "size"), [(None, (20, 10)), (0.1, (10, 5)), (0.25, (25, 12)), (1.0, (90, 45)), (0.001, (1, 1))]
)
def test_its_size_follows_the_width_of_the_thumbnail_and_its_own_aspect_ratio(static, scale, size):
    found = marked(static(plain()), Image.new("RGB", (100, 80)), position="nw", margin=5, scale=scale)
    assert place(found) == (5, 5, 5 + size[0], 5 + size[1])


@pytest.mark.parametrize(
    ("mark", "on", "box"),
    [
        ((400, 100), (100, 80), (5, 53, 95, 75)),
        ((100, 400), (100, 80), (77, 5, 95, 75)),
        ((20, 10), (9, 9), (4, 4, 5, 5)),
        ((20, 10), (1, 1), (0, 0, 1, 1)),
    ],
)
def test_it_never_exceeds_the_thumbnail(static, mark, on, box):
    assert place(marked(static(plain(size=mark)), Image.new("RGB", on), margin=5)) == box


@pytest.mark.parametrize("opacity", [0, 0.25, 0.5, 1])
def test_opacity_and_alpha_are_multiplied(static, opacity):
    mark = static(plain((255, 255, 255, 200)))
    [level] = set(marked(mark, Image.new("RGB", (20, 10), (40, 40, 40)), margin=0, opacity=opacity).flat)
    alpha = 200 / 255 * opacity
    assert level == pytest.approx(40 + (255 - 40) * alpha, abs=1)


def test_over_transparent_pixels_it_keeps_its_colour(static):
    mark = static(plain((250, 120, 10, 128)))
    found = marked(mark, Image.new("RGBA", (20, 10), (0, 0, 255, 0)), margin=0, opacity=0.5)
    assert (found == (250, 120, 10, 64)).all()


def test_over_half_transparent_pixels_alpha_is_added_up(static):
    """The formula of Porter and Duff: colours are weighted with their alpha."""
    mark = static(plain((255, 0, 0, 128)))
    found = marked(mark, Image.new("RGBA", (20, 10), (0, 0, 255, 128)), margin=0)[0, 0]
    over, under = 128 / 255, 128 / 255 * (1 - 128 / 255)
    alpha = over + under
    assert found == pytest.approx([255 * over / alpha, 0, 255 * under / alpha, 255 * alpha], abs=1)


def test_no_colour_bleeds_from_transparent_pixels_when_it_is_scaled(static):
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[..., :3] = (0, 255, 0)  # hidden
    pixels[10:30, 10:30] = RED
    found = marked(static(pictures.as_image(pixels)), Image.new("RGB", (13, 13)), margin=0)
    assert found[..., 0].max() > 200
    assert found[..., 1].max() == 0


@pytest.mark.parametrize(
    ("mode", "colour", "result"),
    [
        *(("L", (90, 90, 90, 255), "L"), ("LA", (90, 90, 90, 255), "LA")),
        *(("L", RED, "RGB"), ("LA", RED, "RGBA"), ("L", (255, 0, 0, 0), "L")),
        *(("RGB", (90, 90, 90, 255), "RGB"), ("RGBA", RED, "RGBA")),
    ],
)
def test_a_grey_thumbnail_becomes_coloured_only_for_a_coloured_mark(static, mode, colour, result):
    found = Watermark(static(plain(colour)), margin=0).process(Image.new(mode, (20, 10), 0))
    assert found.mode == result
    if colour[3]:
        assert found.convert("RGB").getpixel((9, 5)) == colour[:3]


def test_it_is_turned_upright_and_converted_like_any_source(static):
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned clockwise
    mark = Image.new("RGBA", (20, 10), RED)
    mark.paste((0, 0, 255, 255), (0, 0, 10, 10))
    found = marked(static(saved(mark, exif=exif)), Image.new("RGB", (10, 20)), margin=0)
    assert (found[:10] == (0, 0, 255)).all()
    assert (found[10:] == (255, 0, 0)).all()


def test_an_animation_gives_its_first_frame(static):
    name = static(pictures.animated("GIF"), "moving.gif")
    assert place(marked(name, Image.new("RGB", (60, 60)), margin=0)) == (20, 20, 60, 60)


def test_it_may_lie_in_a_storage_and_is_read_once(media):
    default_storage.save("logos/mark.png", ContentFile(saved(plain())))
    mark = Watermark("logos/mark.png", storage="default", margin=0)
    default_storage.calls.clear()
    for _ in range(3):
        mark.process(Image.new("RGB", (20, 10)))
        text_of([mark])
    assert default_storage.calls["open"] == 1


def test_its_content_counts_and_not_its_name(static, settings):
    mark, other = Watermark(static(plain())), Watermark(static(plain(), "other.png"))
    before = text_of([mark])
    assert "mark.png" not in before
    assert before == text_of([other])
    assert before != text_of([Watermark("other.png", opacity=0.5)])
    static(plain((0, 0, 255, 255)))
    assert text_of([mark]) == before, "a process reads it once"
    settings.ADVANCE_THUMBNAIL_QUALITY = 50  # a new process begins, or a test changes its settings
    assert text_of([mark]) != before


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        (None, {}, "the watermark 'brand/mark.png' cannot be used: no static file has that name"),
        (b"GIF89a", {}, "the watermark 'brand/mark.png' cannot be used: the file is damaged"),
        (b"<svg/>", {}, "the watermark 'brand/mark.png' cannot be used: "),
        (None, {"storage": "default"}, "cannot be used: reading 'brand/mark.png' failed: "),
        (None, {"storage": "cdn"}, "cannot be used: opening the storage 'cdn' failed: "),
        (None, {"file": "../secret.png"}, "the watermark '../secret.png' cannot be used: "),
    ],
    ids=["missing", "damaged", "no picture", "missing in storage", "no storage", "outside"],
)
def test_a_watermark_that_cannot_be_read_is_a_passing_error_of_the_engine(static, content, options, told):
    if content is not None:
        static(content)
    mark = Watermark(**{"file": "brand/mark.png"} | options)
    with pytest.raises(ThumbnailError) as caught:
        mark.process(Image.new("RGB", (20, 10)))
    assert (caught.value.code, caught.value.for_now) == (ErrorCode.ENGINE, True)
    assert told in caught.value.message
    assert "content='unreadable'" in text_of([mark])
    [message] = mark.check()
    assert message.id == "advthumb.E016"
    assert told in message.msg


def test_limits_of_sources_hold_for_watermarks(static, settings):
    name = static(plain(size=(100, 100)))
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 9_999
    assert "ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS is 9999" in Watermark(name).check()[0].msg
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = None
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 20
    assert "ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES is 20" in Watermark(name).check()[0].msg


def test_a_missing_watermark_is_looked_for_again_only_after_some_seconds(static, monkeypatch):
    """Otherwise every row of a page would ask the storage while it is down."""
    mark = Watermark("brand/mark.png")
    assert mark.check()
    static(plain())
    assert mark.check()
    now = marks.time.monotonic()
    monkeypatch.setattr(marks.time, "monotonic", lambda: now + 11)
    assert not mark.check()
    assert "unreadable" not in text_of([mark])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"file": ""}, "Watermark: file=''; it must be the name of a static file, such as 'brand/mark.png'"),
        ({"file": None}, "Watermark: file=None; it must be"),
        ({"position": "north"}, "position='north'; it must be one of nw, n, ne, w, c, e, sw, s, se"),
        ({"position": ["se"]}, "position=['se']; it must be one of"),
        ({"opacity": 50}, "opacity=50; it must be a number from 0 to 1"),
        ({"scale": 0}, "scale=0; it must be a fraction of the width above 0 and up to 1, or None"),
        ({"scale": 20}, "scale=20; it must be a fraction"),
        ({"margin": -1}, "margin=-1; it must be a whole number of pixels from 0 on"),
        ({"margin": 0.1}, "margin=0.1; it must be a whole number of pixels"),
        ({"storage": default_storage}, "it must be the alias of a storage in STORAGES, or None"),
    ],
)
def test_a_bad_argument_is_refused_by_name_and_value(arguments, told):
    with pytest.raises(ImproperlyConfigured) as caught:
        Watermark(**{"file": "a.png"} | arguments)
    assert told in str(caught.value)
