"""Two ordinary image fields: what a save and a page cost where nobody makes thumbnails."""

from django.db import models


class Single(models.Model):
    """A picture with another one that stands where a thumbnail would."""

    title = models.CharField(max_length=100)
    image = models.ImageField(upload_to="photos/")
    thumbnail = models.ImageField(upload_to="thumbnails/", max_length=200, null=True, blank=True)
