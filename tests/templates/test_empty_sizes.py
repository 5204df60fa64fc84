"""Width and height of a thumbnail without a size: empty in a template, Django's own error in Python."""

import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from advthumb.exceptions import SizeUnknownError
from tests.conftest import upload
from tests.testapp.models import Document, Photo

from .conftest import django, jinja

SOURCE = "[{{ p.thumbnail.width }}x{{ p.thumbnail.height }}]"
LEGACY = "thumbnails/a_thumbnail.jpg"
ROWS = {
    "empty": Photo,
    "lost": lambda: Photo(thumbnail=LEGACY),
    "no picture": lambda: Photo(thumbnail=_written(b"text")),
}


def _written(data: bytes) -> str:
    return default_storage.save(LEGACY, ContentFile(data))


@pytest.fixture(params=ROWS)
def row(request):
    return ROWS[request.param]()


@pytest.mark.parametrize("render", [django, jinja])
def test_a_template_shows_nothing(render, row):
    assert render(SOURCE, p=row) == "[x]"
    assert render("{% if p.thumbnail.width %}yes{% else %}no{% endif %}", p=row) == "no"


def test_django_filters_get_an_empty_string(row):
    assert django("{{ p.thumbnail.width|default:300 }}", p=row) == "300"


@pytest.mark.parametrize("side", ["width", "height"])
def test_python_code_gets_an_error_like_any_image_field(row, side):
    with pytest.raises(SizeUnknownError) as caught:
        getattr(row.thumbnail, side)
    assert isinstance(caught.value, ValueError)
    assert getattr(row.thumbnail, side, None) is None
    assert not hasattr(row.thumbnail, side)


def test_the_error_says_why(row):
    with pytest.raises(SizeUnknownError) as caught:
        _ = row.thumbnail.width
    assert str(caught.value).startswith(
        f"The thumbnail {row.thumbnail.name!r} has no known size: "
        if row.thumbnail
        else "The 'thumbnail' attribute has no file associated with it."
    )


def test_url_of_an_empty_thumbnail_raises_the_error_of_django():
    with pytest.raises(ValueError, match="no file associated with it"):
        _ = Photo().thumbnail.url


def test_a_known_size_is_two_numbers(photo):
    assert json.dumps([photo.thumbnail.width, photo.thumbnail.height]) == "[60, 40]"
    assert django(SOURCE, p=photo) == jinja(SOURCE, p=photo) == "[60x40]"


@pytest.mark.django_db
def test_a_lost_file_of_version_2_with_size_columns_can_be_loaded_and_saved():
    row = Document.objects.create(file=upload())
    Document.objects.filter(pk=row.pk).update(thumbnail=LEGACY, width=None, height=None)
    loaded = Document.objects.get()
    assert (loaded.width, loaded.height) == (None, None)
    loaded.save()
    assert Document.objects.get().width == 60
