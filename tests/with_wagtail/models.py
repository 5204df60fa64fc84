"""A page with a picture, and pictures that belong to the page, as django-modelcluster keeps them."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.models import Orderable, Page

from advthumb.fields import AdvanceThumbnailField


class PicturePage(Page):
    """Source and thumbnail are in a child table of multi-table inheritance."""

    image = models.ImageField(upload_to="images/", null=True, blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), null=True, blank=True
    )


class GalleryItem(Orderable):
    """Stored in the page's revision, and in its own table when the page is published."""

    page = ParentalKey(PicturePage, on_delete=models.CASCADE, related_name="items")
    image = models.ImageField(upload_to="images/")
    thumbnail = AdvanceThumbnailField(source_field="image", upload_to="thumbnails/", size=(60, 60), null=True)


class Picture(AbstractImage):
    """A custom Wagtail image model with a thumbnail of Wagtail's own file."""

    admin_form_fields = ("title", "file")
    thumbnail = AdvanceThumbnailField(source_field="file", upload_to="thumbnails/", size=(60, 60), null=True)


class Rendition(AbstractRendition):
    """Wagtail's own smaller pictures."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = [("image", "filter_spec", "focal_point_key")]
