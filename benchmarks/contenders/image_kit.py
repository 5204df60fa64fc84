"""django-imagekit: specs declared next to the image; its command generates their files."""

from collections.abc import Sequence

from django.core.management import call_command
from django.db import models
from imagekit.models import ImageSpecField
from imagekit.processors import ResizeToFit, Transpose

from contenders import QUALITY, SINGLE_SIZES, TRIPLE_SIZES


def _spec(size: tuple[int, int]) -> ImageSpecField:
    # Its documentation says to add Transpose; without it rotated pictures stay rotated.
    return ImageSpecField(
        source="image",
        processors=[Transpose(), ResizeToFit(*size)],
        format="JPEG",
        options={"quality": QUALITY},
    )


class Single(models.Model):
    """A picture with one spec."""

    image = models.ImageField(upload_to="photos/")
    thumbnail = _spec(SINGLE_SIZES[0])


class Triple(models.Model):
    """A picture with three specs."""

    image = models.ImageField(upload_to="photos/")
    large = _spec(TRIPLE_SIZES[0])
    thumbnail = _spec(TRIPLE_SIZES[1])
    icon = _spec(TRIPLE_SIZES[2])


def fill(model: type[models.Model], _options: Sequence[str]) -> None:
    """Generate the files of a model's specs with the command."""
    call_command("generateimages", f"{model._meta.app_label}:{model._meta.model_name}")


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's files."""
    names = ("thumbnail",) if isinstance(row, Single) else ("large", "thumbnail", "icon")
    return [getattr(row, name).name for name in names]


COMMAND = ("generateimages", "contenders:single")


class Resized(models.Model):
    """The same rows, after their size was changed in the code."""

    image = models.ImageField(upload_to="photos/")
    thumbnail = _spec((200, 200))

    class Meta:
        """Uses the table of the other model."""

        managed = False
        db_table = "contenders_single"


PAGE = """\
{% for row in rows %}
<img src="{{ row.thumbnail.url }}" width="{{ row.thumbnail.width }}"
  height="{{ row.thumbnail.height }}" alt="">
{% endfor %}
"""
