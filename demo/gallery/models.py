"""A photo and its thumbnails, and a file of any kind."""

from django.conf import settings
from django.db import models

from advthumb.fields import AdvanceThumbnailField

_SIDE = settings.GALLERY_THUMBNAIL_SIZE


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
