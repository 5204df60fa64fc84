"""The name of version 2 gives the same."""

from typing import assert_type

from django.db import models

from advthumb import ThumbnailFieldFile
from django_advance_thumbnail import AdvanceThumbnailField
from django_advance_thumbnail.fields import RESIZE_FILL
from django_advance_thumbnail.fields import AdvanceThumbnailField as FieldOfMigrations


class Banner(models.Model):
    """A model of version 2."""

    image = models.ImageField(upload_to="banners/")
    thumbnail = AdvanceThumbnailField(source_field="image", upload_to="banners/", resize_method=RESIZE_FILL)
    small = FieldOfMigrations(source_field="image", upload_to="banners/")

    class Meta:
        """It is in no module of models."""

        app_label = "typing_tests"

    def __str__(self) -> str:
        """Name the banner."""
        return f"banner {self.pk}"


def thumbnails(banner: Banner) -> None:
    """They are the same files."""
    assert_type(banner.thumbnail, ThumbnailFieldFile)
    assert_type(banner.small, ThumbnailFieldFile)
