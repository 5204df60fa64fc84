"""Every template in the documentation compiles, and shows a picture."""

import re
from pathlib import Path

import pytest
from django.template import Context, Engine

from tests.testapp.models import Photo

from .conftest import jinja
from .html import elements
from .test_tag import STORED

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LIBRARIES = ["advthumb.templatetags.advthumb", "django.templatetags.static"]


def blocks(language):
    """Return the code blocks of a language that show a thumbnail as parameters, by their place."""
    found = []
    for page in PAGES:
        text = page.read_text()
        for block in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, block.start()) + 1
            if "thumbnail" in block[1]:
                found.append(pytest.param(block[1], id=f"{page.name}:{line}"))
    return found


def rows():
    """Return what the examples call their variables."""
    row = Photo(title="A beach", image="images/a.jpg", thumbnail=STORED)
    product = {"thumbnail": row.thumbnail, "hero": row.thumbnail, "name": row.title}
    return {"product": product, "products": [product], "document": {"preview": row.thumbnail}}


@pytest.mark.parametrize("source", blocks("django"))
def test_a_template_of_django_shows_its_pictures(source, settings):
    settings.STATIC_URL = "/static/"
    names = ["advthumb", "static"]
    engine = Engine(libraries=dict(zip(names, LIBRARIES, strict=True)), builtins=LIBRARIES)
    html = engine.from_string(source).render(Context(rows()))
    assert "img" in {tag for tag, _ in elements(html)}


@pytest.mark.parametrize("source", blocks("jinja"))
def test_a_template_of_jinja2_shows_its_pictures(source, settings):
    assert "img" in {tag for tag, _ in elements(jinja(source, **rows()))}


def test_both_languages_are_documented():
    assert len(blocks("django")) >= 6
    assert blocks("jinja")
