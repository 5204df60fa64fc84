"""`core.attributes`: the attributes of a thumbnail's `<img>`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.attributes import (
    FurtherFormat,
    Shown,
    attribute_name,
    image_attributes,
    picture_attributes,
)
from advthumb.core.images import Size

SHOWN = Shown("/media/a.jpg", Size(300, 200))
NAMES = ["class", "data-id", "aria-label", "hx-get", "hx-on::after-request", "x-on:click", "@click.prevent"]


def test_an_image_is_lazy_and_has_its_size():
    assert list(image_attributes(SHOWN, {"alt": "A beach"}).items()) == [
        ("src", "/media/a.jpg"),
        ("width", 300),
        ("height", 200),
        ("alt", "A beach"),
        ("loading", "lazy"),
        ("decoding", "async"),
    ]


def test_an_unknown_size_is_left_out():
    assert image_attributes(Shown("/a.jpg"), {}).keys() == {"src", "alt", "loading", "decoding"}
    assert "height" not in image_attributes(Shown("/a.jpg"), {"width": 100})


def test_given_attributes_replace_the_defaults_and_are_added():
    made = image_attributes(SHOWN, {"alt": "", "loading": "eager", "decoding": None, "data-id": 5})
    assert (made["loading"], made["decoding"], made["data-id"]) == ("eager", None, 5)


@pytest.mark.parametrize("alt", [None, True, False])
def test_an_empty_alt_is_written(alt):
    assert image_attributes(SHOWN, {"alt": alt})["alt"] == ""


@pytest.mark.parametrize(
    ("chosen", "sides"),
    [
        ({"width": 150}, (150, 100)),
        ({"width": "151"}, (151, 101)),
        ({"height": 100}, (150, 100)),
        ({"width": 1}, (1, 1)),
        ({"width": 9, "height": 9}, (9, 9)),
    ],
)
def test_one_given_side_keeps_the_aspect_ratio(chosen, sides):
    made = image_attributes(SHOWN, chosen)
    assert (int(made["width"]), int(made["height"])) == sides


@pytest.mark.parametrize("value", [None, False, True, "50%", "auto", "-3", "²", "٣", 1.5])
def test_a_given_side_that_is_not_a_number_omits_the_other_side(value):
    assert "height" not in image_attributes(SHOWN, {"width": value})
    assert "width" not in image_attributes(SHOWN, {"height": value})


@given(st.integers(1, 60_000), st.integers(1, 60_000), st.integers(1, 60_000))
def test_the_aspect_ratio_is_kept_to_half_a_pixel(width, height, chosen):
    made = image_attributes(Shown("/a.jpg", Size(width, height)), {"width": chosen})["height"]
    assert made >= 1
    assert made == 1 or abs(made - chosen * height / width) <= 0.5


def test_no_side_is_rounded_to_nothing():
    assert image_attributes(Shown("/a.jpg", Size(300, 1)), {"width": 1})["height"] == 1


@pytest.mark.parametrize("name", NAMES)
def test_names_of_common_libraries_are_accepted(name):
    assert attribute_name(name) == name


def test_attribute_names_are_case_insensitive():
    made = image_attributes(SHOWN, {"ALT": "A beach", "Loading": "eager"})
    assert (made["alt"], made["loading"]) == ("A beach", "eager")
    assert not {"ALT", "Loading"} & made.keys()


@pytest.mark.parametrize(
    "name", ["", "a b", 'a"', "a>", "a/b", "a=b", "a\n", "a\x00", "1a", "-a", "naïve", "\u212a"]
)
def test_an_invalid_attribute_name_is_refused(name):
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        image_attributes(SHOWN, {name: "x"})


@pytest.mark.parametrize("name", ["src", "SRC"])
def test_a_second_src_is_refused(name):
    with pytest.raises(ValueError, match="src is the URL of the thumbnail"):
        image_attributes(SHOWN, {name: "x"})


@given(st.text(max_size=5))
def test_no_accepted_name_can_break_out_of_its_attribute(name):
    try:
        accepted = attribute_name(name)
    except ValueError:
        return
    assert not set(accepted) & set(" \t\n\f\r\"'>/=<\x00")
    assert accepted.isascii()
    assert accepted == name.lower()


AVIF = FurtherFormat("image/avif", "a.avif 400w, b.avif 800w")
SET = SHOWN._replace(srcset="a.jpg 400w, b.jpg 800w", by_width=True, further=(AVIF,))


def test_each_further_format_is_a_source_and_the_image_has_the_rest():
    sources, image = picture_attributes(SET, {"alt": "A beach", "class": "hero", "SIZES": "50vw"})
    assert sources == [{"type": "image/avif", "srcset": AVIF.srcset, "sizes": "50vw"}]
    assert image == {
        "src": "/media/a.jpg",
        "srcset": SET.srcset,
        "sizes": "50vw",
        "width": 300,
        "height": 200,
        "alt": "A beach",
        "loading": "lazy",
        "decoding": "async",
        "class": "hero",
    }


def test_a_picture_is_as_wide_as_the_window_if_nobody_says_more():
    sources, image = picture_attributes(SET, {"alt": ""})
    assert (sources[0]["sizes"], image["sizes"]) == ("100vw", "100vw")
    sources, image = picture_attributes(SET, {"alt": "", "sizes": None})
    assert (sources[0]["sizes"], image["sizes"]) == (None, None)


def test_sizes_have_no_meaning_without_widths():
    by_density = SET._replace(srcset="a.jpg 1x, b.jpg 2x", by_width=False)
    sources, image = picture_attributes(by_density, {"alt": "", "sizes": "50vw"})
    assert not {"sizes"} & (sources[0].keys() | image.keys())


def test_a_name_is_refused_in_a_picture_too():
    with pytest.raises(ValueError, match="src is the URL of the thumbnail"):
        picture_attributes(SET, {"alt": "", "src": "x"})


def test_a_choice_is_written_to_an_image():
    made = image_attributes(SHOWN._replace(srcset="a.jpg 1x, b.jpg 2x"), {"alt": ""})
    assert [*made][:3] == ["src", "srcset", "width"]
    assert image_attributes(SHOWN, {"alt": ""}).keys() & {"srcset"} == set()
