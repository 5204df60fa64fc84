"""Promise 1 for all kinds of uploads: moved into place, readable once, too large to keep."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile

from tests.conftest import colour_of, picture
from tests.testapp.models import Photo

from .conftest import RED, in_database

pytestmark = pytest.mark.django_db


def test_large_uploads_that_are_moved_into_place():
    file = TemporaryUploadedFile("big.jpg", "image/jpeg", 0, None)
    file.write(picture())
    file.seek(0)
    file.size = len(picture())
    photo = Photo.objects.create(image=file)
    file.close()
    assert colour_of(photo.thumbnail) == RED
    assert colour_of(photo.image) == RED


def test_streams_that_cannot_be_rewound():
    class Stream(ContentFile):
        def seekable(self):
            return False

        def seek(self, *_args):
            raise AttributeError

    photo = Photo(image=None)
    photo.image.save("stream.jpg", Stream(picture()))
    assert colour_of(in_database(photo).image) == RED
    assert colour_of(in_database(photo).thumbnail) == RED


def test_uploads_over_the_limit_are_not_kept_in_memory(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 100
    read = []

    class Watched(ContentFile):
        def chunks(self, chunk_size=None):
            read.append(chunk_size)
            return super().chunks(chunk_size)

    Photo.objects.create(image=Watched(picture(), name="big.jpg"))
    assert len(read) == 1  # by the storage
