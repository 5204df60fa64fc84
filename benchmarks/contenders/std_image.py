"""django-stdimage: variations rendered when the image is saved.

Its command `rendervariations` does not run on Django 5.1 and later (it imports `get_storage_class`), so
rows are filled by the function that the command would call.
"""

from collections.abc import Sequence

from django.db import models
from stdimage import StdImageField

from contenders import SINGLE_SIZES, TRIPLE_SIZES


class Single(models.Model):
    """A picture with one variation."""

    image = StdImageField(upload_to="photos/", variations={"thumbnail": SINGLE_SIZES[0]})


class Triple(models.Model):
    """A picture with three variations."""

    image = StdImageField(
        upload_to="photos/", variations=dict(zip(("large", "thumbnail", "icon"), TRIPLE_SIZES, strict=True))
    )


def fill(model: type[models.Model], _options: Sequence[str]) -> None:
    """Render the variations of every row."""
    for row in model.objects.iterator():
        row.image.render_variations(replace=False)


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's variations."""
    return [getattr(row.image, name).name for name in row.image.field.variations]


COMMAND = ("rendervariations", "contenders.Single.image")


class Resized(models.Model):
    """The same rows, after their size was changed in the code."""

    image = StdImageField(upload_to="photos/", variations={"thumbnail": (200, 200)})

    class Meta:
        """Uses the table of the other model."""

        managed = False
        db_table = "contenders_single"


PAGE = """\
{% for row in rows %}
<img src="{{ row.image.thumbnail.url }}"
  width="{{ row.image.thumbnail.width }}" height="{{ row.image.thumbnail.height }}" alt="">
{% endfor %}
"""
