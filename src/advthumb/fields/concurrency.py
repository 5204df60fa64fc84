"""What a save does about other processes that write the same row.

An instance knows the row as it was when it was loaded, and an UPDATE of Django's writes over
whatever the row has by then. So a thumbnail is written with a condition (`Guarded`): where the row
has one that the instance does not know, that one's name stays in the column, marked as superseded
(`names.SUPERSEDED`), and the row has no thumbnail for now. A name is never lost that way, and
no thumbnail is ever beside a source that it was not made of.

A save that made a thumbnail has a `Claim` to that place. It sees after the commit whether its name
is in the row (`settling`), and if not, puts it there and deletes what was superseded. Any other
save, and a process that is killed in between, leaves the mark to whoever gives the row its next
thumbnail.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Self

from django.db import connections
from django.db.models import FileField, Model, Q

from advthumb.core.names import SUPERSEDED, valid_name

from .changes import companions, known_names
from .column import ThumbnailColumn
from .files import is_committed, stored_name
from .provisional import commits_are_seen, held_for
from .rows import Row, named
from .state import Change, Saving, state_of


class KeptByRow:
    """The SQL for a thumbnail that an UPDATE leaves as the row has it.

    Django's compilers take any value that has `as_sql`. It is no expression of Django's, for
    those are read back, or deferred, after a save.
    """

    def __init__(self, field: ThumbnailColumn) -> None:
        self._field = field

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        """Return the SQL and its parameters."""
        return _quoted(self._field, connection), []


class Seen(NamedTuple):
    """What an instance knows of its row: the names that may be in a column, empty for none."""

    column: FileField
    names: frozenset[str]


class Guarded(KeptByRow):
    """The SQL for a thumbnail that is right if the row is as the instance knows it.

    Else the row's own is superseded: its name is marked, or dropped where the column is full.

    Args:
        field: The thumbnail field.
        seen: What the instance knows of the row.
        new: The name to write; None leaves the row's own.
    """

    def __init__(self, field: ThumbnailColumn, seen: Seen, new: str | None = None) -> None:
        super().__init__(field)
        self._seen = seen
        self._new = new

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        """Return the SQL and its parameters."""
        names = sorted(self._seen.names)
        own, seen = _quoted(self._field, connection), _quoted(self._seen.column, connection)
        value = own if self._new is None else "%s"
        sql = _guarded(own, seen, len(names), "" in names, value, self._field.max_length, connection.vendor)
        return sql, [*names, *([] if self._new is None else [self._new]), f"%{SUPERSEDED}", SUPERSEDED]


@lru_cache(maxsize=256)
def _guarded(
    own: str, seen: str, names: int, or_null: bool, value: str, length: int | None, vendor: str
) -> str:
    # Of most saves it is one name, and PostgreSQL plans `=` in less time than `IN`.
    as_known = f"{seen} = %s" if names == 1 else f"{seen} IN ({', '.join(['%s'] * names)})"
    if or_null:
        as_known += f" OR {seen} IS NULL"
    room = f"{own} IS NOT NULL" if length is None else f"LENGTH({own}) < {length:d}"
    marked = f"CONCAT({own}, %s)" if vendor == "mysql" else f"{own} || %s"
    return (
        f"CASE WHEN {as_known} THEN {value} WHEN {own} = '' OR {own} LIKE %s THEN {own} "
        f"WHEN {room} THEN {marked} ELSE '' END"
    )


def value_to_write(field: ThumbnailColumn, instance: Model, *, add: bool) -> Any:
    """Return what a save writes into a thumbnail's column, once it was brought in step."""
    state = state_of(instance)
    if add or state.saving is None:
        return getattr(instance, field.attname)
    pending = state.pending.get(field.attname)
    if pending is None or not pending.writes:
        return _value_left(field, instance, state.saving)
    if not commits_are_seen(state.saving.using):
        return getattr(instance, field.attname)  # nobody would look whether it is in the row
    return Guarded(field, Seen(field, _known(pending, state.saving.using)), pending.new)


def _value_left(field: ThumbnailColumn, instance: Model, saving: Saving) -> Any:
    """Return what a save writes that has no other thumbnail for the row than the instance has."""
    source_field = field.source_field
    if not is_loaded_from(saving.using, instance):
        return getattr(instance, field.attname)
    if not saving.covers(source_field):
        old, current = known_names(field, instance)
        given_by_hand = current != valid_name(old)
        return (
            getattr(instance, field.attname)
            if given_by_hand and not _is_stored(source_field, instance)
            else KeptByRow(field)
        )
    source = instance.__dict__.get(source_field.attname)
    if source_field.model is field.model and connections[saving.using].vendor != "mysql":
        return Guarded(field, Seen(source_field, frozenset({stored_name(source)})))
    # The source is in the parent's table; or MySQL, which assigns from left to right, has written it.
    return Guarded(field, Seen(field, frozenset({known_names(field, instance)[1]})))


def _is_stored(source_field: FileField, instance: Model) -> bool:
    """Return whether the instance has a source, or knows of none, that lies in its storage."""
    return source_field.attname in instance.__dict__ and is_committed(getattr(instance, source_field.attname))


def _known(change: Change, using: str) -> frozenset[str]:
    """Return the names in a row that a change may write over: all of them are looked after."""
    return frozenset({"", change.old, change.new, *held_for(change.field, change.instance, using)})


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a saved thumbnail to its place in the row, which it may not have got yet.

    Attributes:
        row: The row with the source that the thumbnail was made of.
        known: The names that the save could write over.
        values: What the row is to have.
    """

    row: Row
    known: frozenset[str]
    values: dict[str, Any]

    @classmethod
    def of(cls, change: Change, using: str) -> Self:
        """Return the claim of what a save has just written."""
        row = Row.of(change.field, change.instance, change.source_name, using)
        values = {name: getattr(change.instance, name) for name in companions(change.field)}
        return cls(row, _known(change, using), {change.field.attname: change.new, **values})

    @property
    def name(self) -> str:
        """The thumbnail's name; empty where the save took the row's thumbnail away."""
        name: str = self.values[self.row.field.attname]
        return name

    def enforce(self) -> str | None:
        """Put the name into the row, if that still has the source and no other thumbnail.

        Returns:
            What the row had there, superseded or nothing; None where the place is no longer ours.
        """
        attname = self.row.field.attname
        vacant = Q(**{f"{attname}__endswith": SUPERSEDED})
        if self.name:
            vacant |= named(attname, "")
        with self.row.steady():
            for before in self.row.found.filter(vacant).values_list(attname, flat=True):
                if self.row.found.filter(named(attname, before or "")).update(**self.values):
                    return before or ""
        return None


def is_loaded_from(using: str, instance: Model) -> bool:
    """Return whether an instance is of a row of this database, as far as it knows."""
    return instance._state.db == using and not instance._state.adding


def _quoted(field: FileField, connection: Any) -> str:
    quoted: str = connection.ops.quote_name(field.column or field.attname)
    return quoted
