"""Which thumbnail fields a model has, and of which sources."""

from collections.abc import Iterable
from typing import TypeGuard

from django.db.models import Model

from .column import ThumbnailColumn

Group = list[ThumbnailColumn]
"""Thumbnail fields of one source, in order of declaration."""

_GROUPS = "_advthumb_groups"


def is_thumbnail_field(field: object) -> TypeGuard[ThumbnailColumn]:
    """Return whether a field's files are thumbnails."""
    return isinstance(field, ThumbnailColumn)


def thumbnail_fields(model: type[Model]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields of a model, those of its parents included."""
    return [field for field in model._meta.concrete_fields if is_thumbnail_field(field)]


def thumbnail_groups(model: type[Model]) -> dict[str, Group]:
    """Return the thumbnail fields of a model, those of its parents included, by the names of their sources.

    Every save asks, so the answer is kept on the class.
    """
    found: dict[str, Group] | None = model.__dict__.get(_GROUPS)
    if found is None:
        found = by_source(thumbnail_fields(model))
        setattr(model, _GROUPS, found)
    return found


def forget_groups(model: type[Model]) -> None:
    """Drop what is kept on a class that just got another field."""
    if _GROUPS in model.__dict__:
        delattr(model, _GROUPS)


def local_thumbnail_fields(model: type[Model]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields whose columns are in the model's own table (a proxy's too)."""
    concrete = model._meta.concrete_model or model
    return [field for field in concrete._meta.local_concrete_fields if is_thumbnail_field(field)]


def by_source(fields: Iterable[ThumbnailColumn]) -> dict[str, Group]:
    """Return the fields grouped by the name of their source, in order of declaration."""
    groups: dict[str, Group] = {}
    for field in fields:
        groups.setdefault(field.source_field_name, []).append(field)
    return groups
