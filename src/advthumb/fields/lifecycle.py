"""The hooks of a save and a delete, in the order in which Django calls them.

`before_save` opens a memory on the instance, `during_save` (from the field's `pre_save`) makes
what is due while the row is being written, `after_save` writes what the save could not carry and
settles. `bulk_create` calls only the one in the middle: no signals are sent there.

Django calls a field's `pre_save` up to three times for one row (6.1: as if updating, then twice
for the INSERT), so what was made is remembered on the instance and never made again.
"""

import contextlib
from dataclasses import replace
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import router
from django.db.models import FileField, Model
from django.db.models.fields.files import FieldFile
from django.db.models.signals import class_prepared, post_delete, post_save, pre_delete, pre_save

from advthumb import conf
from advthumb.core.names import file_behind
from advthumb.generation import Source

from .changes import (
    act,
    companions,
    judge,
    known_names,
    newly_assigned,
    now_in_row,
    put_on_instance,
    source_of,
)
from .column import ThumbnailColumn
from .concurrency import Claim, is_loaded_from
from .files import is_committed, keep_uploads, stored_name
from .provisional import is_withdrawn
from .refresh import DUE_ON_SAVE, refresh, write_companions
from .relations import local_thumbnail_fields, thumbnail_fields, thumbnail_groups
from .settling import discard, settle
from .state import Change, Finding, RowState, Saving, state_of


def connect(sender: type[Model], **_kwargs: Any) -> None:
    """Connect a model that has thumbnail fields, its own or a parent's; proxies too.

    One by one and not for all models at once: a delete signal with any receiver makes Django
    fetch every row that it could otherwise delete by one query.
    """
    fields = thumbnail_fields(sender)
    if not fields:
        return
    for field in fields:
        with contextlib.suppress(FieldDoesNotExist):  # a system check says so (advthumb.E001)
            keep_uploads(sender._meta.get_field(field.source_field_name))
    pre_save.connect(before_save, sender=sender)
    post_save.connect(after_save, sender=sender)
    pre_delete.connect(before_delete, sender=sender)
    post_delete.connect(after_delete, sender=sender)


class_prepared.connect(connect)


def before_save(instance: Model, *, using: str, update_fields: Any, **_kwargs: Any) -> None:
    """Note what this save covers.

    Fixtures (`raw`) need no exception: Django writes them without asking a field's `pre_save`.
    """
    covered = None if update_fields is None else frozenset(update_fields)
    state_of(instance).saving = Saving(using, covered)


def during_save(field: ThumbnailColumn, instance: Model, *, add: bool) -> None:
    """Bring all thumbnails of a field's source in step, once for all of them."""
    state = state_of(instance)
    source_field = field.source_field
    if source_field.attname not in instance.__dict__:
        return  # deferred: not part of this save
    if state.saving is not None and not state.saving.covers(source_field):
        return  # what the instance has may not be the row's: `after_save` looks after it
    file = _committed(instance, source_field, add=add)
    upload = _upload(state, source_field, file)
    if state.saving is not None:
        _during_save(field, instance, file, upload, state.saving, add=add)
    elif upload is not None:
        _during_bulk_create(field, instance, file, upload)
    # else bulk_create of a stored name: left to the commands, at no cost


def _during_save(
    field: ThumbnailColumn,
    instance: Model,
    file: FieldFile,
    upload: Source | None,
    saving: Saving,
    *,
    add: bool,
) -> None:
    name = file.name or ""
    this = (field.source_field_name, name, add)
    if this in saving.handled:
        return
    saving.handled.add(this)
    pending = state_of(instance).pending
    fields = [
        sibling
        for sibling in _siblings(field, instance)
        if saving.covers(sibling) and not _is_done(pending.get(sibling.attname), instance, name)
    ]
    changes = _change(fields, instance, source_of(file, upload), upload, saving.using, add=add)
    for change in changes:
        unsaved = pending.pop(change.field.attname, None)
        if unsaved is not None and unsaved.new not in {"", change.new}:
            discard(change.field, {unsaved.new}, saving.using)
        if change.writes or change.error is not None:
            pending[change.field.attname] = replace(change, source_name=name)
    _raise_if_wanted(changes)


def _during_bulk_create(field: ThumbnailColumn, instance: Model, file: FieldFile, upload: Source) -> None:
    using = instance._state.db or router.db_for_write(type(instance), instance=instance)
    fields = _siblings(field, instance)
    changes = _change(fields, instance, source_of(file, upload), upload, using, add=True)
    del state_of(instance).uploads[field.source_field.attname]
    for change in changes:
        settle(change, using)
    _raise_if_wanted(changes)


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


def _upload(state: RowState, source_field: FileField, file: FieldFile) -> Source | None:
    """Return the upload that the source was just stored from, None for an older source."""
    upload = state.uploads.get(source_field.attname)
    return upload if upload is not None and upload.name == file.name else None


def _siblings(field: ThumbnailColumn, instance: Model) -> list[ThumbnailColumn]:
    """Return the thumbnail fields of the same source, this one included."""
    groups = thumbnail_groups(type(instance))
    return next(group for group in groups if group[0].source_field_name == field.source_field_name)


def _is_done(done: Change | None, instance: Model, source_name: str) -> bool:
    """Return whether an earlier step of this save, or a save that failed, made it already."""
    return (
        done is not None
        and done.source_name == source_name
        and done.new == stored_name(getattr(instance, done.field.attname))
        and not is_withdrawn(done.new)
    )


def _change(
    fields: list[ThumbnailColumn],
    instance: Model,
    source: Source | None,
    upload: Source | None,
    using: str,
    *,
    add: bool,
) -> list[Change]:
    """Judge thumbnails of one source, make what is due, and put it on the instance.

    Of most saves nothing comes: what is in step, and what the instance has already, is left out.
    """
    found = [_find(field, instance, source, upload, using, add=add) for field in fields]
    findings = [finding for finding in found if _due_on_save(finding) or not _stays(finding, instance)]
    if not findings:
        return []
    changes = act(instance, source, findings, _due_on_save, using=using)
    for change in changes:
        put_on_instance(change)
    return changes


def _find(
    field: ThumbnailColumn,
    instance: Model,
    source: Source | None,
    upload: Source | None,
    using: str,
    *,
    add: bool,
) -> Finding:
    old, current = known_names(field, instance)
    taken = current or file_behind(old)
    if add or not is_loaded_from(using, instance):
        # The row cannot own a file that existed before it: this is a copy of another row.
        old = current = ""
    if upload is not None:
        return Finding(field, old, current, taken, newly_assigned(current))
    verify = conf.check_on_save()
    assessment = judge(field, instance, source, current, verify, using)
    return Finding(field, old, current, taken, assessment)


def _due_on_save(finding: Finding) -> bool:
    return finding.field.force_regenerate or finding.assessment.verdict in DUE_ON_SAVE


def _stays(finding: Finding, instance: Model) -> bool:
    """Return whether the row and the instance have a thumbnail that nothing is to be done about."""
    field = finding.field
    value: FieldFile = instance.__dict__[field.attname]
    return (
        is_committed(value)
        and (value.name or "") == finding.current == finding.old
        and field.attname not in state_of(instance).pending
    )


def _raise_if_wanted(changes: list[Change]) -> None:
    for change in changes:
        if change.error is not None and conf.raise_errors():
            raise change.error


def after_save(instance: Model, *, created: bool, using: str, **_kwargs: Any) -> None:
    """Write what the save could not carry, and settle once the transaction commits."""
    state = state_of(instance)
    saving, state.saving = state.saving, None
    if saving is None:
        return
    for group in thumbnail_groups(type(instance)):
        for field in group:
            done = state.pending.pop(field.attname, None) if saving.carries(field) else None
            if done is not None:
                _write_late_companions(done, saving)
                settle(done, using, None if created else Claim.of(done, using))
        _refresh_not_carried(group, instance, saving)
        for field in group:
            if saving.covers(field):
                now_in_row(field, instance)
        if state.uploads and saving.covers(group[0].source_field):
            state.uploads.pop(group[0].source_field.attname, None)


def _write_late_companions(change: Change, saving: Saving) -> None:
    """Write companion columns whose values Django took before the thumbnail was made, or not."""
    order = [field.name for field in change.instance._meta.concrete_fields]
    late = [
        name
        for name in companions(change.field)
        if order.index(name) < order.index(change.field.name)
        or not saving.covers(change.instance._meta.get_field(name))
    ]
    if late and change.writes:
        write_companions(change, late, saving.using)


def _refresh_not_carried(group: list[ThumbnailColumn], instance: Model, saving: Saving) -> None:
    """Refresh thumbnails that were written without their source or it without them (`update_fields`).

    A deferred thumbnail is loaded only where its source is known to be new.
    """
    if saving.update_fields is None:
        return
    source_field = group[0].source_field
    source_is_written = saving.covers(source_field)
    if source_field.attname not in instance.__dict__:
        return
    file: FieldFile = getattr(instance, source_field.attname)
    if file and not is_committed(file):
        return
    upload = _upload(state_of(instance), source_field, file) if source_is_written else None
    fields = [
        field
        for field in group
        if not saving.carries(field)
        and (source_is_written or saving.covers(field))
        and (upload or field.attname in instance.__dict__)
    ]
    if fields:
        changes = refresh(
            instance,
            fields,
            using=saving.using,
            due=DUE_ON_SAVE,
            verify=conf.check_on_save(),
            upload=upload,
        )
        _raise_if_wanted(changes)


def before_delete(sender: type[Model], instance: Model, **_kwargs: Any) -> None:
    """Load the names of deferred thumbnails while the row can still tell them."""
    for field in local_thumbnail_fields(sender):
        getattr(instance, field.attname)


def after_delete(sender: type[Model], instance: Model, using: str, **_kwargs: Any) -> None:
    """Remove a deleted row's thumbnails after commit.

    Only those of the sender's own table: a parent's row is deleted, and announced, by itself.
    """
    for field in local_thumbnail_fields(sender):
        discard(field, {*known_names(field, instance)}, using)
