"""django_advance_thumbnail 2.0.1: the baseline of all ratios."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files import File
from django.core.management import call_command
from django.db import models

from contenders import SINGLE_SIZES, TRIPLE_SIZES
from django_advance_thumbnail import AdvanceThumbnailField


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
    """Make all missing thumbnails with the command."""
    call_command("generate_thumbnails", "--model", model._meta.label, *options)


def stored(row: models.Model) -> list[str]:
    """Return the names of a row's thumbnails."""
    fields = [field for field in row._meta.get_fields() if isinstance(field, AdvanceThumbnailField)]
    return [getattr(row, field.attname).name for field in fields]


class _Row:
    """Stands in for a model instance: accepts the thumbnail and writes nothing."""

    thumbnail: File

    def save(self, **_kwargs: Any) -> None:
        """Save nothing."""


class _Source(BytesIO):
    """Stands in for a source file, with its bytes in memory."""

    name: str

    def open(self) -> "_Source":
        """Return itself."""
        return self


def render(data: bytes, name: str, sizes: Sequence[tuple[int, int]], *, lossless: bool) -> list[bytes]:
    """Run the package's own rendering in memory, once per size as the package does."""
    made = []
    for size in sizes:
        field = AdvanceThumbnailField(source_field="image", size=size)
        field.name = "thumbnail"
        source, row = _Source(data), _Row()
        # It chooses the output format by the extension.
        source.name = "source.png" if lossless else name
        field._generate_thumbnail_file(row, source)
        made.append(row.thumbnail.read())
    return made


def fresh_names(_source: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield the names of thumbnails for stored sources, without making them."""
    for name in names:
        path = PurePosixPath(name)
        yield f"thumbnails/{path.stem}_thumbnail{path.suffix}"
