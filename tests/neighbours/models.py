"""Models that other packages also work on, one for each package."""

import reversion
from auditlog.registry import auditlog
from django.db import models
from django_cleanup import cleanup
from polymorphic.models import PolymorphicModel
from safedelete.models import SafeDeleteModel
from simple_history.models import HistoricalRecords

from advthumb.fields import AdvanceThumbnailField


def a_thumbnail(**options):
    return AdvanceThumbnailField(source_field="image", size=(60, 60), null=True, blank=True, **options)


class Pictured(models.Model):
    title = models.CharField(max_length=50, default="")
    image = models.ImageField(upload_to="images/", null=True, blank=True)
    thumbnail = a_thumbnail(upload_to="thumbnails/")

    class Meta:
        abstract = True


@cleanup.select
class Cleaned(Pictured):
    """django-cleanup deletes its files too."""


@reversion.register()
class Versioned(Pictured):
    """django-reversion keeps its versions."""


class Remembered(Pictured):
    """django-simple-history keeps its history."""

    history = HistoricalRecords()


class Imported(Pictured):
    """django-import-export writes and reads its rows."""


class Audited(Pictured):
    """django-auditlog records its changes."""


auditlog.register(Audited)


class Binned(SafeDeleteModel, Pictured):
    """django-safedelete hides its rows instead of deleting them."""


class Shape(PolymorphicModel):
    """A parent of django-polymorphic."""

    title = models.CharField(max_length=50, default="")
    image = models.ImageField(upload_to="images/", null=True, blank=True)
    thumbnail = a_thumbnail(upload_to="thumbnails/")


class Circle(Shape):
    """A child with a thumbnail of the parent's image."""

    icon = a_thumbnail(upload_to="icons/")


class Translated(Pictured):
    """django-modeltranslation has an image and a thumbnail for each language; see translation.py."""


class OfOneLanguage(Pictured):
    """The image is translated, and the image of one language has the thumbnail."""

    thumbnail = AdvanceThumbnailField(
        source_field="image_en", upload_to="thumbnails/", size=(60, 60), null=True, blank=True
    )
