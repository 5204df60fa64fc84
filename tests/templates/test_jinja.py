"""The extension for Jinja2: the same names, and the same HTML."""

import pytest
from django.template import engines
from jinja2 import DebugUndefined, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from tests.testapp.models import Photo, Remote

from .conftest import django, jinja, jinja_backend
from .html import image
from .test_tag import STORED


def stored():
    return Photo(title="A beach", image="images/a.jpg", thumbnail=STORED)


def test_the_function_writes_the_same_html_as_the_django_tag():
    written = django('{% thumbnail p.thumbnail alt=p.title class="card" data-id=5 hidden=True %}', p=stored())
    assert jinja(
        '{{ thumbnail(p.thumbnail, alt=p.title, class="card", data_id=5, hidden=True) }}', p=stored()
    ) == (written)


def test_attribute_names_in_python_and_in_html():
    html = jinja(
        "{{ thumbnail(p.thumbnail, alt='', class_='card', aria_label='x', loading=None, "
        "**{'x-on:click': 'open', '@click.prevent': 'shut'}) }}",
        p=stored(),
    )
    found = image(html)
    assert (found["class"], found["aria-label"]) == ("card", "x")
    assert (found["x-on:click"], found["@click.prevent"]) == ("open", "shut")
    assert "loading" not in found


def test_the_result_is_markup_and_values_are_escaped():
    html = jinja("{{ thumbnail(p.thumbnail, alt=alt) }}", p=stored(), alt='"><script>')
    assert image(html)["alt"] == '"><script>'
    html = jinja("{{ thumbnail(p.thumbnail, alt=alt) }}", p=stored(), alt=Markup("a &amp; b"))
    assert image(html)["alt"] == "a & b"
    html = jinja("{{ '<p>' ~ thumbnail(p.thumbnail, alt='') }}", p=stored())
    assert html.startswith("&lt;p&gt;<img ")


def test_values_are_escaped_even_without_autoescape():
    environment = Environment(extensions=["advthumb.jinja.ThumbnailExtension"], autoescape=False)
    template = environment.from_string("{{ thumbnail(p.thumbnail, alt=alt) }}")
    assert image(template.render(p=stored(), alt='"<'))["alt"] == '"<'


@pytest.mark.parametrize("call", ["thumbnail(p.thumbnail)", "thumbnail(p.thumbnail, class='x')"])
def test_a_missing_alt_is_an_error(call):
    with pytest.raises(TypeError, match="needs alt="):
        jinja("{{ " + call + " }}", p=stored())


def test_a_name_that_could_inject_is_refused():
    with pytest.raises(ValueError, match="cannot be the name of an HTML attribute"):
        jinja("{{ thumbnail(p.thumbnail, alt='', **names) }}", p=stored(), names={"x onerror": "alert(1)"})


def test_another_value_is_an_error():
    with pytest.raises(TypeError, match=r"the file of testapp\.Photo\.image"):
        jinja("{{ thumbnail(p.image, alt='') }}", p=stored())


def test_the_url_filter_and_function(settings, empty):
    settings.STATIC_URL = "/static/"
    assert jinja("{{ p.thumbnail|thumbnail_url }}", p=stored()) == f"/media/{STORED}"
    assert jinja("{{ thumbnail_url(p.thumbnail) }}", p=stored()) == f"/media/{STORED}"
    assert jinja("{{ p.thumbnail|thumbnail_url('none.png') }}", p=empty) == "/static/none.png"
    assert jinja("{{ thumbnail_url(p.thumbnail, 'source') }}", p=Photo(image="b.jpg")) == "/media/b.jpg"
    assert jinja("{{ p.thumbnail|thumbnail_url }}", p=empty) == ""
    assert (
        jinja("{{ p.thumbnail|thumbnail_url }}", p=Remote(thumbnail="a&b")) == "https://files.example/a&amp;b"
    )


def test_a_row_without_a_thumbnail_shows_the_fallback(settings, empty):
    source = "{{ thumbnail(p.thumbnail, alt='') }}"
    assert jinja(source, p=empty) == ""
    settings.STATIC_URL = "/static/"
    settings.ADVANCE_THUMBNAIL_FALLBACK = "none.svg"
    assert image(jinja(source, p=empty))["src"] == "/static/none.svg"


@pytest.mark.parametrize("undefined", [None, DebugUndefined])
def test_an_undefined_value_shows_nothing(undefined):
    options = {"undefined": undefined} if undefined else {}
    template = jinja_backend(**options).from_string("[{{ thumbnail(p.typo, alt='') }}{{ q|thumbnail_url }}]")
    assert template.render({"p": stored()}) == "[]"
    assert template.render({"p": None}) == "[]"


def test_an_undefined_value_is_an_error_in_a_strict_environment():
    template = jinja_backend(undefined=StrictUndefined).from_string("{{ thumbnail(p.typo, alt='') }}")
    with pytest.raises(UndefinedError, match="typo"):
        template.render({"p": stored()})


def test_the_settings_of_the_documentation_work(settings):
    settings.TEMPLATES = [
        *settings.TEMPLATES,
        {
            "BACKEND": "django.template.backends.jinja2.Jinja2",
            "OPTIONS": {"extensions": ["advthumb.jinja.ThumbnailExtension"]},
        },
    ]
    template = engines["jinja2"].from_string("{{ thumbnail(p.thumbnail, alt='') }}")
    assert image(template.render({"p": stored()}))["width"] == "60"
