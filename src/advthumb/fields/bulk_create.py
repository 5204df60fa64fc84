"""`bulk_create` that updates rows which are there already (`update_conflicts`).

Django sends no signals in `bulk_create`. But it compiles the value of each column, with the whole INSERT at
hand: so a thumbnail's value sees to it there that no row keeps an old thumbnail beside a new source.
"""

from collections.abc import Iterator
from typing import Any, Self
from weakref import WeakKeyDictionary

from django.db.models import Model
from django.db.models.constants import OnConflict

from .after_commit import discard
from .column import ThumbnailColumn
from .files import ThumbnailFieldFile, stored_name
from .relations import Group, thumbnail_groups
from .rows import all_rows

_Key = tuple[Any, ...]

_seen: "WeakKeyDictionary[Any, dict[_Key, dict[str, str]]]" = WeakKeyDictionary()
"""For each INSERT that is being compiled, what the rows have that it may update."""


class InsertedName(str):  # noqa: SLOT000 - two attributes on a few strings
    """The name of a thumbnail that is inserted by `bulk_create`."""

    field: ThumbnailColumn
    instance: Model

    @classmethod
    def of(cls, field: ThumbnailColumn, instance: Model) -> Self:
        """Return the name that an instance has."""
        name = cls(stored_name(instance.__dict__.get(field.attname)))
        name.field = field
        name.instance = instance
        return name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        """Return the SQL and its parameter; Django's compilers take any value that has this method."""
        query = compiler.query
        file = self.instance.__dict__.get(self.field.attname)
        if isinstance(file, ThumbnailFieldFile):
            file.in_row = True  # the row is about to have it
        on_conflict = getattr(query, "on_conflict", None)
        if on_conflict is OnConflict.IGNORE and connection.in_atomic_block:
            discard(self.field, str(self), compiler.using)  # of rows that are not inserted
        if on_conflict is not OnConflict.UPDATE:
            return "%s", [str(self)]
        if query not in _seen:
            _update_thumbnails_too(query)
            _seen[query] = _rows_before(query, compiler.using)
        return "%s", [self._kept(_seen[query].get(_key(query, self.instance)), query, compiler.using)]

    def _kept(self, before: dict[str, str] | None, query: Any, using: str) -> str:
        """Return the name that the row has already, if the source stays and nothing was made."""
        own = before[self.field.attname] if before else ""
        if before is None or self.field not in query.update_fields:
            return str(self)
        source = self.field.source_field.attname
        if not self and before[source] == stored_name(self.instance.__dict__.get(source)):
            return own
        if own and own != self:
            discard(self.field, own, using)
        return str(self)


def _update_thumbnails_too(query: Any) -> None:
    """Have an INSERT that updates sources of rows update their thumbnails, too."""
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
    """Return the names that rows have which the INSERT may update, by their unique key; one SELECT.

    MySQL tells no unique fields: there nothing is known, and rows lose thumbnails that are not made anew.
    """
    groups = list(_updated(query))
    if not query.unique_fields or not groups:
        return {}
    unique = [field.attname for field in query.unique_fields]
    files = [field.attname for group in groups for field in (group.source, *group.fields)]
    rows = all_rows(query.model, using)
    for field in query.unique_fields:
        rows = rows.filter(**{f"{field.attname}__in": {getattr(each, field.attname) for each in query.objs}})
    found = rows.values_list(*unique, *files)
    return {
        row[: len(unique)]: {name: value or "" for name, value in zip(files, row[len(unique) :], strict=True)}
        for row in found
    }


def _key(query: Any, instance: Model) -> _Key:
    return tuple(getattr(instance, field.attname) for field in query.unique_fields or ())
