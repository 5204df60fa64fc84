"""What a save does about other processes that write the same row.

An instance knows the row as it was when it was loaded. A thumbnail that the save does not change is
not written back from memory: the row keeps its own (`KeptByRow`).

Where two saves give one row different sources, the later one writes over a thumbnail that it never
knew. Its file is removed by the earlier save, if that looks after the commit and finds it superseded
already (`settling`); else it stays for `prune_thumbnails`.
"""

from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import FileField, Model

from .changes import known_names
from .files import is_committed
from .state import state_of

if TYPE_CHECKING:
    from .thumbnail import AdvanceThumbnailField


class KeptByRow:
    """The SQL for a thumbnail that an UPDATE leaves as the row has it.

    Django's compilers take any value that has `as_sql`.

    Args:
        column: The thumbnail's column.
        seen: Another column and what the instance saw in it. Where the row has something else by
            now, the source is being written over that of another process, whose thumbnail must
            not stay: the row gets none.
    """

    def __init__(self, column: str, seen: tuple[str, str] | None = None) -> None:
        self._column = column
        self._seen = seen

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        """Return the SQL and its parameters."""
        own = connection.ops.quote_name(self._column)
        if self._seen is None:
            return own, []
        column, value = self._seen
        return f"CASE WHEN {connection.ops.quote_name(column)} = %s THEN {own} ELSE '' END", [value]


def value_to_write(field: "AdvanceThumbnailField", instance: Model, *, add: bool) -> Any:
    """Return what a save writes into a thumbnail's column, once it was brought in step."""
    state = state_of(instance)
    value = getattr(instance, field.attname)
    if add or state.saving is None or not _is_loaded_from(state.saving.using, instance):
        return value
    old, current = known_names(field, instance)
    source_field = field.source_field
    source = getattr(instance, source_field.attname) if source_field.attname in instance.__dict__ else None
    if not state.saving.covers(source_field):
        refreshed_later = source is not None and is_committed(source)
        return KeptByRow(_column_of(field)) if refreshed_later or old == current else value
    pending = state.pending.get(field.attname)
    if not source or (pending is not None and pending.change.writes):
        return value
    if source_field.model is field.model and connections[state.saving.using].vendor != "mysql":
        return KeptByRow(_column_of(field), (_column_of(source_field), source.name or ""))
    # The source is in the parent's table; or MySQL, which assigns from left to right, has written it.
    return KeptByRow(_column_of(field), (_column_of(field), current))


def _is_loaded_from(using: str, instance: Model) -> bool:
    return instance._state.db == using and not instance._state.adding


def _column_of(field: FileField) -> str:
    return field.column or field.attname
