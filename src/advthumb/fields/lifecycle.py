"""The hooks of a save and a delete, in the order in which Django calls them.

`before_save` asks the row about thumbnails that the save does not write together with their source. `during_save` (from
the field's `pre_save`) makes what is due while the row is being written, and returns the column's value. `after_save`
looks after the rest, and settles. `before_delete` and `after_delete` remove the files of a deleted row.

Django calls a field's `pre_save` up to three times for one row (6.1: as if updating, then twice for the INSERT), and
outside of any save in `bulk_create`, where it sends no signals.
"""

import contextlib
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import router
from django.db.models import FileField, Model
from django.db.models.fields.files import FieldFile
from django.db.models.signals import class_prepared, post_delete, post_save, pre_delete

from advthumb import conf
from advthumb.core.detection import ON_SAVE, Level
from advthumb.core.names import ThumbnailName
from advthumb.generation import Source

from . import rows
from .after_commit import discard
from .bulk_create import InsertedName
from .column import ThumbnailColumn
from .files import is_committed, known
from .pictures import Change, Pictures
from .relations import Group, forget_groups, local_thumbnail_fields, thumbnail_fields, thumbnail_groups
from .rows import KeptByRow, KeptIfRight
from .state import InstanceState, remembering_saves, running
from .uploads import held, keep_uploads, release


def connect(sender: type[Model], **_kwargs: Any) -> None:
    """Connect a model that has thumbnail fields, its own or a parent's; proxies too.

    One by one and not for all models at once: a delete signal with any receiver makes Django
    fetch every row that it could otherwise delete by one query.
    """
    forget_groups(sender)
    fields = thumbnail_fields(sender)
    if not fields:
        return
    for field in fields:
        with contextlib.suppress(FieldDoesNotExist):  # a system check says so (advthumb.E001)
            keep_uploads(sender._meta.get_field(field.source_field_name))
    remembering_saves(sender, before_save, failed_save)
    post_save.connect(after_save, sender=sender)
    pre_delete.connect(before_delete, sender=sender)
    post_delete.connect(after_delete, sender=sender)


class_prepared.connect(connect)


def connect_late(model: type[Model]) -> None:
    """Connect a model that got a thumbnail field after it was prepared (`add_to_class`), and its children."""
    connect(model)
    for child in model.__subclasses__():
        connect_late(child)


def before_save(instance: Model, state: InstanceState) -> None:
    """Ask the row about thumbnails that a save with `update_fields` writes without their source, or it without them."""
    for source_name, group in thumbnail_groups(type(instance)).items():
        if _apart(group, instance, state) or _written_after_parent(group, instance, state):
            row = rows.read(instance, group, state.using)
            if row is not None:
                state.rows[source_name] = row


def _written_after_parent(group: Group, instance: Model, state: InstanceState) -> bool:
    """Return whether only the row can tell whether a source is another one, and will have it already by then.

    Django writes the tables of parents first.
    """
    return any(
        field.source_field.model is not field.model
        and state.writes(field)
        and ThumbnailName.parse(known(field, instance).name) is None
        for field in group
    )


def _apart(group: Group, instance: Model, state: InstanceState) -> Group:
    """Return the thumbnails of a source that a save does not write together with it, though it knows the source."""
    source_field = group[0].source_field
    if source_field.attname not in instance.__dict__:
        return []
    if not state.writes(source_field):
        return [field for field in group if state.writes(field)]
    return [field for field in group if not state.writes(field)]


def during_save(field: ThumbnailColumn, instance: Model, *, add: bool) -> Any:
    """Bring all thumbnails of a field's source up to date, once for all of them, and return the column's value."""
    state = running(instance)
    source_field = field.source_field
    if source_field.attname not in instance.__dict__:
        return KeptByRow(field) if state is not None and not add else getattr(instance, field.attname)
    if state is None:
        return _outside_of_a_save(field, instance)
    if not state.writes(source_field):
        return KeptByRow(field)
    pictures = _pictures(field, instance, state, add=add)
    return getattr(instance, field.attname) if add else _for_update(field, pictures)


def _pictures(field: ThumbnailColumn, instance: Model, state: InstanceState, *, add: bool) -> Pictures:
    """Return what this save did about the thumbnails of a source, doing it where it was not done yet."""
    source_field = field.source_field
    file = _committed(instance, source_field, add=add)
    pictures = state.pictures.get(source_field.name)
    if pictures is not None and pictures.source_name == (file.name or ""):
        if not add or pictures.for_insert:
            return pictures
    else:
        group = thumbnail_groups(type(instance))[field.source_field_name]
        fields = group if state.update_fields is None else [each for each in group if state.writes(each)]
        upload = held(file)
        pictures = Pictures(instance, fields, upload or source_of(file), state.using)
        pictures.look(conf.check_on_save(), assigned=upload is not None)
        state.pictures[source_field.name] = pictures
    if add:
        pictures.give_up_older_files()
    elif pictures.in_doubt:
        pictures.ask_row(conf.check_on_save(), state.rows.get(source_field.name))
    _make_what_is_due(pictures, add=add)
    return pictures


def _make_what_is_due(pictures: Pictures, *, add: bool) -> None:
    rendered = pictures.render(ON_SAVE, forced=True)
    if not add and pictures.writes and (rendered or not pictures.row_was_asked):
        pictures.read_superseded()
    pictures.put()
    _raise_if_wanted(pictures.changes)


def _for_update(field: ThumbnailColumn, pictures: Pictures) -> Any:
    """Return what an UPDATE writes into a thumbnail's column."""
    change = next(change for change in pictures.changes if change.field is field)
    if change.writes or pictures.source is None:
        return change.new
    exists = change.assessment.level >= Level.STAT
    return KeptIfRight(field, change.new, pictures.source_name, change.new if exists else "")


def _outside_of_a_save(field: ThumbnailColumn, instance: Model) -> Any:
    """Make the thumbnails of an upload in `bulk_create`, or for whoever else asks a field for its value.

    Sources that are given by their stored names are left to the commands, at no cost.
    """
    source_field = field.source_field
    if instance.__dict__.get(field.attname) and not known(field, instance).name:
        setattr(instance, field.attname, None)  # given by hand, or of a failed save: there is no such file
    file = _committed(instance, source_field, add=True)
    upload = held(file)
    if upload is not None:
        using = instance._state.db or router.db_for_write(type(instance), instance=instance)
        pictures = Pictures(instance, thumbnail_groups(type(instance))[source_field.name], upload, using)
        pictures.look(conf.check_on_save(), assigned=True)
        pictures.give_up_older_files()
        pictures.render(ON_SAVE)
        pictures.put()
        release(file)
        _raise_if_wanted(pictures.changes)
    return InsertedName.of(field, instance)


def _committed(instance: Model, source_field: FileField, *, add: bool) -> FieldFile:
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
    """Return a row's source, None for no source."""
    return Source(file.storage, file.name) if file.name else None


def _raise_if_wanted(changes: list[Change]) -> None:
    for change in changes:
        if change.error is not None and conf.raise_errors():
            raise change.error


def after_save(instance: Model, *, using: str, raw: bool, **_kwargs: Any) -> None:
    """Settle what the save wrote, and look after thumbnails that it did not write together with their source."""
    state = running(instance)
    if state is None or raw:
        return
    state.written = True
    for pictures in state.pictures.values():
        if pictures.writes:
            _write_late_companions(pictures, state)
        pictures.settle()
    for source_name, row in state.rows.items():
        apart = _apart(thumbnail_groups(type(instance))[source_name], instance, state)
        if apart:
            _look_after(apart, instance, state, row)
    for group in thumbnail_groups(type(instance)).values():
        source = instance.__dict__.get(group[0].source_field.attname)
        if isinstance(source, FieldFile):
            release(source)


def _write_late_companions(pictures: Pictures, state: InstanceState) -> None:
    """Write companion columns whose values Django took before the thumbnail was made, or not."""
    instance = pictures.instance
    order = [field.name for field in instance._meta.concrete_fields]
    for change in pictures.changes:
        late = [
            name
            for name in change.field.companions
            if order.index(name) < order.index(change.field.name)
            or not state.writes(instance._meta.get_field(name))
        ]
        if late and change.writes:
            values = {name: getattr(instance, name) for name in late}
            rows.update_beside(instance, change.field, change.new, values, state.using)


def _look_after(fields: Group, instance: Model, state: InstanceState, row: rows.RowValues) -> None:
    """Bring thumbnails up to date that the row had beside another source, perhaps, before it was written."""
    source_field = fields[0].source_field
    if state.writes(source_field):
        file: FieldFile = getattr(instance, source_field.attname)
        upload = held(file)
        source = upload or source_of(file)
    else:
        upload, source = None, Source(source_field.storage, row.source) if row.source else None
    pictures = Pictures(instance, fields, source, state.using, row)
    pictures.look(conf.check_on_save(), assigned=upload is not None)
    pictures.render(ON_SAVE, forced=True)
    pictures.write()
    pictures.settle()
    _raise_if_wanted(pictures.changes)


def failed_save(instance: Model, state: InstanceState) -> None:
    """Delete the files that a save made before it raised: their row is not written."""
    for pictures in state.pictures.values():
        pictures.abandon()


def before_delete(sender: type[Model], instance: Model, **_kwargs: Any) -> None:
    """Load the names of deferred thumbnails while the row can still tell them."""
    for field in local_thumbnail_fields(sender):
        getattr(instance, field.attname)


def after_delete(sender: type[Model], instance: Model, using: str, **_kwargs: Any) -> None:
    """Remove a deleted row's thumbnails after commit.

    Only those of the sender's own table: a parent's row is deleted, and announced, by itself.
    """
    for field in local_thumbnail_fields(sender):
        discard(field, {known(field, instance).name}, using)
