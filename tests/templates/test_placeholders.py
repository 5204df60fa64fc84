"""`placeholder=True`: the `<img>` shows a blurred picture until the thumbnail is loaded."""

import pytest

from tests.testapp.models import Cover, Photo

from .conftest import django, jinja
from .html import elements, image

HASH = "nRcGHYbEupjFy4mvi4h5iQnlTjEG"
COLOURED = "covers/small/a_thumbnail_60x40ce7d11_yx9tja62720f1nx1cshgz4_x7k2m9q.jpg"
COLOUR = "background-color:#e3b421"
RENDERERS = pytest.mark.parametrize(
    ("render", "start", "end"),
    [(django, "{% thumbnail c.thumbnail ", " %}"), (jinja, "{{ thumbnail(c.thumbnail, ", ") }}")],
)


@pytest.fixture
def coloured():
    """Return a row with a colour and no hash, without a database."""
    return Cover(image="covers/a.jpg", thumbnail=COLOURED)


@RENDERERS
@pytest.mark.parametrize("value", ["True", "1"])
def test_the_placeholder_becomes_the_background(coloured, render, start, end, value):
    found = image(
        render(
            f'{start}alt="", placeholder={value}{end}'.replace(",", "" if render is django else ","),
            c=coloured,
        )
    )
    assert found["style"] == COLOUR
    assert "placeholder" not in found


@RENDERERS
@pytest.mark.parametrize("value", ["False", "None", "missing"])
def test_it_is_left_out_unless_wanted(coloured, render, start, end, value):
    found = image(
        render(
            f'{start}alt="", placeholder={value}{end}'.replace(",", "" if render is django else ","),
            c=coloured,
        )
    )
    assert "style" not in found
    assert "placeholder" not in found


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ('"border:0"', f"border:0;{COLOUR}"),
        ('"border:0; "', f"border:0;{COLOUR}"),
        ('""', COLOUR),
        ("None", COLOUR),
        ("True", COLOUR),
        ("quoted", f'content:"\'";{COLOUR}'),
    ],
)
def test_a_style_is_kept(coloured, style, written):
    html = django(
        f'{{% thumbnail c.thumbnail alt="" style={style} placeholder=True %}}',
        c=coloured,
        quoted='content:"\'"',
    )
    assert image(html)["style"] == written


@pytest.mark.parametrize("hashed", ["", HASH])
@pytest.mark.parametrize("render", [django, jinja])
def test_the_image_of_a_picture_has_it_and_its_sources_do_not(coloured, render, hashed):
    coloured.thumb_hash = hashed
    coloured.thumbnail = COLOURED.replace(".jpg", "-a.jpg")
    tag = '{% picture c.thumbnail alt="" placeholder=True %}'
    call = "{{ picture(c.thumbnail, alt='', placeholder=True) }}"
    _picture, (_source, of_source), (_img, of_image) = elements(
        render(tag if render is django else call, c=coloured)
    )
    assert of_source.keys() == {"type", "srcset"}
    assert of_image["style"] == coloured.thumbnail.placeholder_css != ""
    assert "placeholder" not in of_image


def test_a_hash_gives_a_picture(coloured):
    coloured.thumb_hash = HASH
    found = image(django('{% thumbnail c.thumbnail alt="" placeholder=True %}', c=coloured))
    assert found["style"] == coloured.thumbnail.placeholder_css
    assert found["style"].startswith("background:url(data:image/png;base64,")
    html = django('<div style="{{ c.thumbnail.placeholder_css }}">', c=coloured)
    assert html == f'<div style="{coloured.thumbnail.placeholder_css}">'


def test_a_row_without_placeholder_or_thumbnail_has_no_style(photo, settings):
    tag = '{% thumbnail p.thumbnail alt="" placeholder=True %}'
    assert "style" not in image(django(tag, p=photo))
    assert django(tag, p=Cover()) == ""
    settings.ADVANCE_THUMBNAIL_FALLBACK = "none.png"
    assert "style" not in image(django(tag, p=Cover()))
    assert "style" not in image(django(tag, p=Photo()))
    assert "style" not in image(django('{% thumbnail x alt="" placeholder=True %}'))
