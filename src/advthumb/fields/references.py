"""Which files rows still name: what must never be deleted."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.core.files.storage import Storage
from django.db import router
from django.db.models import FileField, Model, Q

from advthumb.storages import same_place

from .column import ThumbnailColumn
from .relations import local_thumbnail_fields


def still_named(thumbnail_field: ThumbnailColumn, names: list[str], using: str) -> set[str]:
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
    thumbnail_field: ThumbnailColumn, names: list[str], using: str
) -> Iterator[tuple[type[Model], list[str]]]:
    """Yield each model with those of its columns that can name these files."""
    for model, columns in columns_in(thumbnail_field.storage, using):
        own = model is thumbnail_field.model
        possible = [column.attname for column in columns if own or _may_hold(column, names)]
        if possible:
            yield model, possible


def columns_in(storage: Storage, using: str) -> Iterator[tuple[type[Model], list[FileField]]]:
    """Yield each model that has thumbnails, or sources of some, in a storage, and these columns."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not router.allow_migrate_model(using, model):
            continue
        columns = {
            column.attname: column
            for thumbnail in local_thumbnail_fields(model)
            for column in (thumbnail, thumbnail.source_field)
            if same_place(column.storage, storage)
        }
        if columns:
            yield model, list(columns.values())


def _may_hold(column: FileField, names: list[str]) -> bool:
    """Return whether `upload_to` can place a file under one of these names."""
    return any(name.startswith(fixed_part(column)) for name in names)


def fixed_part(column: FileField) -> str:
    """Return what all names of a column begin with; empty where `upload_to` is a function."""
    return "" if callable(column.upload_to) else str(column.upload_to).partition("%")[0]


def unreferenced(field: ThumbnailColumn, names: Iterable[str], using: str) -> set[str]:
    """Return those files that no row names."""
    asked = sorted(names)
    return set(asked) - still_named(field, asked, using)
