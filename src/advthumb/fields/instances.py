"""Give an instance the thumbnails that its row should have, and note there that the row was written."""

from collections.abc import Iterable

from django.db.models import Model

from .change import Change
from .files import ThumbnailFieldFile, is_given_by_hand, stored_name
from .rollback import doubt_on_rollback
from .rows import RowValues


def put(changes: Iterable[Change[Model]], row: RowValues | None) -> None:
    """Give an instance the names, records and placeholders that its row should have.

    Args:
        changes: Its changes.
        row: The values of its row; None if the row was not read, so that old names and records are those of
            the instance.
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
            _put_record(field.fingerprint_field, change, row)
        if field.placeholder_field:
            _put_placeholder(field.placeholder_field, change, row)


def _put_record(attname: str, change: Change[Model], row: RowValues | None) -> None:
    if change.record is not None:
        setattr(change.instance, attname, change.record)
    elif row is not None and not change.writes and attname in change.instance.__dict__:
        setattr(change.instance, attname, change.old_record)


def _put_placeholder(attname: str, change: Change[Model], row: RowValues | None) -> None:
    if change.stored is not None:
        setattr(change.instance, attname, change.stored.thumbhash)
    elif not change.new and (change.writes or attname in change.instance.__dict__):
        setattr(change.instance, attname, "")
    elif row is not None and not change.writes and attname in change.instance.__dict__:
        setattr(change.instance, attname, row.placeholders[change.field.attname])


def note_written(change: Change[Model], using: str) -> None:
    """Note on an instance that its row has the name, unless the transaction is rolled back."""
    if change.writes and change.field.attname in change.instance.__dict__:
        file: ThumbnailFieldFile = getattr(change.instance, change.field.attname)
        file.in_row = True
        doubt_on_rollback(file, using)
