"""What a save does for the thumbnails of a source: between the hooks of `lifecycle` and `Pictures`."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError, router
from django.db.models import FileField, Model
from django.db.models.fields.files import FieldFile

from advthumb import conf
from advthumb.core.detection import ON_SAVE
from advthumb.core.names import ThumbnailName
from advthumb.generation import Source

from . import rows
from .bulk_create import InsertedText, postpone
from .column import ThumbnailColumn
from .file_columns import savepoint
from .files import is_committed, known, points_of
from .loaded import knows_row
from .making import IN_A_SAVE, Demand
from .pictures import Pictures
from .relations import Group, thumbnail_groups
from .rows import KeptIfRight, all_rows
from .state import InstanceState
from .uploads import held, release

logger = logging.getLogger("advthumb")


def unchanged(field: ThumbnailColumn, instance: Model, state: InstanceState) -> KeptIfRight | None:
    """Return the column's value if nothing can be due, else None. Most saves end here, so it is short."""
    values = state.unchanged.get(field.source_field_name)
    if values is None:
        group = state.groups[field.source_field_name]
        values = state.unchanged[field.source_field_name] = _unchanged(group, instance, state)
    return values.get(field.attname)


def _unchanged(group: Group, instance: Model, state: InstanceState) -> dict[str, KeptIfRight]:
    """Return the values of all thumbnails of a source by attribute name; empty if anything may be due.

    Nothing is due if nothing was assigned, the names are right, and the files are unchanged.
    """
    file = instance.__dict__[group.source.attname]
    name = file.name if isinstance(file, FieldFile) else file
    if not knows_row(instance) or not name or not _is_stored(file):
        return {}
    verify = conf.check_on_save()
    points = _points(group, instance, state)
    values = {}
    for field in group.fields:
        if state.writes(field):
            thumbnail, in_row = known(field, instance)
            inspector = field.inspector(state.using, verify)
            point = points.get(field.attname, "")
            if field.force_regenerate or not in_row or not inspector.is_fresh(name, thumbnail, point):
                return {}
            values[field.attname] = KeptIfRight(field, thumbnail, name)
    return values


def _is_stored(file: object) -> bool:
    """Return whether a source is in its storage, and was not put there just now."""
    return isinstance(file, str) or (
        isinstance(file, FieldFile) and is_committed(file) and held(file) is None
    )


def written_pictures(field: ThumbnailColumn, instance: Model, state: InstanceState, *, add: bool) -> Pictures:
    """Return the thumbnails that are written with their source, brought up to date once per save.

    Args:
        field: One of the thumbnail fields.
        instance: The row that is being saved.
        state: What the save has done so far.
        add: Whether Django inserts the row; it may have tried to update it first.
    """
    group = state.groups[field.source_field_name]
    file = committed(instance, group.source, add=add)
    pictures = state.pictures.get(group.source.name)
    if pictures is not None and pictures.source_name == (file.name or ""):
        if not add or pictures.for_insert:
            return pictures
    else:
        upload = held(file)
        fields = [each for each in group.fields if state.writes(each)]
        points = _points(group, instance, state)
        pictures = Pictures(instance, fields, upload or source_of(file), state.using, points=points)
        pictures.look(conf.check_on_save(), assigned=upload is not None)
        state.pictures[group.source.name] = pictures
    if add:
        pictures.give_up_older_files()
    elif pictures.in_doubt:
        pictures.ask_row(conf.check_on_save(), state.rows.get(group.source.name))
    rendered = pictures.render(IN_A_SAVE, postpone=True)
    if not add and pictures.writes and (rendered or pictures.row is None):
        pictures.read_superseded()
    pictures.put()
    raise_if_wanted(pictures)
    return pictures


def _points(group: Group, instance: Model, state: InstanceState) -> Mapping[str, str]:
    """Return the focal points that the row has after this save: its own, if the save does not write them."""
    row = state.rows.get(group.source.name)
    return points_of(instance, group.fields) if row is None else row.points


def for_update(field: ThumbnailColumn, pictures: Pictures) -> Any:
    """Return what an UPDATE writes into a thumbnail's column."""
    change = next(change for change in pictures.changes if change.field is field)
    if change.writes or pictures.source is None:
        return change.new
    return KeptIfRight(field, change.new, pictures.source_name, change.old_record)


def outside_of_a_save(field: ThumbnailColumn, instance: Model) -> Any:
    """Make the thumbnails of an upload in `bulk_create`, or for other code that calls `pre_save`.

    Sources that are given by their stored names are left to the commands, and cost nothing here.
    """
    if field.source_field.attname not in instance.__dict__:
        return getattr(instance, field.attname)
    if instance.__dict__.get(field.attname) and not known(field, instance).name:
        setattr(instance, field.attname, None)  # assigned directly, or of a failed save: no such file exists
    file = committed(instance, field.source_field, add=True)
    upload = held(file)
    if upload is not None:
        using = instance._state.db or router.db_for_write(type(instance), instance=instance)
        fields = thumbnail_groups(type(instance))[field.source_field_name].fields
        pictures = Pictures(instance, fields, upload, using)
        pictures.look(conf.check_on_save(), assigned=True)
        pictures.give_up_older_files()
        pictures.render(Demand(ON_SAVE), postpone=True)
        pictures.log_failures()  # `bulk_create` does not report when the rows have their keys
        pictures.put()
        release(file)
        postpone(file)
        raise_if_wanted(pictures)
    return InsertedText.of(field, instance)


def written_with_sources(state: InstanceState) -> set[str]:
    """Return the columns of thumbnails whose source or focal point a save with `update_fields` writes."""
    return {
        name
        for group in state.groups.values()
        for field in group.fields
        if state.writes(group.source) or state.writes_point(field)
        for name in (field.name, *field.companions)
    }


def without_source(group: Group, instance: Model, state: InstanceState) -> list[ThumbnailColumn]:
    """Return the thumbnails that a save writes without their source, and that the row must be asked about.

    The instance has their source, or the save wrote their focal point.
    """
    if state.writes(group.source):
        return []
    has_source = group.source.attname in instance.__dict__
    return [
        field for field in group.fields if state.writes(field) and (has_source or state.writes_point(field))
    ]


def row_has_the_point(group: Group, state: InstanceState) -> bool:
    """Return whether a save writes a source, but leaves the row a focal point, whatever the instance has."""
    return state.writes(group.source) and any(
        field.focal_field and not state.writes_point(field) for field in group.fields
    )


def row_must_be_asked(group: Group, instance: Model, state: InstanceState) -> bool:
    """Return whether the row must be read before the save, to know whether its source changes.

    Django writes the source in a parent's table first, so later the row already has the new one. And the name
    of a thumbnail without a fingerprint does not say from which source it was made.
    """
    return any(
        state.writes(field) and ThumbnailName.parse(known(field, instance).name) is None
        for field in group.fields
    )


def look_after(fields: list[ThumbnailColumn], instance: Model, using: str) -> None:
    """Bring thumbnails of one source up to date, judged by the values of their row."""
    row = rows.read(instance, fields, using) if fields else None
    if row is not None:
        source = Source(fields[0].source_field.storage, row.source) if row.source else None
        pictures = Pictures(instance, fields, source, using, row)
        pictures.look(conf.check_on_save())
        _write(pictures)


def look_after_child(instance: Model, child: type[Model], using: str) -> None:
    """Bring the thumbnails of a child up to date after its parent was saved alone.

    The save does not concern the child: if its table cannot be read, that is only logged.
    """
    try:
        with savepoint(using):
            row = all_rows(child, using).filter(pk=instance.pk).first()
    except DatabaseError as error:
        logger.warning("Thumbnails of %s were not brought up to date: %s", child._meta.label, error)
        return
    for group in thumbnail_groups(child).values():
        if row is not None and group.in_child:
            pictures = Pictures(row, group.fields, source_of(getattr(row, group.source.attname)), using)
            pictures.look(conf.check_on_save())
            _write(pictures)


def _write(pictures: Pictures) -> None:
    pictures.render(IN_A_SAVE, postpone=True)
    pictures.write()
    pictures.settle()
    raise_if_wanted(pictures)


def committed(instance: Model, source_field: FileField, *, add: bool) -> FieldFile:
    """Return the source as this save writes it.

    A new upload is stored here if Django has not done so yet, because the source is declared
    after the thumbnail.
    """
    file: FieldFile = getattr(instance, source_field.attname)
    if file and not is_committed(file):
        source_field.pre_save(instance, add)
        file = getattr(instance, source_field.attname)
    return file


def source_of(file: FieldFile) -> Source | None:
    """Return a row's source, None if it has none."""
    return Source(file.storage, file.name) if file.name else None


def raise_if_wanted(pictures: Pictures) -> None:
    """Raise the first error out of the save, if `ADVANCE_THUMBNAIL_RAISE` is set."""
    for change in pictures.changes:
        if change.error is not None and conf.raise_errors():
            raise change.error
