"""The thumbnail fields of a model, and their sources."""

from collections.abc import Iterable
from typing import NamedTuple, TypeGuard

from django.db.models import FileField, Model

from .column import ThumbnailColumn

_GROUPS = "_advthumb_groups"
_CHILDREN = "_advthumb_children"


class Group(NamedTuple):
    """The thumbnail fields of one source, in order of declaration.

    Attributes:
        source: The field of the source.
        fields: The thumbnail fields.
        in_child: Whether a thumbnail is in the table of a child, while the source is in that of the parent.
    """

    source: FileField
    fields: tuple[ThumbnailColumn, ...]
    in_child: bool


def is_thumbnail_field(field: object) -> TypeGuard[ThumbnailColumn]:
    """Return whether a field's files are thumbnails."""
    return isinstance(field, ThumbnailColumn)


def thumbnail_fields(model: type[Model]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields of a model, including those of its parents."""
    return _own_thumbnails(model._meta.concrete_fields)


def local_thumbnail_fields(model: type[Model]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields whose columns are in the model's own table (a proxy's too)."""
    concrete = model._meta.concrete_model or model
    return _own_thumbnails(concrete._meta.local_concrete_fields)


def _own_thumbnails(fields: Iterable[object]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields among some, without those that have a field for each language instead."""
    return [field for field in fields if is_thumbnail_field(field) and not field.is_translated]


def thumbnail_groups(model: type[Model]) -> dict[str, Group]:
    """Return the thumbnail fields of a model, including those of its parents, by the names of their sources.

    Every save needs this, so it is kept on the class.
    """
    found: dict[str, Group] | None = model.__dict__.get(_GROUPS)
    if found is None:
        found = {group.source.name: group for group in by_source(thumbnail_fields(model))}
        setattr(model, _GROUPS, found)
    return found


def all_made_by_tasks(model: type[Model], source: FileField) -> bool:
    """Return whether tasks make every thumbnail of a source, so that a save needs none of its bytes."""
    group = thumbnail_groups(model).get(source.name)
    return group is not None and all(field.made_by_task for field in group.fields)


def forget_groups(model: type[Model]) -> None:
    """Drop what is kept on a class that just got another field."""
    if _GROUPS in model.__dict__:
        delattr(model, _GROUPS)


def by_source(fields: Iterable[ThumbnailColumn]) -> list[Group]:
    """Return the fields grouped by their source, in order of declaration."""
    groups: dict[str, list[ThumbnailColumn]] = {}
    for field in fields:
        groups.setdefault(field.source_field_name, []).append(field)
    found = []
    for members in groups.values():
        source = members[0].source_field
        in_child = any(field.model is not source.model for field in members)
        found.append(Group(source, tuple(members), in_child))
    return found


def add_child(parent: type[Model], child: type[Model]) -> None:
    """Note that a child of multi-table inheritance has thumbnails of a source of this parent."""
    children: set[type[Model]] = parent.__dict__.get(_CHILDREN) or set()
    setattr(parent, _CHILDREN, children | {child})


def children_of(model: type[Model]) -> set[type[Model]]:
    """Return the children that have thumbnails of a source of this model."""
    children: set[type[Model]] | None = (model._meta.concrete_model or model).__dict__.get(_CHILDREN)
    return children or set()
