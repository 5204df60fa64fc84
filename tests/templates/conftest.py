"""Templates of both engines, with the same syntax in these tests."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template import Context, Template
from django.template.backends.jinja2 import Jinja2

from tests.conftest import upload
from tests.testapp.models import Photo

Render = Callable[..., str]


def django(source: str, **context: Any) -> str:
    """Render a Django template."""
    return Template("{% load advthumb %}" + source).render(Context(context))


def jinja(source: str, **context: Any) -> str:
    """Render a Jinja2 template as Django does, with automatic escaping."""
    return jinja_backend().from_string(source).render(context)


def jinja_backend(**options: Any) -> Jinja2:
    """Return Django's backend for Jinja2 with the extension."""
    extensions = ["advthumb.jinja.ThumbnailExtension"]
    parameters = {"NAME": "jinja2", "DIRS": [], "APP_DIRS": False}
    return Jinja2({**parameters, "OPTIONS": {"extensions": extensions, **options}})


@pytest.fixture
def photo(db: None) -> Photo:
    """Return a row with a thumbnail of 60 x 40 pixels, as a page loads it."""
    Photo.objects.create(title="A beach", image=upload())
    return Photo.objects.get()


@pytest.fixture
def empty() -> Photo:
    """Return a row without a source and without a thumbnail."""
    return Photo(title="Nothing")
