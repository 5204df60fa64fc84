"""Wagtail images: a custom image model may have thumbnails beside Wagtail's renditions."""

import gc
import warnings

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.images import ImageFile
from django.db import transaction
from wagtail.models import Collection

from tests.conftest import colour_of, upload

from .models import Picture

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

RED, BLUE = (254, 0, 0), (0, 0, 254)


@pytest.fixture
def image():
    ContentType.objects.clear_cache()  # the tables have been emptied since
    Collection.add_root(name="root")
    return Picture.objects.create(title="red", file=ImageFile(upload("red.jpg", "red")))


def rendition_of(image):
    """Return a rendition; Wagtail leaves the temporary file of a new one to the garbage collector."""
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        rendition = image.get_rendition("width-20")
        gc.collect()
    return rendition


def test_an_image_has_a_thumbnail_beside_its_renditions(image, stored):
    rendition = rendition_of(image)
    assert colour_of(image.thumbnail) == colour_of(rendition.file) == RED
    assert stored("thumbnails/") == [image.thumbnail.name]


def test_replacing_the_file_makes_a_new_thumbnail(image, stored):
    loaded = Picture.objects.get()
    loaded.file = ImageFile(upload("blue.jpg", "blue"))
    loaded.save()
    assert colour_of(Picture.objects.get().thumbnail) == BLUE
    assert stored("thumbnails/") == [loaded.thumbnail.name]


def test_a_deleted_image_leaves_no_file(image, stored):
    rendition_of(image)
    image.delete()
    assert stored() == []


def test_a_deletion_that_is_rolled_back_loses_no_file(image, stored):
    before = stored()
    with transaction.atomic():
        Picture.objects.get().delete()
        transaction.set_rollback(True)
    assert stored() == before


def test_a_focal_point_changes_no_thumbnail(image, stored):
    before = stored("thumbnails/")
    image.focal_point_x = image.focal_point_y = image.focal_point_width = image.focal_point_height = 10
    image.save()
    assert stored("thumbnails/") == before == [Picture.objects.get().thumbnail.name]
