"""Uploads to Django REST framework."""

import pytest

from tests import pictures
from tests.pictures.pages import pdf
from tests.testapp.models import Gallery, Guarded, GuardedFile

from .test_form_field import engine_or_skip
from .uploading import DAMAGED, broken, sent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.forms.urls")]


@pytest.mark.parametrize(("url", "model"), [("/guarded/", Guarded), ("/gallery/", Gallery)])
def test_a_good_upload_is_created_with_one_decode(client, rendered, url, model):
    response = client.post(url, {"image": sent()})
    assert response.status_code == 201, response.json()
    assert len(rendered) == 1
    assert model.objects.get().small.width == 30


@pytest.mark.parametrize("raising", [True, False])
@pytest.mark.parametrize(
    ("url", "name", "model"),
    [("/guarded/", "image", Guarded), ("/gallery/", "image", Gallery), ("/files/", "file", GuardedFile)],
)
def test_a_broken_upload_is_a_bad_request_and_nothing_is_stored(
    client, settings, stored, url, name, model, raising
):
    settings.ADVANCE_THUMBNAIL_RAISE = raising
    response = client.post(url, {name: broken()})
    assert (response.status_code, response.json()) == (400, {name: [DAMAGED]})
    assert response.data[name][0].code == "corrupt"
    assert not model.objects.exists()
    assert not stored()


def test_limits_are_reported_with_their_values(client):
    response = client.post("/gallery/", {"image": sent("a.png", pictures.png_bomb(12_000))})
    assert response.json() == {
        "image": ["This picture is 12,000 × 12,000 pixels; at most 50 million pixels are allowed."]
    }
    assert response.data["image"][0].code == "too-many-pixels"


def test_a_document_is_created_with_its_thumbnail(client):
    engine_or_skip("pdf")
    response = client.post("/files/", {"file": sent("a.pdf", pdf())})
    assert response.status_code == 201, response.json()
    assert GuardedFile.objects.get().thumbnail.width == 60


def test_a_file_field_accepts_formats_that_pillow_cannot_open(client, settings):
    engine_or_skip("pdf")
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", "pdf"]
    assert client.post("/guarded/", {"image": sent("a.pdf", pdf())}).status_code == 400
    assert client.post("/gallery/", {"image": sent("a.pdf", pdf())}).status_code == 201


def test_the_message_is_in_the_language_of_the_request(client):
    response = client.post("/guarded/", {"image": broken()}, headers={"accept-language": "de"})
    assert "beschädigt" in response.json()["image"][0]
