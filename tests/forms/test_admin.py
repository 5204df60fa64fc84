"""Uploads in Django's admin."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.engines.pillow import PillowEngine
from tests.conftest import picture
from tests.testapp.models import Gallery, Guarded

from .uploading import DAMAGED, broken, sent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.forms.urls")]

GUARDED = "/admin/testapp/guarded/add/"
GALLERY = "/admin/testapp/gallery/add/"


@pytest.fixture
def admin(client):
    """Return a logged-in client.

    The admin's log reads content types. The first such test creates and caches them, but its rollback removes
    their rows.
    """
    ContentType.objects.clear_cache()
    client.force_login(User.objects.create_superuser("admin"))
    yield client
    ContentType.objects.clear_cache()


@pytest.mark.parametrize(("url", "model"), [(GUARDED, Guarded), (GALLERY, Gallery)])
def test_a_good_upload_is_saved_with_one_decode(admin, rendered, url, model):
    response = admin.post(url, {"image": sent()})
    assert response.status_code == 302
    assert len(rendered) == 1
    assert model.objects.get().small.width == 30


@pytest.mark.parametrize("raising", [True, False])
@pytest.mark.parametrize(("url", "model"), [(GUARDED, Guarded), (GALLERY, Gallery)])
def test_a_broken_upload_is_a_form_error_and_nothing_is_stored(admin, settings, stored, url, model, raising):
    settings.ADVANCE_THUMBNAIL_RAISE = raising
    response = admin.post(url, {"image": broken()})
    assert response.status_code == 200
    assert DAMAGED in response.content.decode()
    assert not model.objects.exists()
    assert not stored()


def test_an_upload_that_replaces_a_good_one_is_checked_too(admin, settings):
    settings.ADVANCE_THUMBNAIL_RAISE = True
    row = Guarded.objects.create(image=sent())
    response = admin.post(f"/admin/testapp/guarded/{row.pk}/change/", {"image": broken("b.jpg")})
    assert DAMAGED in response.content.decode()
    again = Guarded.objects.get()
    assert (again.image.name, again.small.name) == (row.image.name, row.small.name)


def test_if_a_save_would_raise_a_busy_engine_is_a_form_error(admin, settings, monkeypatch):
    def busy(*_args):
        raise ThumbnailError("no process became free", ErrorCode.ENGINE, for_now=True)

    settings.ADVANCE_THUMBNAIL_RAISE = True
    monkeypatch.setattr(PillowEngine, "_decode", busy)
    response = admin.post(GUARDED, {"image": sent()})
    assert response.status_code == 200
    assert "please try again later" in response.content.decode()
    assert not Guarded.objects.exists()


def test_the_admin_widget_is_kept_and_lists_the_accepted_formats(admin):
    html = admin.get(GALLERY).content.decode()
    (tag,) = re.findall(r'<input type="file" name="image"[^>]*>', html)
    assert 'accept="image/jpeg,' in tag
    row = Gallery.objects.create(image=sent("now.jpg", picture()))
    html = admin.get(f"/admin/testapp/gallery/{row.pk}/change/").content.decode()
    assert f'<a href="{row.image.url}">' in html  # "Currently: ..."


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "beschädigt"), ("fr", "endommagé"), ("es", "dañado"), ("bn", "ক্ষতিগ্রস্ত")],
)
def test_the_error_is_in_the_language_of_the_user(admin, language, words):
    response = admin.post(GUARDED, {"image": broken()}, headers={"accept-language": language})
    assert words in response.content.decode()
