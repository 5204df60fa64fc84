"""Files that are not pictures: they get a thumbnail if an engine of the field can draw them."""

import pytest
from django.core.files.base import ContentFile

from advthumb.engines.registry import engine
from advthumb.exceptions import EngineUnavailable
from tests.conftest import colour_of
from tests.pictures.pages import pdf, svg
from tests.testapp.models import Document

pytestmark = pytest.mark.django_db

UPLOADS = {
    "pdf": ("report.pdf", pdf(b"1 0 0 rg 0 0 200 100 re f"), ".jpg"),
    "svg": ("logo.svg", svg('<rect width="200" height="100" fill="red"/>'), ".png"),
}


@pytest.fixture(params=UPLOADS)
def alias(request: pytest.FixtureRequest) -> str:
    try:
        engine(request.param)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    return request.param


def test_an_upload_gets_a_thumbnail_from_the_engine_that_draws_it(alias, settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", "pdf", "svg"]
    name, data, extension = UPLOADS[alias]
    Document.objects.create(file=ContentFile(data, name=name))
    row = Document.objects.get()
    assert (row.width, row.height) == (60, 30)
    assert row.thumbnail.name.endswith(extension)
    assert colour_of(row.thumbnail)[1:] < (5, 5)
    assert colour_of(row.thumbnail)[0] > 250


def test_if_that_engine_is_missing_the_row_is_saved_and_the_log_says_what_to_install(alias, settings, caplog):
    settings.ADVANCE_THUMBNAIL_ENGINE = "pillow"
    name, data, _ = UPLOADS[alias]
    Document.objects.create(file=ContentFile(data, name=name))
    row = Document.objects.get()
    assert (row.file.name, row.thumbnail.name) == (f"files/{name}", "")
    assert f"'{alias}' in ADVANCE_THUMBNAIL_ENGINE reads it" in caplog.text
    assert f'pip install "django-advance-thumbnail[{alias}]"' in caplog.text
