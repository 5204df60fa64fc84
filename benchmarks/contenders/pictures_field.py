"""django-pictures: widths on a grid, rendered when the image is saved; only a width can be requested."""

from collections.abc import Sequence

from django.db import models
from pictures.models import PictureField


class Single(models.Model):
    """A picture with one rendition, 300 px wide."""

    # Its documentation says to add these columns; without them each row opens its image.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    image = PictureField(upload_to="photos/", width_field="width", height_field="height")


Triple = None  # 800, 300 and 100 px are not on one grid.


def fill(model: type[models.Model], _options: Sequence[str]) -> None:
    """Render every row's pictures."""
    for row in model.objects.iterator():
        row.image.save_all()


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's renditions."""
    return [picture.name for picture in row.image.get_picture_files_list()]


class Resized(models.Model):
    """The same rows, after their size was changed in the code."""

    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    image = PictureField(upload_to="photos/", width_field="width", height_field="height", container_width=200)

    class Meta:
        """Uses the table of the other model."""

        managed = False
        db_table = "contenders_single"


PAGE = """\
{% load pictures %}{% for row in rows %}
{% picture row.image img_alt="" %}{% endfor %}
"""
