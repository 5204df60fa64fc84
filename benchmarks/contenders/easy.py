"""easy-thumbnails: made on first use and remembered in the database."""

from collections.abc import Sequence

from django.db import models
from easy_thumbnails.fields import ThumbnailerImageField

from contenders import QUALITY, SINGLE_SIZES, TRIPLE_SIZES


class Single(models.Model):
    """A picture; its thumbnails are not in the row."""

    image = ThumbnailerImageField(upload_to="photos/")
    sizes = SINGLE_SIZES


class Triple(models.Model):
    """The same, for three sizes."""

    image = ThumbnailerImageField(upload_to="photos/")
    sizes = TRIPLE_SIZES


def fill(model: type[models.Model], _options: Sequence[str]) -> None:
    """Request every thumbnail of every row."""
    for row in model.objects.iterator():
        stored(row)


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's thumbnails, which are made if they are missing."""
    return [row.image.get_thumbnail({"size": size, "quality": QUALITY}).name for size in row.sizes]


Resized = Single  # The size is in the template.


PAGE = """\
{% load thumbnail %}{% for row in rows %}{% thumbnail row.image 300x300 as small %}
<img src="{{ small.url }}" width="{{ small.width }}" height="{{ small.height }}" alt="">
{% endfor %}
"""
RESIZED_PAGE = PAGE.replace("300", "200")
