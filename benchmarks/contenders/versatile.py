"""django-versatileimagefield: sizes made on first use, or beforehand by its warmer."""

from collections.abc import Sequence

from django.db import models
from versatileimagefield.fields import VersatileImageField
from versatileimagefield.image_warmer import VersatileImageFieldWarmer

from contenders import SINGLE_SIZES, TRIPLE_SIZES


class Single(models.Model):
    """A picture; its thumbnails are not in the row."""

    image = VersatileImageField(upload_to="photos/")
    keys = tuple(f"{width}x{height}" for width, height in SINGLE_SIZES)


class Triple(models.Model):
    """The same, for three sizes."""

    image = VersatileImageField(upload_to="photos/")
    keys = tuple(f"{width}x{height}" for width, height in TRIPLE_SIZES)


def fill(model: type[models.Model], _options: Sequence[str]) -> None:
    """Warm all sizes of all rows."""
    keys = [(key, f"thumbnail__{key}") for key in model.keys]
    VersatileImageFieldWarmer(model.objects.all(), rendition_key_set=keys, image_attr="image").warm()


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's sized images."""
    return [row.image.thumbnail[key].name for key in row.keys]


class Resized(Single):
    """The same rows, after the size was changed in the template."""

    keys = ("200x200",)

    class Meta:
        """Uses the table of the other model."""

        proxy = True


PAGE = """\
{% for row in rows %}
<img src="{{ row.image.thumbnail.300x300.url }}" alt="">
{% endfor %}
"""
RESIZED_PAGE = PAGE.replace("300", "200")
