"""sorl-thumbnail: made on first use and remembered in the database; no command fills a table."""

from collections.abc import Sequence

from django.db import models
from sorl.thumbnail import get_thumbnail

from contenders import QUALITY, SINGLE_SIZES, TRIPLE_SIZES


class Single(models.Model):
    """A picture; its thumbnails are not in the row."""

    image = models.ImageField(upload_to="photos/")
    sizes = SINGLE_SIZES


class Triple(models.Model):
    """The same, for three sizes."""

    image = models.ImageField(upload_to="photos/")
    sizes = TRIPLE_SIZES


def fill(model: type[models.Model], _options: Sequence[str]) -> None:
    """Request every thumbnail of every row."""
    for row in model.objects.iterator():
        stored(row)


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's thumbnails, which are made if they are missing."""
    return [
        get_thumbnail(row.image, f"{width}x{height}", quality=QUALITY).name for width, height in row.sizes
    ]


Resized = Single  # The size is in the template.


PAGE = """\
{% load thumbnail %}{% for row in rows %}{% thumbnail row.image "300x300" as small %}
<img src="{{ small.url }}" width="{{ small.width }}" height="{{ small.height }}" alt="">
{% endthumbnail %}{% endfor %}
"""
RESIZED_PAGE = PAGE.replace("300", "200")
