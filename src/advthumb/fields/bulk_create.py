"""`bulk_create` with `update_conflicts`, which updates rows that already exist.

Django sends no signals in `bulk_create`. But it compiles the value of each column and passes the whole
INSERT. There the value of a thumbnail makes sure that no row keeps an old thumbnail beside a new source.
"""

from collections.abc import Iterator
from typing import Any, Self
from weakref import WeakKeyDictionary

from django.db.models import Model
from django.db.models.constants import OnConflict

from .after_commit import cleaning_up, discard
from .column import ThumbnailColumn
from .files import ThumbnailFieldFile, stored_name
from .loaded import note_row
from .relations import Group, thumbnail_groups
from .rows import all_rows

_Key = tuple[Any, ...]


class _Insert:
    """One INSERT that may meet rows that already exist; it is compiled, and then executed.

    Files that it makes unused are deleted right after it is executed, because the rows name them until then.
    On Django 6.0 and later, a single INSERT has no transaction around it whose commit could be awaited.

    Args:
        query: Django's query.
        connection: The connection that executes it.

    Attributes:
        before: The values of the rows that it may update, by their unique key.
    """

    def __init__(self, query: Any, connection: Any) -> None:
        self._connection = connection
        self._unused: list[tuple[ThumbnailColumn, str, str]] = []
        self.before: dict[_Key, dict[str, str]] = {}
        if query.on_conflict is OnConflict.UPDATE:
            _update_thumbnails_too(query)
            self.before = _rows_before(query, connection.alias)
        # As the outermost: Django's context manager removes the last one, expecting its own there.
        connection.execute_wrappers.insert(0, self)

    def makes_unused(self, field: ThumbnailColumn, name: str, record: str) -> None:
        """Note a file that no row needs once this INSERT is executed."""
        self._unused.append((field, name, record))

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Execute a statement; after the INSERT, delete the unused files."""
        if not sql.startswith("INSERT"):
            return execute(sql, params, many, context)
        self._connection.execute_wrappers.remove(self)
        result = execute(sql, params, many, context)
        with cleaning_up() as cleanup:
            for field, name, record in self._unused:
                discard(field, name, self._connection.alias, record, cleanup)
        return result


_inserts: "WeakKeyDictionary[Any, _Insert]" = WeakKeyDictionary()


def _insert_of(query: Any, connection: Any) -> _Insert:
    if query not in _inserts:
        _inserts[query] = _Insert(query, connection)
    return _inserts[query]


class InsertedText(str):  # noqa: SLOT000 - three attributes on a few strings
    """The name of a thumbnail, or its record, as `bulk_create` inserts it."""

    field: ThumbnailColumn
    instance: Model
    attname: str

    @classmethod
    def of(cls, field: ThumbnailColumn, instance: Model, attname: str | None = None) -> Self:
        """Return the value that an instance has in a column.

        Args:
            field: The thumbnail field.
            instance: The row that is inserted.
            attname: The column: that of the thumbnail, or its `fingerprint_field`.
        """
        text = cls(stored_name(instance.__dict__.get(attname or field.attname)))
        text.field = field
        text.instance = instance
        text.attname = attname or field.attname
        return text

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        """Return the SQL and its parameter; Django's compilers take any value that has this method."""
        query = compiler.query
        file = self.instance.__dict__.get(self.field.attname)
        if isinstance(file, ThumbnailFieldFile):
            file.in_row = True  # the row will have it
        note_row(self.instance)
        on_conflict = getattr(query, "on_conflict", None)
        if on_conflict is OnConflict.IGNORE:
            self._discard(
                _insert_of(query, connection), str(self), self._record()
            )  # in case the row is not inserted
        if on_conflict is not OnConflict.UPDATE:
            return "%s", [str(self)]
        return "%s", [self._over(_insert_of(query, connection), query)]

    def _over(self, insert: _Insert, query: Any) -> str:
        """Return the row's own value if its source stays and no thumbnail was made, else the new one."""
        before = insert.before.get(_key(query, self.instance))
        if before is None or self.field not in query.update_fields:
            return str(self)
        source, own = self.field.source_field.attname, before[self.field.attname]
        made = stored_name(self.instance.__dict__.get(self.field.attname))
        if not made and before[source] == stored_name(self.instance.__dict__.get(source)):
            return before[self.attname]
        if own != made:
            self._discard(insert, own, before.get(self.field.fingerprint_field or "", ""))
        return str(self)

    def _record(self) -> str:
        return self.instance.__dict__.get(self.field.fingerprint_field or "") or ""

    def _discard(self, insert: _Insert, name: str, record: str) -> None:
        if self.attname == self.field.attname:
            insert.makes_unused(self.field, name, record)


def _update_thumbnails_too(query: Any) -> None:
    """Make an INSERT that updates sources of rows also update their thumbnails."""
    names = [
        name
        for group in _updated(query)
        for field in group.fields
        for name in (field.name, *field.companions)
    ]
    fields = [query.model._meta.get_field(name) for name in dict.fromkeys(names)]
    query.update_fields = [
        *query.update_fields,
        *(field for field in fields if field not in query.update_fields),
    ]


def _updated(query: Any) -> Iterator[Group]:
    for group in thumbnail_groups(query.model).values():
        if group.source in query.update_fields:
            yield group


def _rows_before(query: Any, using: str) -> dict[_Key, dict[str, str]]:
    """Return the file names in rows that the INSERT may update, by their unique key, with one SELECT.

    MySQL gives no unique fields. So nothing is known there, and rows lose thumbnails that are not made again.
    """
    groups = list(_updated(query))
    if not query.unique_fields or not groups:
        return {}
    unique = [field.attname for field in query.unique_fields]
    files = [group.source.attname for group in groups]
    for field in (field for group in groups for field in group.fields):
        files += [field.attname, *([field.fingerprint_field] if field.fingerprint_field else [])]
    rows = all_rows(query.model, using)
    for key in unique:
        rows = rows.filter(**{f"{key}__in": {getattr(each, key) for each in query.objs}})
    found = rows.values_list(*unique, *files)
    return {
        row[: len(unique)]: {name: value or "" for name, value in zip(files, row[len(unique) :], strict=True)}
        for row in found
    }


def _key(query: Any, instance: Model) -> _Key:
    return tuple(getattr(instance, field.attname) for field in query.unique_fields or ())
