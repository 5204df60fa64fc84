"""advthumb from this working tree."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from django.core.management import load_command_class
from django.db import models

from advthumb import conf
from advthumb.core.fingerprints import Fingerprint, SourceFacts, content_token, spec_token
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName, new_nonce, stem_of
from advthumb.core.planning import plan
from advthumb.core.sets import SetCode
from advthumb.core.sniffing import admit
from advthumb.core.spec import ThumbnailSpec
from advthumb.core.srcset import by_format
from advthumb.engines.registry import engine, probed
from advthumb.fields import AdvanceThumbnailField
from contenders import SINGLE_SIZES, TRIPLE_SIZES

IMAGE = "{% load advthumb %}{% thumbnail row.thumbnail alt=row.title %}"
PICTURE = '{% load advthumb %}{% picture row.thumbnail alt=row.title sizes="50vw" %}'

engine(conf.engines()[0])  # Loaded now, so that this worker ends here if the library is missing.


def _thumbnail(size: tuple[int, int]) -> AdvanceThumbnailField:
    return AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=size, max_length=200, null=True, blank=True
    )


class Single(models.Model):
    """A picture with one thumbnail."""

    title = models.CharField(max_length=100)
    image = models.ImageField(upload_to="photos/")
    thumbnail = _thumbnail(SINGLE_SIZES[0])


class Triple(models.Model):
    """A picture with three thumbnails."""

    title = models.CharField(max_length=100)
    image = models.ImageField(upload_to="photos/")
    large = _thumbnail(TRIPLE_SIZES[0])
    thumbnail = _thumbnail(TRIPLE_SIZES[1])
    icon = _thumbnail(TRIPLE_SIZES[2])


def fill(model: type[models.Model], options: Sequence[str]) -> None:
    """Make all missing thumbnails with the command as a program, with further options for it."""
    name = "generate_thumbnails"
    command = load_command_class("advthumb", name)
    command.run_from_argv(["manage.py", name, "--model", model._meta.label, *options])


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's thumbnails."""
    fields = [field for field in row._meta.get_fields() if isinstance(field, AdvanceThumbnailField)]
    return [getattr(row, field.attname).name for field in fields]


def render(data: bytes, name: str, sizes: Sequence[tuple[int, int]], *, lossless: bool) -> list[bytes]:
    """Do what generation does between reading a source and storing thumbnails."""
    image_format = admit(data, conf.allowed_formats())
    chosen, info = probed(data, image_format, conf.engines(), 1)
    specs = [ThumbnailSpec(width=width, height=height) for width, height in sizes]
    if lossless:
        specs = [replace(spec, format=ImageFormat.PNG) for spec in specs]
    return [
        made.data
        for made in chosen.render(data, info, [plan(spec, info, chosen.shrink_margin) for spec in specs])
    ]


def forget_names() -> None:
    """Forget all names, so that they are read again as on a page of unseen rows."""
    ThumbnailName.parse.cache_clear()
    by_format.cache_clear()


def with_set(name: str) -> str:
    """Return the name of a thumbnail as if it had 3 formats and 4 widths; no file is made."""
    code = SetCode((ImageFormat.AVIF, ImageFormat.WEBP), (100, 600, 1200))
    stem, _dot, extension = name.rpartition(".")
    return f"{stem}-{code}.{extension}"


def fingerprint(data: bytes) -> str:
    """Return the digest of a source, as every generation computes it."""
    return content_token(data)


def fresh_names(source: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield the names of fresh thumbnails for stored copies of a JPEG, without making them."""
    field = Single._meta.get_field("thumbnail")
    data = source.read_bytes()
    token = spec_token(field.spec, ImageFormat.JPEG, engine(conf.engines()[0]).revision)
    content = content_token(data)
    for name in names:
        facts = SourceFacts(name, len(data), content)
        fingerprint = Fingerprint.of(token, facts)
        size, nonce = Size(*field.size), new_nonce()
        yield f"thumbnails/{ThumbnailName(stem_of(name), size, fingerprint, ImageFormat.JPEG, nonce)}"


COMMAND = ("generate_thumbnails", "--model", "contenders.Single")


class Resized(models.Model):
    """The same rows, after their size was changed in the code."""

    title = models.CharField(max_length=100)
    image = models.ImageField(upload_to="photos/")
    thumbnail = _thumbnail((200, 200))

    class Meta:
        """Uses the table of the other model."""

        managed = False
        db_table = "contenders_single"


def update(model: type[models.Model], _options: Sequence[str]) -> None:
    """Make stale thumbnails again with the command."""
    load_command_class("advthumb", "regenerate_thumbnails").run_from_argv(
        ["manage.py", "regenerate_thumbnails", "--model", model._meta.label]
    )


PAGE = """\
{% for row in rows %}{% if row.thumbnail %}
<img src="{{ row.thumbnail.url }}" width="{{ row.thumbnail.width }}"
  height="{{ row.thumbnail.height }}" alt="">
{% endif %}{% endfor %}
"""
