"""`{% picture %}`: every file of a set, so that the browser fetches one of them."""

import pytest
from django.core.files.storage import default_storage
from django.template import Template, TemplateSyntaxError
from hypothesis import given, settings
from PIL import Image

from advthumb.testing import assert_thumbnail
from tests.conftest import upload
from tests.testapp.models import Photo, Remote, Responsive

from .conftest import django, jinja
from .html import elements, image
from .sets import ALONE, AddressedStorage, name_of_set, photo
from .test_tag import texts

TAG = '{% picture p.thumbnail alt=p.title sizes="50vw" class="hero" fetchpriority="high" %}'
CALL = "{{ picture(p.thumbnail, alt=p.title, sizes='50vw', class_='hero', fetchpriority='high') }}"
SET = name_of_set()


def srcset(extension, name=SET):
    """Return the srcset of the three files of a format, of which the JPEG of 60 pixels is the main one."""
    main = f"/media/{name}" if extension == "jpg" else f"/media/{name}.60.{extension}"
    return f"/media/{name}.30.{extension} 30w, {main} 60w, /media/{name}.120.{extension} 120w"


@pytest.fixture
def by_density(monkeypatch):
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "densities", (1, 2))


@pytest.mark.parametrize(("render", "source"), [(django, TAG), (jinja, CALL)], ids=["django", "jinja"])
def test_the_tag_writes_a_source_for_each_further_format_and_an_image(render, source):
    assert elements(render(source, p=photo(SET))) == [
        ("picture", {}),
        ("source", {"type": "image/avif", "srcset": srcset("avif"), "sizes": "50vw"}),
        ("source", {"type": "image/webp", "srcset": srcset("webp"), "sizes": "50vw"}),
        (
            "img",
            {
                "src": f"/media/{SET}",
                "srcset": srcset("jpg"),
                "sizes": "50vw",
                "width": "60",
                "height": "40",
                "alt": "A beach",
                "loading": "lazy",
                "decoding": "async",
                "class": "hero",
                "fetchpriority": "high",
            },
        ),
    ]


def test_a_picture_without_sizes_is_as_wide_as_the_window():
    found = elements(django('{% picture p.thumbnail alt="" %}', p=photo(SET)))
    assert [attributes.get("sizes") for _tag, attributes in found] == [None, "100vw", "100vw", "100vw"]


def test_a_thumbnail_without_a_set_is_an_image_alone():
    assert elements(django(TAG, p=photo(ALONE))) == [
        ("picture", {}),
        (
            "img",
            {
                "src": f"/media/{ALONE}",
                "width": "60",
                "height": "40",
                "alt": "A beach",
                "loading": "lazy",
                "decoding": "async",
                "class": "hero",
                "fetchpriority": "high",
            },
        ),
    ]


def test_formats_without_widths_need_no_sizes():
    """With a width, the browser would show a small picture as wide as `sizes` says."""
    name = name_of_set(["AVIF"], [])
    found = dict(elements(django(TAG, p=photo(name))))
    assert found["source"] == {"type": "image/avif", "srcset": f"/media/{name}.60.avif"}
    assert not {"srcset", "sizes"} & found["img"].keys()


@pytest.mark.usefixtures("by_density")
def test_densities_need_no_sizes():
    name = name_of_set(["AVIF"], [120])
    found = dict(elements(django(TAG, p=photo(name))))
    avif = f"/media/{name}.60.avif 1x, /media/{name}.120.avif 2x"
    assert found["source"] == {"type": "image/avif", "srcset": avif}
    assert found["img"]["srcset"] == f"/media/{name} 1x, /media/{name}.120.jpg 2x"
    assert "sizes" not in found["img"]


@pytest.mark.usefixtures("by_density")
@pytest.mark.parametrize("name", [name_of_set([], [120]), name_of_set(["AVIF"], [120])])
def test_the_tag_of_a_single_image_lists_densities_of_its_own_format(name):
    found = image(django('{% thumbnail p.thumbnail alt="" %}', p=photo(name)))
    assert found["srcset"] == f"/media/{name} 1x, /media/{name}.120.jpg 2x"
    assert "sizes" not in found
    found = image(django('{% thumbnail p.thumbnail alt="" srcset=None %}', p=photo(name)))
    assert "srcset" not in found


@pytest.mark.usefixtures("by_density")
@pytest.mark.parametrize("name", [ALONE, name_of_set(["AVIF"], []), "thumbnails/a_thumbnail.jpg"])
def test_a_single_file_has_no_srcset(name):
    found = image(django('{% thumbnail p.thumbnail alt="" %}', p=photo(name)))
    assert (found["src"], "srcset" in found) == (f"/media/{name}", False)


def test_the_tag_of_a_single_image_lists_no_widths():
    """The browser would need to know `sizes`."""
    assert "srcset" not in image(django('{% thumbnail p.thumbnail alt="" %}', p=photo(SET)))


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("{{ p.thumbnail|thumbnail_url }}", 1),
        ('{% thumbnail p.thumbnail alt="" %}', 1),
        ('{% picture p.thumbnail alt="" %}', 9),
    ],
)
def test_a_storage_is_asked_for_each_url_that_is_shown_once(monkeypatch, source, asked):
    """Signing a URL takes a while."""
    names = []
    storage = AddressedStorage(lambda name: names.append(name) or f"/{name}")
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "storage", storage)
    django(source, p=photo(SET))
    assert len(names) == len(set(names)) == asked


def test_a_name_of_version_2_is_shown_without_opening_its_file(calls):
    found = dict(elements(django(TAG, p=photo("thumbnails/a_thumbnail.jpg"))))
    assert found["img"]["src"] == "/media/thumbnails/a_thumbnail.jpg"
    assert not {"width", "height", "srcset"} & found["img"].keys()
    assert not calls


@pytest.mark.parametrize(("render", "source"), [(django, TAG), (jinja, CALL)], ids=["django", "jinja"])
def test_a_fallback_replaces_a_missing_thumbnail(render, source, empty, settings):
    assert render(source, p=empty) == render(source, p=None) == ""
    settings.STATIC_URL = "/static/"
    settings.ADVANCE_THUMBNAIL_FALLBACK = "none.svg"
    (_picture, (tag, attributes)) = elements(render(source, p=empty))
    assert (tag, attributes["src"], attributes["class"]) == ("img", "/static/none.svg", "hero")
    assert not {"sizes", "srcset", "width"} & attributes.keys()


@given(alt=texts, sizes=texts, value=texts)
@settings(deadline=None)
def test_a_hostile_value_cannot_break_out_of_its_attribute(alt, sizes, value):
    source = "{% picture p.thumbnail alt=alt sizes=sizes data-x=value %}"
    html = django(source, p=photo(SET), alt=alt, sizes=sizes, value=value)
    found = elements(html)
    assert [tag for tag, _attributes in found] == ["picture", "source", "source", "img"]
    assert {attributes["sizes"] for _tag, attributes in found[1:]} == {sizes}
    assert (found[-1][1]["alt"], found[-1][1]["data-x"]) == (alt, value)


def test_urls_are_escaped():
    name = name_of_set().replace("/a_", "/a&b_")
    html = django(TAG, p=Remote(thumbnail=name))
    assert "/a&amp;b_" in html
    assert dict(elements(html))["img"]["src"] == f"https://files.example/{name}"


def test_a_url_with_spaces_or_with_a_comma_at_its_end_does_not_break_the_list(monkeypatch):
    storage = AddressedStorage(lambda name: f"/a b/{name}?signed=x,")
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "storage", storage)
    found = dict(elements(django(TAG, p=photo(name_of_set(["AVIF"], [120])))))
    first, second = (f"/a%20b/{name_of_set(['AVIF'], [120])}.{width}.avif?signed=x%2C" for width in (60, 120))
    assert found["source"]["srcset"] == f"{first} 60w, {second} 120w"
    assert found["img"]["src"].endswith("?signed=x,")


def test_a_variable_gets_the_picture():
    source = '{% picture p.thumbnail alt="" as hero %}[{{ hero }}]'
    assert elements(django(source, p=photo(SET))[1:-1])[0] == ("picture", {})


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("p.thumbnail", r"alt is missing.*\{% picture product\.thumbnail "),
        ("", r"Name the thumbnail first: \{% picture "),
        ("p.thumbnail alt='' src='x'", "src is the URL of the thumbnail"),
        ("p.thumbnail alt='' sizes='1px' SIZES='2px'", "The attribute 'sizes' is given twice"),
    ],
)
def test_a_mistake_is_found_when_the_template_is_compiled(inside, message):
    with pytest.raises(TemplateSyntaxError, match=message):
        Template("{% load advthumb %}{% picture " + inside + " %}")


def test_the_function_for_jinja_needs_an_alt():
    with pytest.raises(TypeError, match=r"^picture\(\) needs alt="):
        jinja("{{ picture(p.thumbnail) }}", p=photo(SET))
    assert jinja("[{{ picture(p.typo, alt='') }}]", p=photo(SET)) == "[]"


def test_another_value_is_an_error():
    with pytest.raises(TypeError, match=r"the file of testapp\.Photo\.image"):
        django('{% picture p.image alt="" %}', p=photo(SET))


MEDIA_TYPES = {"image/webp": "WEBP", None: "JPEG"}  # the <img> has no type


@pytest.mark.django_db
@pytest.mark.parametrize("size", [(120, 80), (30, 50), (7, 5)])
def test_every_file_of_a_stored_set_is_what_the_page_says(media, size):
    """Of a small source some widths are missing, and never a file that is listed."""
    Responsive.objects.create(image=upload(size=size))
    row = Responsive.objects.get()
    assert_thumbnail(row.hero)
    listed = set()
    for _tag, attributes in elements(django('{% picture p.hero alt="" %}', p=row))[1:]:
        for each in (attributes.get("srcset") or attributes["src"]).split(", "):
            url, _space, descriptor = each.partition(" ")
            name = url.removeprefix("/media/")
            with Image.open(media / name) as file:
                assert file.format == MEDIA_TYPES[attributes.get("type")]
                assert descriptor in {f"{file.width}w", ""}
            listed.add(name)
    assert listed == {f"hero/{name}" for name in default_storage.listdir("hero")[1]}


@pytest.mark.django_db
def test_a_stored_set_for_two_densities_is_listed(media):
    row = Responsive.objects.create(image=upload(size=(120, 80)))
    name = row.tile.name
    shown = image(django('{% thumbnail p.tile alt="" %}', p=row))
    assert shown["srcset"] == f"/media/{name} 1x, /media/{name}.60.jpg 2x"
    with Image.open(media / f"{name}.60.jpg") as file:
        assert file.size == (60, 60)
    small = Responsive.objects.create(image=upload(size=(45, 45)))
    assert image(django('{% thumbnail p.tile alt="" %}', p=small))["srcset"].endswith(".45.jpg 1.5x")
