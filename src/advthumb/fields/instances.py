"""Give an instance the thumbnails that its row should have, and note there that the row was written."""

from collections.abc import Iterable

from django.db.models import Model

from .change import Change
from .files import ThumbnailFieldFile, is_given_by_hand, stored_name
from .rollback import doubt_on_rollback


def put(changes: Iterable[Change[Model]], *, row_read: bool) -> None:
    """Give instances the names and records that their rows should have.

    Args:
        changes: The changes.
        row_read: Whether the old names and records are those of the rows, not of the instances.
    """
    for change in changes:
        field, values = change.field, change.instance.__dict__
        if field.attname not in values and not change.writes:
            continue  # a deferred column stays deferred
        value = values.get(field.attname)
        if stored_name(value) != change.new or is_given_by_hand(value):
            setattr(change.instance, field.attname, change.new or None)
        if change.writes:
            getattr(change.instance, field.attname).in_row = False
        if field.fingerprint_field:
            _put_record(field.fingerprint_field, change, row_read)


def _put_record(attname: str, change: Change[Model], row_read: bool) -> None:
    if change.record is not None:
        setattr(change.instance, attname, change.record)
    elif row_read and not change.writes and attname in change.instance.__dict__:
        setattr(change.instance, attname, change.old_record)


def note_written(change: Change[Model], using: str) -> None:
    """Note on an instance that its row has the name, unless the transaction is rolled back."""
    if change.writes and change.field.attname in change.instance.__dict__:
        file: ThumbnailFieldFile = getattr(change.instance, change.field.attname)
        file.in_row = True
        doubt_on_rollback(file, using)
