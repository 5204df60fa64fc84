"""Which columns may name a file: every `FileField` of every model, on the databases that hold its rows."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from operator import attrgetter
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections, router, transaction
from django.db.models import FileField, Model

from .column import ThumbnailColumn

logger = logging.getLogger("advthumb")


class Question(NamedTuple):
    """A column that may name the files in question, on one database."""

    using: str
    column: FileField


def savepoint(using: str) -> AbstractContextManager[Any]:
    """Return a context in which a failing query does not break the transaction around it, if any."""
    connection = connections[using]
    if connection.in_atomic_block or not connection.get_autocommit():
        return transaction.atomic(using)
    return nullcontext()


def questions_about(thumbnail_field: ThumbnailColumn, using: str) -> list[Question]:
    """Return the columns to ask after a change on one database, with the databases that hold their rows.

    The database of the change is always asked. The exception is a table that it lacks and that the router
    keeps elsewhere.
    """
    tables = Tables()
    own = {column.model for column in thumbnail_field.model._meta.concrete_fields}
    here, elsewhere = [], []
    for column in columns_beside(thumbnail_field):
        home = home_of(column.model) or using
        if home == using or column.model in own or not tables.lack(column.model, using):
            here.append(Question(using, column))
        if home != using:
            elsewhere.append(Question(home, column))
    return here + sorted(elsewhere, key=attrgetter("using"))


def home_of(model: type[Model]) -> str | None:
    """Return the database to which a model's rows are written, None if the router does not say."""
    if len(connections.settings) == 1:
        return None
    try:
        return router.db_for_write(model)
    except Exception:  # a router may need an instance, or an app that a historical model does not have
        logger.debug("No database router says where %s is written.", model._meta.label, exc_info=True)
        return None


class Tables:
    """Which databases lack a table. Each database is asked at most once, and only if needed."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}

    def lack(self, model: type[Model], using: str) -> bool:
        """Return whether a database certainly has no table for a model.

        Raises:
            Exception: Whatever the database raises.
        """
        name = model._meta.db_table
        if not name.replace("_", "").replace("-", "").isalnum():
            return False  # quotes and dots: a table of another schema, which is not listed
        if using not in self._known:
            with savepoint(using):
                found = connections[using].introspection.table_names(include_views=True)
            self._known[using] = {each.casefold() for each in found}
        converted = connections[using].introspection.identifier_converter(name)
        return self._known[using].isdisjoint({name.casefold(), converted.casefold()})


def columns_beside(thumbnail_field: ThumbnailColumn) -> Iterator[FileField]:
    """Yield every column that may name files of a field, that of the field first.

    A historical model, as used in migrations, is not registered. It is included as well, together with the
    models of that time.
    """
    model = thumbnail_field.model
    beside: list[FileField] = [
        column for column in model._meta.concrete_fields if isinstance(column, FileField)
    ]
    if model._meta.apps is not apps:
        beside += _file_columns(model._meta.apps.get_models())
    seen: set[tuple[str, str | None]] = set()
    for column in (thumbnail_field, *beside, *_registered_columns()):
        place = (column.model._meta.db_table, column.column)
        if place not in seen:
            seen.add(place)
            yield column


class _Registered(NamedTuple):
    """The file columns of all registered models, and what they were gathered from."""

    models: list[type[Model]]
    fields: int
    columns: tuple[FileField, ...]


_kept: list[_Registered] = []


def _registered_columns() -> tuple[FileField, ...]:
    """Return the file columns of all registered models, gathered again after models or fields are added."""
    models = apps.get_models()
    fields = sum(len(model._meta.local_fields) for model in models)
    for kept in _kept:
        if kept.models is models and kept.fields == fields:
            return kept.columns
    found = _Registered(models, fields, tuple(_file_columns(models)))
    _kept[:] = [found]
    return found.columns


def _file_columns(models: Iterable[type[Model]]) -> Iterator[FileField]:
    for model in models:
        if not model._meta.proxy:
            for column in model._meta.local_concrete_fields:
                if isinstance(column, FileField):
                    yield column


def fixed_part(column: FileField) -> str:
    """Return the start that all new names of a column share; empty if `upload_to` is a function."""
    return "" if callable(column.upload_to) else str(column.upload_to).partition("%")[0]
