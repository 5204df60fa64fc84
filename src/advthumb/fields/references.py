"""Which files rows still name: what must never be deleted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import router
from django.db.models import FileField, Model, Q

from .relations import local_thumbnail_fields

if TYPE_CHECKING:
    from .thumbnail import AdvanceThumbnailField


def still_named(thumbnail_field: "AdvanceThumbnailField", names: list[str], using: str) -> set[str]:
    """Return which of these files a row still names, as its thumbnail or as a source.

    One query for the field's own model, and one for each other model that keeps thumbnails, or
    sources of some, where these files are. Give the thumbnail column an index (`db_index=True`)
    where the table is large.
    """
    found: set[str] = set()
    for model, columns in _columns_beside(thumbnail_field, names, using):
        named_in = Q()
        for column in columns:
            named_in |= Q(**{f"{column}__in": names})
        rows = model._base_manager.using(using).filter(named_in).values_list(*columns)
        found.update(name for row in rows for name in row if name)
    return found.intersection(names)


def _columns_beside(
    thumbnail_field: "AdvanceThumbnailField", names: list[str], using: str
) -> Iterator[tuple[type[Model], list[str]]]:
    """Yield each model with those of its columns that can name these files."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not router.allow_migrate_model(using, model):
            continue
        columns = {
            column.attname
            for thumbnail in local_thumbnail_fields(model)
            for column in (thumbnail, thumbnail.source_field)
            if column.storage == thumbnail_field.storage
            and (model is thumbnail_field.model or _may_hold(column, names))
        }
        if columns:
            yield model, sorted(columns)


def _may_hold(column: FileField, names: list[str]) -> bool:
    """Return whether `upload_to` can place a file under one of these names."""
    folder = "" if callable(column.upload_to) else str(column.upload_to).partition("%")[0]
    return any(name.startswith(folder) for name in names)
