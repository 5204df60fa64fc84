"""A row in its tables: reading it, and the conditions under which a thumbnail is written to it.

A plain UPDATE by Django overwrites whatever the row has by then. `KeptByRow` and `KeptIfRight` are values for
that UPDATE that let the row keep its own thumbnail (R4). `write` is the conditional UPDATE outside of a save.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.db.models import F, FileField, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.lookups import Exact

from advthumb.core.names import ThumbnailName, of_source_pattern

from .change import Change
from .column import ThumbnailColumn

_ATTEMPTS = 3
"""How often a write is tried if other processes keep changing the row's thumbnail in between."""


class RowValues(NamedTuple):
    """The values of one source and its thumbnails in a row.

    Attributes:
        source: The name of the source, empty for none.
        names: The names of the thumbnails by attribute name, empty for none.
        records: The values of their `fingerprint_field`, by attribute name of the thumbnail.
        points: The texts of their focal points, by attribute name of the thumbnail; empty for none.
        placeholders: The values of their `placeholder_field`, in the same way.
    """

    source: str
    names: Mapping[str, str]
    records: Mapping[str, str]
    points: Mapping[str, str] = MappingProxyType({})
    placeholders: Mapping[str, str] = MappingProxyType({})


def all_rows(model: type[Model], using: str) -> "QuerySet[Any]":
    """Return all rows of a model, including those that its managers hide."""
    return QuerySet(model, using=using)


def read(instance: Model, fields: Sequence[ThumbnailColumn], using: str) -> RowValues | None:
    """Read the row of an instance with one SELECT; None if there is no such row.

    Args:
        instance: Only its model and primary key are used.
        fields: Thumbnail fields of one source.
        using: The database.
    """
    if instance.pk is None:
        return None
    source = fields[0].source_field.attname
    records = {field.attname: field.fingerprint_field for field in fields if field.fingerprint_field}
    points = {field.attname: field.focal_field for field in fields if field.focal_field}
    placeholders = {field.attname: field.placeholder_field for field in fields if field.placeholder_field}
    thumbnails = (field.attname for field in fields)
    columns = [source, *thumbnails, *records.values(), *points.values(), *placeholders.values()]
    rows = all_rows(type(instance)._meta.concrete_model or type(instance), using)
    values = rows.filter(pk=instance.pk).values_list(*columns).first()
    if values is None:
        return None
    found = {column: str(value or "") for column, value in zip(columns, values, strict=True)}
    return RowValues(
        found[source],
        {field.attname: found[field.attname] for field in fields},
        {attname: found[column] for attname, column in records.items()},
        {attname: found[column] for attname, column in points.items()},
        {attname: found[column] for attname, column in placeholders.items()},
    )


class KeptByRow:
    """The SQL with which an UPDATE leaves the row's thumbnail as it is.

    Django's compilers accept any value that has `as_sql`. This is not one of Django's expressions, because
    those are read back, or deferred, after a save.
    """

    __slots__ = ("_field",)

    def __init__(self, field: ThumbnailColumn) -> None:
        self._field = field

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the SQL and its parameters."""
        return connection.ops.quote_name(self._field.column), []

    def beside(self, column: Any) -> "KeptBeside":
        """Return the SQL for a column that belongs to the thumbnail."""
        return KeptBeside(self, column)

    def condition(self, connection: Any) -> tuple[str, list[str]]:
        """Return the SQL condition under which the row keeps its thumbnail, and its parameters."""
        return "1 = 1", []


class KeptBeside:
    """The SQL for a column that belongs to a thumbnail: kept if the thumbnail is, otherwise emptied."""

    __slots__ = ("_column", "_thumbnail")

    def __init__(self, thumbnail: KeptByRow, column: Any) -> None:
        self._thumbnail = thumbnail
        self._column = column

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the SQL and its parameters."""
        condition, parameters = self._thumbnail.condition(connection)
        own = connection.ops.quote_name(self._column.column)
        empty = "''" if self._column.empty_strings_allowed else "NULL"
        return f"CASE WHEN {condition} THEN {own} ELSE {empty} END", parameters


class KeptIfRight(KeptByRow):
    """The SQL with which a row keeps its thumbnail if that belongs to the source that is being written.

    It does if it is the thumbnail that the instance has, or if its name says that it was made from this
    source (by a command, for example, after the instance was loaded). If the instance's name carries no
    fingerprint, the record in the row must equal the instance's as well, because the two may have been loaded
    at different times. In that case a thumbnail also stays if the row already has this source. This is not
    compared if the source is in a parent's table, nor on MySQL, which has already assigned the new source.

    Otherwise the row gets no thumbnail until its next save. The name that the instance has is not written
    then: the process that gave the row another name may be about to delete that file, although it existed a
    moment ago.

    Args:
        field: The thumbnail field.
        name: The name that the instance has, right for the source.
        source_name: The source that is being written.
        record: The value of the instance's `fingerprint_field`.
    """

    __slots__ = ("_name", "_record", "_source_name")

    def __init__(self, field: ThumbnailColumn, name: str, source_name: str, record: str = "") -> None:
        self._field = field
        self._name = name
        self._source_name = source_name
        self._record = record

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the SQL and its parameters."""
        condition, parameters = self.condition(connection)
        own = connection.ops.quote_name(self._field.column)
        return f"CASE WHEN {condition} THEN {own} ELSE '' END", parameters

    def condition(self, connection: Any) -> tuple[str, list[str]]:
        """Return the SQL condition under which the row keeps its thumbnail, and its parameters."""
        own = connection.ops.quote_name(self._field.column)
        if ThumbnailName.parse(self._name) is not None:
            return f"{own} = %s OR {own} LIKE %s", [self._name, of_source_pattern(self._source_name)]
        same, parameters = f"{own} = %s", [self._name]
        if self._field.fingerprint_field:
            record: Any = self._field.model._meta.get_field(self._field.fingerprint_field)
            same += f" AND COALESCE({connection.ops.quote_name(record.column)}, '') = %s"
            parameters.append(self._record)
        source_field = self._field.source_field
        if source_field.model is not self._field.model or connection.vendor == "mysql":
            return same, parameters
        # The name does not say what the thumbnail was made from, but the row has that source.
        source = connection.ops.quote_name(source_field.column)
        return f"{same} OR {source} = %s AND {own} <> ''", [*parameters, self._source_name]


class _Bytes(Func):
    """A text that MySQL compares byte by byte; other databases do so anyway."""

    template = "%(expressions)s"
    output_field = TextField()

    def as_mysql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Return the SQL for MySQL and MariaDB, whose columns usually ignore case and accents."""
        return super().as_sql(compiler, connection, template="CAST(%(expressions)s AS BINARY)", **extra)


def named(attname: str, name: str) -> Q:
    """Match a column of text by its exact value; an empty one matches an empty text and NULL."""
    if name:
        return Q(Exact(_Bytes(F(attname)), _Bytes(Value(name))))
    return Q(**{attname: ""}) | Q(**{f"{attname}__isnull": True})


def write(changes: Sequence[Change[Model]], source_name: str, using: str) -> list[Change[Model]]:
    """Write thumbnails of a row in one table, if the row still has their source and their focal points.

    It is one UPDATE that also matches the old thumbnails. If it matches no row, another process may have
    given the row other thumbnails of the same source. Then ours supersede those.

    Args:
        changes: What the row should have; thumbnail fields of one source.
        source_name: The name of that source, empty for none.
        using: The database.

    Returns:
        The changes as they were written. If the row is gone, or has another source or another focal point,
        they change nothing.
    """
    instance, fields = changes[0].instance, [change.field for change in changes]
    values: dict[str, Any] = {}
    for change in changes:
        values[change.field.attname] = change.new
        values |= {name: getattr(instance, name) for name in change.field.companions}
    for _ in range(_ATTEMPTS):
        if _update(changes, source_name, values, using):
            return list(changes)
        row = read(instance, fields, using)
        if row is None or row.source != source_name or _moved(changes, row):
            break
        changes = [change._replace(old=row.names[change.field.attname]) for change in changes]
    return [change._replace(new=change.old, stored=None, error=None, record=None) for change in changes]


def _moved(changes: Sequence[Change[Model]], row: RowValues) -> bool:
    """Return whether a row has another focal point than one of the changes."""
    return any(row.points.get(change.field.attname, "") != change.point for change in changes)


def _update(
    changes: Sequence[Change[Model]], source_name: str, values: Mapping[str, Any], using: str
) -> bool:
    """Write columns of a row if it has this source, these focal points and the old thumbnails.

    Returns:
        Whether it did.
    """
    instance, table = changes[0].instance, changes[0].field.model
    source_field = changes[0].field.source_field
    condition = named(source_field.attname, source_name)
    for change in changes:
        condition &= named(change.field.attname, change.old)
        if change.field.focal_field:
            condition &= named(change.field.focal_field, change.point)
    with _source_held(instance, source_field, table, using):
        return bool(all_rows(table, using).filter(condition, pk=_key(instance, table)).update(**values))


@contextmanager
def _source_held(instance: Model, source_field: FileField, table: type[Model], using: str) -> Iterator[None]:
    """Keep other processes from giving the row another source during the UPDATE.

    If the source is in the same table, the UPDATE does so by itself. If it is in a parent's table, PostgreSQL
    would compare the value from before it waited for the row. So the parent's row is locked first, in the
    order in which Django saves.
    """
    if source_field.model is table or not connections[using].features.has_select_for_update:
        yield
        return
    with transaction.atomic(using, savepoint=False):
        rows = all_rows(source_field.model, using).filter(pk=_key(instance, source_field.model))
        list(rows.select_for_update().values_list("pk"))
        yield


def _key(instance: Model, table: type[Model]) -> Any:
    return getattr(instance, table._meta.pk.attname)
