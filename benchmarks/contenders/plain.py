"""Two ordinary image fields: the cost of a save and a page without thumbnails."""

from django.db import models


class Single(models.Model):
    """A picture, with another picture in place of a thumbnail."""

    title = models.CharField(max_length=100)
    image = models.ImageField(upload_to="photos/")
    thumbnail = models.ImageField(upload_to="thumbnails/", max_length=200, null=True, blank=True)
