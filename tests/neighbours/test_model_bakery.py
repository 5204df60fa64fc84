"""model_bakery, with the single registration that docs/howto.md describes."""

import pytest
from model_bakery import baker

from advthumb.testing import assert_thumbnail, override_thumbnails
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db


baker.generators.add("advthumb.fields.AdvanceThumbnailField", lambda: None)


def test_rows_without_files_have_no_thumbnail():
    assert not baker.make(Photo).thumbnail


@override_thumbnails()
def test_rows_with_files_have_a_thumbnail():
    photo = baker.make(Photo, _create_files=True, _fill_optional=True)
    assert photo.image
    assert_thumbnail(photo.thumbnail)
