"""A photo and its thumbnails, a file of any kind, and a picture with everything that a page needs of it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from advthumb.fields import AdvanceThumbnailField, FocalPointField
from advthumb.processors import Blur, Greyscale, Rounded, Sharpen, Watermark

_SIDE = settings.GALLERY_THUMBNAIL_SIZE
PICTURES = "pictures/"
"""The folder of all thumbnails of `Picture`, in the media."""


class Photo(models.Model):
    """An uploaded picture with three thumbnails: fitted into a box, cropped to a square, and as WebP."""

    title = models.CharField(max_length=200)
    image = models.ImageField(upload_to="photos/")
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(_SIDE, _SIDE), null=True, blank=True
    )
    square = AdvanceThumbnailField(
        source_field="image",
        upload_to="thumbnails/",
        size=(160, 160),
        resize_method="fill",
        null=True,
        blank=True,
    )
    preview = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(480, None), format="WEBP", null=True, blank=True
    )

    class Meta:
        """Shown in upload order."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return self.title


class Document(models.Model):
    """A file of any kind, with a preview where an engine can make one."""

    file = models.FileField(upload_to="documents/")
    preview = AdvanceThumbnailField(
        source_field="file",
        upload_to="previews/",
        size=(260, 200),
        engine=["pillow", "imagemagick", "pdf", "svg", "raw", "video", "jxl"],
        null=True,
        blank=True,
    )

    class Meta:
        """Shown in upload order."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.file)


def _crop(width: int, height: int, **arguments: Any) -> AdvanceThumbnailField:
    """Return the field of a crop of a picture.

    Args:
        width: In pixels.
        height: In pixels.
        arguments: What else the field is given; by default it follows the focal point.
    """
    given: dict[str, Any] = {"focal_field": "focus", "null": True, "blank": True} | arguments
    return AdvanceThumbnailField(
        source_field="image", upload_to=PICTURES, size=(width, height), resize_method="fill", **given
    )


class Picture(models.Model):
    """A photograph with a responsive set, placeholders, crops around a focal point, and processors."""

    title = models.CharField(max_length=200)
    credit = models.CharField(max_length=200)
    image = models.ImageField(upload_to="photographs/")
    focus = FocalPointField("focal point", blank=True)
    thumb_hash = models.CharField(max_length=40, blank=True, default="", editable=False)
    cover = _crop(
        480,
        320,
        widths=(240, 960),
        formats=("AVIF", "WEBP"),
        format="JPEG",
        effort="fast",
        placeholder=True,
        placeholder_field="thumb_hash",
        max_length=200,
    )
    square = _crop(240, 240, densities=(1, 2), max_length=200)
    wide = _crop(480, 160, densities=(1, 2), max_length=200)
    center_square = _crop(240, 240, focal_field=None)
    center_wide = _crop(480, 160, focal_field=None)
    smart_square = _crop(240, 240, focal_field=None, gravity="smart")
    smart_wide = _crop(480, 160, focal_field=None, gravity="smart")
    sharpened = _crop(240, 240, format="WEBP", processors=[Sharpen(0.8)])
    blurred = _crop(240, 240, format="WEBP", processors=[Blur(4)])
    grey = _crop(240, 240, format="WEBP", processors=[Greyscale()])
    rounded = _crop(240, 240, format="WEBP", processors=[Rounded(48)])
    marked = _crop(240, 240, format="WEBP", processors=[Watermark("gallery/mark.png", "se", scale=0.25)])

    class Meta:
        """Shown in upload order."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the page on which the focal point is chosen."""
        return reverse("picture", args=[self.pk])
