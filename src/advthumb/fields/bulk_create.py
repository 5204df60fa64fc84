"""`bulk_create`: rows that already exist (`update_conflicts`), and tasks for thumbnails that are made later.

Django sends no signals in `bulk_create`. But it compiles the value of each column and passes the whole
INSERT. There the value of a thumbnail makes sure that no row keeps an old thumbnail beside a new source, and
that tasks are enqueued after the INSERT.
"""

from collections.abc import Iterator
from typing import Any, Self
from weakref import WeakKeyDictionary

from django.db.models import Model
from django.db.models.constants import OnConflict
from django.db.models.fields.files import FieldFile

from .after_commit import after_commit, cleaning_up, discard
from .column import ThumbnailColumn
from .enqueuing import enqueue_or_log
from .files import ThumbnailFieldFile, stored_name
from .loaded import note_row
from .relations import Group, by_source, thumbnail_groups
from .rows import all_rows
from .waiting import Waiting, key_texts

_Key = tuple[Any, ...]

_POSTPONED = "_advthumb_postponed"
_OTHERS = 100
"""How many rows others may insert before ours are looked for."""


def postpone(upload: FieldFile) -> None:
    """Note that the thumbnails of an upload were left to a task, which the INSERT of its row enqueues."""
    upload.__dict__[_POSTPONED] = True


class _Insert:
    """One INSERT that is followed by something else; it is compiled, and then executed.

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
        self._postponed: dict[int, tuple[Model, list[ThumbnailColumn]]] = {}
        self._last: dict[str, dict[str, Any]] = {}
        self.before: dict[_Key, dict[str, str]] = {}
        if query.on_conflict is OnConflict.UPDATE:
            _update_thumbnails_too(query)
            self.before = _rows_before(query, connection.alias)
        # As the outermost: Django's context manager removes the last one, expecting its own there.
        connection.execute_wrappers.insert(0, self)

    def makes_unused(self, field: ThumbnailColumn, name: str, record: str) -> None:
        """Note a file that no row needs once this INSERT is executed."""
        self._unused.append((field, name, record))

    def postpones(self, field: ThumbnailColumn, instance: Model) -> None:
        """Note a thumbnail that a task is to make."""
        self._postponed.setdefault(id(instance), (instance, []))[1].append(field)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Execute a statement; after the INSERT, delete the unused files, and enqueue tasks."""
        if not sql.startswith("INSERT"):
            return execute(sql, params, many, context)
        self._connection.execute_wrappers.remove(self)
        result = execute(sql, params, many, context)
        with cleaning_up() as cleanup:
            for field, name, record in self._unused:
                discard(field, name, self._connection.alias, record, cleanup)
        if self._postponed:
            after_commit(self._enqueue, self._connection.alias)
        return result

    def _enqueue(self) -> None:
        """Enqueue a task for each row and source."""
        using = self._connection.alias
        for instance, fields in self._postponed.values():
            for group in by_source(fields):
                name = stored_name(getattr(instance, group.source.attname))
                model = type(instance)._meta.concrete_model or type(instance)
                pk = instance.pk if instance.pk is not None else self._found(model, group, name)
                if pk is not None:
                    enqueue_or_log(Waiting(model, key_texts(model, pk), using, name, group.fields, {}))

    def _found(self, model: type[Model], group: Group, source: str) -> Any:
        """Return the key of a row that was just inserted, if it is among the last ones.

        Django does not know it yet if no transaction is around the INSERT (6.0 and later), and never knows it
        on MySQL. A row that is not found is left to the commands.
        """
        if group.source.attname not in self._last:
            rows = all_rows(model, self._connection.alias).order_by("-pk")
            last = rows.values_list(group.source.attname, "pk")[: len(self._postponed) + _OTHERS]
            self._last[group.source.attname] = dict(last)
        return self._last[group.source.attname].get(source)


_inserts: "WeakKeyDictionary[Any, _Insert]" = WeakKeyDictionary()


def _insert_of(query: Any, connection: Any) -> _Insert:
    if query not in _inserts:
        _inserts[query] = _Insert(query, connection)
    return _inserts[query]


class InsertedText(str):  # noqa: SLOT000 - three attributes on a few strings
    """The name of a thumbnail, its record or its placeholder, as `bulk_create` inserts it."""

    field: ThumbnailColumn
    instance: Model
    attname: str

    @classmethod
    def of(cls, field: ThumbnailColumn, instance: Model, attname: str | None = None) -> Self:
        """Return the value that an instance has in a column.

        Args:
            field: The thumbnail field.
            instance: The row that is inserted.
            attname: The column: that of the thumbnail, its `fingerprint_field` or its `placeholder_field`.
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
        if self._is_postponed:
            _insert_of(query, connection).postpones(self.field, self.instance)
        on_conflict = getattr(query, "on_conflict", None)
        if on_conflict is OnConflict.IGNORE:
            self._discard(
                _insert_of(query, connection), str(self), self._record()
            )  # in case the row is not inserted
        if on_conflict is not OnConflict.UPDATE:
            return "%s", [str(self)]
        return "%s", [self._over(_insert_of(query, connection), query)]

    @property
    def _is_postponed(self) -> bool:
        """Whether this is a thumbnail that was left to a task."""
        source = self.instance.__dict__.get(self.field.source_field.attname)
        postponed = isinstance(source, FieldFile) and _POSTPONED in source.__dict__
        return postponed and self.attname == self.field.attname and self.field.made_by_task

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
        files += [field.attname, *field.text_companions]
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
