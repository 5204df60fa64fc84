"""Which files rows still name: what must never be deleted.

Every `FileField` column of every model is asked whose files may lie in the same place, whatever its
`upload_to` says today: names are copied, written by hand and older than the declaration of a field.
"""

import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.apps import apps
from django.core.files.storage import Storage
from django.db import connections, router, transaction
from django.db.models import FileField, Model, QuerySet

from advthumb.core.names import is_ours
from advthumb.places import is_same_file, names_elsewhere

from .column import ThumbnailColumn

logger = logging.getLogger("advthumb")

NAMES_AT_ONCE = 10_000
"""How many names a query asks for where the database takes that many: few queries, and little memory."""


class Question(NamedTuple):
    """A column that may name the files in question, on one database."""

    using: str
    column: FileField


class CannotBeAsked(Exception):  # noqa: N818 - read as a sentence where it is raised and caught
    """A column could not be asked which files its rows name.

    Args:
        question: The column and its database.
        reason: What went wrong.
    """

    def __init__(self, question: Question, reason: Exception | str) -> None:
        self.question = question
        kind = f"{type(reason).__name__}: " if isinstance(reason, Exception) else ""
        super().__init__(
            f"{question.column} cannot be asked on the database {question.using!r} which files it names: "
            f"{kind}{str(reason).strip()}"
        )


def unreferenced(thumbnail_field: ThumbnailColumn, names: Iterable[str], using: str) -> set[str]:
    """Return which of these files no row names.

    Each column is asked by a query of its own, which an index on that column serves. If one of them
    cannot be asked, a warning is logged and no file counts as unreferenced.

    Args:
        thumbnail_field: The field whose storage holds the files; a historical model's field too.
        names: Their names.
        using: The database of the row that named them. Models that the router writes to another
            database are asked there too.
    """
    wanted = {name for name in names if name}
    if not wanted:
        return wanted
    try:
        return unnamed(thumbnail_field.storage, wanted, _questions(thumbnail_field, using))
    except CannotBeAsked as error:
        logger.warning("%d files that may be unused stay for now: %s", len(wanted), error)
    except Exception as error:  # routers, fields and drivers of third parties raise anything
        logger.warning("%d files that may be unused stay for now: %r", len(wanted), error, exc_info=error)
    return set()


def unnamed(storage: Storage, names: Collection[str], questions: Iterable[Question]) -> set[str]:
    """Return which files of a storage are named in none of these columns.

    Args:
        storage: The storage of the files.
        names: Their names.
        questions: The columns; those of one database behind each other share a savepoint.

    Raises:
        CannotBeAsked: A column cannot be asked. A transaction that is open goes on unharmed.
    """
    left = set(names)
    asked = _Names(storage, left)
    for using, group in groupby(questions, attrgetter("using")):
        together = list(group)
        question = together[0]
        try:
            with savepoint(using):
                for question in together:
                    if not left:
                        break
                    left -= _named(asked, question)
        except Exception as error:  # fields, routers and drivers of third parties raise anything
            raise CannotBeAsked(question, error) from error
    return left


class _Names:
    """The names of some files, in their own storage and in others; each storage is compared once.

    Args:
        storage: The storage of the files.
        names: Their names in it.
    """

    def __init__(self, storage: Storage, names: Iterable[str]) -> None:
        self.storage = storage
        self._names = sorted(names)
        self._here: dict[str, tuple[str, ...]] = {name: (name,) for name in self._names}
        self._elsewhere: dict[int, dict[str, tuple[str, ...]]] = {}

    def within(self, storage: Storage) -> dict[str, tuple[str, ...]]:
        """Return the names that the files may have in a storage, each with those that it stands for."""
        if id(storage) not in self._elsewhere:
            other = names_elsewhere(self._names, self.storage, storage)
            self._elsewhere[id(storage)] = self._here if other is None else other
        return self._elsewhere[id(storage)]


def savepoint(using: str) -> AbstractContextManager[Any]:
    """Return what keeps a query that fails from spoiling the transaction around it, if there is one."""
    connection = connections[using]
    if connection.in_atomic_block or not connection.get_autocommit():
        return transaction.atomic(using)
    return nullcontext()


def _named(files: _Names, question: Question) -> set[str]:
    """Return which files a column names.

    Databases may compare without case or accents; their answers are compared exactly here.
    """
    using, column = question
    asked = files.within(column.storage)
    others = list(asked)
    rows: QuerySet[Model] = QuerySet(model=column.model, using=using).order_by()
    found: set[str] = set()
    at_once = _names_per_query(using)
    for start in range(0, len(others), at_once):
        batch = others[start : start + at_once]
        values = rows.filter(**{f"{column.attname}__in": batch}).values_list(column.attname, flat=True)
        for value in map(str, values.distinct()):
            found.update(asked.get(value) or _in_another_case(files, column, value))
    return found


def _in_another_case(files: _Names, column: FileField, value: str) -> set[str]:
    """Return the files that a row names in another case, where the file system knows no case."""
    alike = (
        ours for theirs, ours in files.within(column.storage).items() if theirs.casefold() == value.casefold()
    )
    return {
        name for names in alike for name in names if is_same_file(files.storage, name, column.storage, value)
    }


def _names_per_query(using: str) -> int:
    """Return how many names a query can ask for."""
    connection = connections[using]
    limit = connection.features.max_query_params
    if connection.vendor == "sqlite":
        connection.ensure_connection()  # the library knows its limit; Django names that of the oldest ones
        limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    return min(limit or NAMES_AT_ONCE, NAMES_AT_ONCE)


def _questions(thumbnail_field: ThumbnailColumn, using: str) -> list[Question]:
    """Return the columns to ask after a change on one database, with the databases that hold their rows.

    The database of the change is always asked, except about tables that it does not have and that the
    router keeps elsewhere.
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
    """Return the database that a model's rows are written to, None if the router does not say."""
    if len(connections.settings) == 1:
        return None
    try:
        return router.db_for_write(model)
    except Exception:  # a router may want an instance, or an app that a historical model has not
        logger.debug("No router says where %s is written to.", model._meta.label, exc_info=True)
        return None


class Tables:
    """Which databases lack a table. Each database is asked once, and only if it matters."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}

    def lack(self, model: type[Model], using: str) -> bool:
        """Return whether a database surely has no table for a model.

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

    A historical model, as migrations have it, is not among the registered ones: it is asked as well,
    with the models that were there at that time.
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
    """Return the file columns of all registered models, gathered anew when models or fields are added."""
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


def may_be_deleted(thumbnail_field: ThumbnailColumn, name: str, record: str = "") -> bool:
    """Return whether a file that a row's thumbnail column named was made by us.

    Whether a row still names it is another question; see `unreferenced`.

    Args:
        thumbnail_field: The field.
        name: The name in the column.
        record: What `fingerprint_field` or the cache holds about the file, if anything.
    """
    default = thumbnail_field.default if thumbnail_field.has_default() else ""
    return is_ours(name, record) and name != str(default)


def fixed_part(column: FileField) -> str:
    """Return what all new names of a column begin with; empty where `upload_to` is a function."""
    return "" if callable(column.upload_to) else str(column.upload_to).partition("%")[0]
