"""`{% thumbnail %}`: a complete, valid `<img>` with every attribute that its author wants."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.test import override_settings
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import upload
from tests.testapp.models import Photo, Remote

from .conftest import django
from .html import elements, image

NAMES = ["data-id", "aria-label", "hx-get", "x-on:click", "@click", ":class", "hx-on::after-request"]
STORED = "thumbnails/a_thumbnail_60x40_yx9tja62720f1nx1cshgz4_x7k2m9q.jpg"

# Text that a parser accepts: no characters that are HTML parse errors (controls, non-characters).
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"], include_characters="\n\t")
) | st.sampled_from(
    ['"><script>alert(1)</script>', "' onerror='x", '" onerror="x', "&quot;", "&#34; x=", "</img>", "`"]
)


def stored() -> Photo:
    """Return a row with a thumbnail, without a database."""
    return Photo(image="images/a.jpg", thumbnail=STORED)


def test_the_tag_writes_a_complete_image(photo):
    html = django("{% thumbnail p.thumbnail alt=p.title %}", p=photo)
    assert image(html) == {
        "src": photo.thumbnail.url,
        "width": "60",
        "height": "40",
        "alt": "A beach",
        "loading": "lazy",
        "decoding": "async",
    }


def test_attributes_can_be_replaced_added_and_omitted():
    html = django(
        '{% thumbnail p.thumbnail alt="" class="card wide" loading="eager" fetchpriority="high" '
        "decoding=None data-x=y hidden=True title=False %}",
        p=stored(),
        y=5,
    )
    found = image(html)
    assert found.keys() == {
        "src",
        "width",
        "height",
        "alt",
        "class",
        "loading",
        "fetchpriority",
        "data-x",
        "hidden",
    }
    assert (found["class"], found["loading"], found["fetchpriority"]) == ("card wide", "eager", "high")
    assert (found["data-x"], found["hidden"]) == ("5", "")
    assert " hidden>" in html


@pytest.mark.parametrize("name", NAMES)
def test_any_attribute_name_is_accepted(name):
    assert image(django("{% thumbnail p.thumbnail alt='' " + name + "='a b' %}", p=stored()))[name] == "a b"


def test_values_are_expressions_with_filters():
    found = image(django('{% thumbnail p.thumbnail alt=p.title|default:"a=b | c" %}', p=stored()))
    assert found["alt"] == "a=b | c"
    found = image(django('{% thumbnail p.none|default:p.thumbnail alt=_("Photo") %}', p=stored()))
    assert found["alt"] == "Photo"


def test_one_side_scales_the_other():
    found = image(django('{% thumbnail p.thumbnail alt="" width=30 %}', p=stored()))
    assert (found["width"], found["height"]) == ("30", "20")
    found = image(django('{% thumbnail p.thumbnail alt="" width=None height=None %}', p=stored()))
    assert not {"width", "height"} & found.keys()


@given(alt=texts, value=texts)
@settings(deadline=None)
def test_a_hostile_value_cannot_break_out_of_its_attribute(alt, value):
    row = stored()
    html = django("{% thumbnail p.thumbnail alt=alt data-x=value %}", p=row, alt=alt, value=value)
    assert image(html) == {
        "src": row.thumbnail.url,
        "width": "60",
        "height": "40",
        "alt": alt,
        "loading": "lazy",
        "decoding": "async",
        "data-x": value,
    }


@given(texts)
@settings(deadline=None)
def test_an_escaped_text_is_not_escaped_again(alt):
    assert image(django("{% thumbnail p.thumbnail alt=alt %}", p=stored(), alt=escape(alt)))["alt"] == alt


@pytest.mark.parametrize(
    ("alt", "read"),
    [
        (mark_safe("Fish &amp; <b>chips</b>"), "Fish & <b>chips</b>"),
        (mark_safe('say "hi"'), 'say "hi"'),
        ("Fish &amp; chips", "Fish &amp; chips"),
        (gettext_lazy("Fish &amp; chips"), "Fish &amp; chips"),
        (Path("Fish &amp; chips"), "Fish &amp; chips"),
        (None, ""),
        (12, "12"),
    ],
)
def test_safe_texts_translations_and_numbers(alt, read):
    assert image(django("{% thumbnail p.thumbnail alt=alt %}", p=stored(), alt=alt))["alt"] == read


def test_quotation_marks_of_a_literal_do_not_end_the_attribute():
    assert image(django("{% thumbnail p.thumbnail alt='say \"hi\"' %}", p=stored()))["alt"] == 'say "hi"'


def test_values_are_escaped_even_with_autoescape_off():
    html = django(
        "{% autoescape off %}{% thumbnail p.thumbnail alt=alt %}{% endautoescape %}", p=stored(), alt='"<'
    )
    assert image(html)["alt"] == '"<'


def test_the_url_is_escaped():
    html = django('{% thumbnail p.thumbnail alt="" %}', p=Remote(thumbnail="a&b.jpg"))
    assert "/a&amp;b.jpg" in html
    assert image(html)["src"] == "https://files.example/a&b.jpg"


@override_settings(LANGUAGE_CODE="de", USE_THOUSAND_SEPARATOR=True)
def test_numbers_are_not_localized():
    row = Photo(image="images/a.jpg", thumbnail=STORED.replace("60x40", "4000x3000"))
    found = image(django('{% thumbnail p.thumbnail alt="" data-price=price %}', p=row, price=1234.5))
    assert (found["width"], found["height"], found["data-price"]) == ("4000", "3000", "1234.5")


def test_a_variable_gets_the_image():
    html = django('{% thumbnail p.thumbnail alt="" as picture %}[{{ picture }}]', p=stored())
    assert html[0] + html[-1] == "[]"
    assert image(html[1:-1])["src"].endswith(STORED)


def test_a_variable_is_empty_without_a_thumbnail(empty):
    source = '{% thumbnail p.thumbnail alt="" as picture %}{% if picture %}yes{% else %}no{% endif %}'
    assert django(source, p=empty) == "no"


def test_a_loop_shows_every_row():
    source = "{% for p in rows %}{% thumbnail p.thumbnail alt=p.title %}{% endfor %}"
    rows = [Photo(title=title, image="images/a.jpg", thumbnail=STORED) for title in "abc"]
    assert [attributes["alt"] for _, attributes in elements(django(source, rows=rows))] == ["a", "b", "c"]


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_row_shows_nothing(value):
    assert django('{% thumbnail p.thumbnail alt="" %}', p=value) == ""
    assert django('{% thumbnail nothing.thumbnail alt="" %}') == ""
    assert django('{% thumbnail p alt="" %}', p=value) == ""


def test_a_missing_variable_shows_nothing_where_invalid_ones_are_marked():
    engine = Engine(
        string_if_invalid="INVALID %s",
        builtins=["advthumb.templatetags.advthumb"],
    )
    template = engine.from_string('{% thumbnail p.thumbnail alt="" %}')
    assert template.render(Context({"p": None})) == ""
    assert template.render(Context()) == ""


def test_a_thumbnail_that_is_not_stored_shows_nothing():
    assert django('{% thumbnail p.thumbnail alt="" %}', p=Photo(thumbnail=upload())) == ""


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (Photo(image="images/a.jpg").image, "the file of testapp.Photo.image"),
        ("images/a.jpg", "'images/a.jpg'"),
        (Photo(title="row"), "<Photo: Photo object"),
    ],
)
def test_anything_else_is_an_error_that_names_it(value, named):
    with pytest.raises(TypeError, match=r"such as product\.thumbnail") as caught:
        django('{% thumbnail p alt="" %}', p=value)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("p.thumbnail", "alt is missing"),
        ("p.thumbnail class='x'", "alt is missing"),
        ("", "Name the thumbnail first"),
        ("alt=''", "Name the thumbnail first"),
        ("p.thumbnail 'alt'", "is no attribute of the form name=value"),
        ("p.thumbnail alt='' hidden", "'hidden' is no attribute of the form name=value"),
        ("p.thumbnail alt='' class=", "'class=' is no attribute of the form name=value"),
        ("p.thumbnail alt='' as", "'as' is no attribute of the form name=value"),
        ("p.thumbnail alt='' class='a' CLASS='b'", "The attribute 'class' is given twice"),
        ("p.thumbnail alt='' src='x'", "src is the URL of the thumbnail"),
        ("p.thumbnail alt='' a>b='x'", "'a>b' cannot be the name of an HTML attribute"),
        ("p.thumbnail alt='' a/onerror='x'", "'a/onerror' cannot be the name of an HTML attribute"),
        ("p.thumbnail alt='' a\"='x'", "is no attribute of the form name=value"),
    ],
)
def test_a_mistake_is_found_when_the_template_is_compiled(inside, message):
    with pytest.raises(TemplateSyntaxError, match=message):
        Template("{% load advthumb %}{% thumbnail " + inside + " %}")


def test_one_compiled_tag_shows_different_rows():
    template = Template("{% load advthumb %}{% thumbnail p.thumbnail alt=p.title %}")
    first = template.render(Context({"p": Photo(title="a", thumbnail=STORED)}))
    second = template.render(Context({"p": Photo(title="b", thumbnail=STORED.replace("60x40", "6x4"))}))
    assert (image(first)["alt"], image(first)["width"]) == ("a", "60")
    assert (image(second)["alt"], image(second)["width"]) == ("b", "6")


def test_the_tag_exists_under_its_version_2_name():
    script = (
        "import django; django.setup()\n"
        "from django.template.backends.django import get_installed_libraries\n"
        "print(get_installed_libraries()['advthumb'])"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bare_settings"}
    command = [sys.executable, "-c", script]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env=environment)
    assert done.stdout.strip() == "advthumb.templatetags.advthumb", done.stderr
