"""The hooks of a save and a delete, in the order in which Django calls them.

    before_save     makes the save write thumbnails together with their source
    during_save     makes what is due while the row is being written, and returns the column's value
    after_save      updates what the save did not write, and settles
    failed_save     deletes what was made for a row that was not written
    before_delete, after_delete     delete the files of a deleted row

The field's `pre_save` calls `during_save`. Django calls `pre_save` up to three times for one row (6.1: as if
updating, then twice for the INSERT). It also calls it in `bulk_create`, outside of any save, where it sends
no signals.
"""

import contextlib
from functools import partial
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.fields.files import FieldFile
from django.db.models.signals import class_prepared, post_delete, post_save, pre_delete

from . import rows, saving
from .after_commit import discard
from .bulk_create import InsertedText
from .column import ThumbnailColumn
from .files import known
from .loaded import note_loads, note_row
from .relations import (
    add_child,
    children_of,
    forget_groups,
    local_thumbnail_fields,
    thumbnail_fields,
)
from .rows import KeptByRow
from .state import InstanceState, remembering_saves, running
from .uploads import keep_uploads, release


def connect(sender: type[Model], **_kwargs: Any) -> None:
    """Connect a model that has thumbnail fields, including those of a parent; proxies too.

    Each such model is connected separately, because a delete signal with a receiver makes Django load every
    row that it could otherwise delete with one query.
    """
    forget_groups(sender)
    fields = thumbnail_fields(sender)
    for field in fields:
        with contextlib.suppress(FieldDoesNotExist):  # a system check reports it (advthumb.E001)
            source_field = field.source_field
            keep_uploads(source_field)
            if source_field.model is not field.model:
                add_child(source_field.model, field.model)
                _connect_saves(source_field.model)
        _ask_thumbnail_first(field)
    if fields:
        _connect_saves(sender)
        pre_delete.connect(before_delete, sender=sender)
        post_delete.connect(after_delete, sender=sender)


def _ask_thumbnail_first(field: ThumbnailColumn) -> None:
    """Make Django call `pre_save` of a thumbnail before that of the columns that are written with it.

    Django calls it in order of declaration, and making a thumbnail changes the values of those columns. In
    `bulk_create` nothing can be written afterwards.
    """
    for name in field.companions:
        with contextlib.suppress(FieldDoesNotExist):  # a system check reports it (advthumb.E006)
            column: Any = field.model._meta.get_field(name)
            if "pre_save" not in vars(column):
                column.pre_save = partial(_after_thumbnail, field, column)


def _after_thumbnail(field: ThumbnailColumn, column: Any, instance: Model, add: bool) -> Any:
    """Return the value of a column beside a thumbnail: the row's own, if the row keeps its thumbnail."""
    state = running(instance)
    if state is None or state.writes(field):
        value = during_save(field, instance, add=add)
        if isinstance(value, KeptByRow):
            return value.beside(column)
        if isinstance(value, InsertedText) and column.name in field.text_companions:
            return InsertedText.of(field, instance, column.attname)
    return type(column).pre_save(column, instance, add)


def _connect_saves(model: type[Model]) -> None:
    note_loads(model)
    remembering_saves(model, before_save, failed_save)
    post_save.connect(after_save, sender=model)


class_prepared.connect(connect)


def connect_late(model: type[Model]) -> None:
    """Connect a model that got a thumbnail field after it was prepared (`add_to_class`), and its children."""
    connect(model)
    for child in model.__subclasses__():
        connect_late(child)


def before_save(instance: Model, state: InstanceState) -> None:
    """Make one UPDATE write thumbnails together with their source, whatever `update_fields` names."""
    if state.update_fields is not None:
        state.update_fields |= saving.written_with_sources(state)
    for name, group in state.groups.items():
        in_doubt = group.in_child and saving.row_must_be_asked(group, instance, state)
        if in_doubt or saving.row_has_the_point(group, state):
            row = rows.read(instance, group.fields, state.using)
            if row is not None:
                state.rows[name] = row


def during_save(field: ThumbnailColumn, instance: Model, *, add: bool) -> Any:
    """Bring all thumbnails of a source up to date, once for all of them, and return the column's value."""
    state = running(instance)
    if state is None:
        return saving.outside_of_a_save(field, instance)
    source_field = state.groups[field.source_field_name].source
    is_deferred = source_field.attname not in instance.__dict__
    if is_deferred and add:
        return getattr(instance, field.attname)
    if not state.writes(source_field):
        return KeptByRow(field)
    if is_deferred:
        getattr(instance, source_field.attname)  # a source that is written is loaded by Django anyway
    if add:
        saving.written_pictures(field, instance, state, add=True)
        return getattr(instance, field.attname)
    value = saving.unchanged(field, instance, state)
    return value or saving.for_update(field, saving.written_pictures(field, instance, state, add=False))


def after_save(instance: Model, *, raw: bool, **_kwargs: Any) -> None:
    """Settle what the save wrote, and update thumbnails that were not written with their source."""
    state = running(instance)
    if state is None or raw:
        return
    state.written = True
    note_row(instance)
    for pictures in state.pictures.values():
        pictures.settle()
    if state.update_fields is not None:
        for group in state.groups.values():
            saving.look_after(saving.without_source(group, instance, state), instance, state.using)
    for child in children_of(type(instance)):
        if not isinstance(instance, child):
            saving.look_after_child(instance, child, state.using)
    if state.pictures:
        _release_uploads(instance, state)


def _release_uploads(instance: Model, state: InstanceState) -> None:
    for group in state.groups.values():
        source = instance.__dict__.get(group.source.attname)
        if isinstance(source, FieldFile):
            release(source)


def failed_save(instance: Model, state: InstanceState) -> None:
    """Delete the files that a save made before it raised: their row is not written."""
    for pictures in state.pictures.values():
        pictures.abandon()


def before_delete(sender: type[Model], instance: Model, **_kwargs: Any) -> None:
    """Load the names of deferred thumbnails while the row still exists."""
    for field in local_thumbnail_fields(sender):
        for attname in (field.attname, field.fingerprint_field):
            if attname and attname not in instance.__dict__:  # make no file objects for loaded columns
                getattr(instance, attname)


def after_delete(sender: type[Model], instance: Model, using: str, **_kwargs: Any) -> None:
    """Delete the thumbnails of a deleted row after the commit.

    Only those in the sender's own table: Django deletes a parent's row, and sends signals for it, separately.
    """
    for field in local_thumbnail_fields(sender):
        record = instance.__dict__.get(field.fingerprint_field or "") or ""
        discard(field, known(field, instance).name, using, record)
