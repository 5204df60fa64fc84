"""Which files rows still name: these must never be deleted.

Every `FileField` column of every model is asked if its files may be in the same place, whatever its
`upload_to` is now: names can be copied, written by hand, or older than the current declaration of a field.
"""

import itertools
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.core.files.storage import Storage
from django.db import connections
from django.db.models import FileField, Model, QuerySet

from advthumb.core.names import files_of, is_ours
from advthumb.places import is_same_file, names_elsewhere

from .column import ThumbnailColumn
from .file_columns import Question, questions_about, savepoint

logger = logging.getLogger("advthumb")

_TOGETHER = 400
"""How many values one UNION may ask for; SQLite allows a query 500 parts."""

NAMES_AT_ONCE = 10_000
"""How many names one query asks for, if the database allows that many: few queries, and little memory."""


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
            f"{question.column} cannot be queried on the database {question.using!r} for the files it names: "
            f"{kind}{str(reason).strip()}"
        )


def unreferenced(thumbnail_field: ThumbnailColumn, names: Iterable[str], using: str) -> set[str]:
    """Return which of these files no row names.

    Each column is asked with a separate query, or a separate part of a UNION, which can use an index on that
    column. If one of them cannot be asked, a warning is logged and no file counts as unreferenced.

    Args:
        thumbnail_field: The field whose storage holds the files; it may belong to a historical model.
        names: Their names.
        using: The database of the row that named them. Models that the router writes to another database are
            asked there too.
    """
    wanted = {name for name in names if name}
    if not wanted:
        return wanted
    try:
        return unnamed(thumbnail_field.storage, wanted, questions_about(thumbnail_field, using))
    except CannotBeAsked as error:
        logger.warning("%d files that may be unused are kept for now: %s", len(wanted), error)
    except Exception as error:  # third-party routers, fields and drivers raise anything
        logger.warning("%d files that may be unused are kept for now: %r", len(wanted), error, exc_info=error)
    return set()


def unused_files(thumbnail_field: ThumbnailColumn, names: Iterable[str], using: str) -> dict[str, list[str]]:
    """Return which of these thumbnails no row names, each with those of its files that no row names either.

    A row names a set by its main file. A project can also have put the name of another file into a column;
    that file stays.

    Args:
        thumbnail_field: The field whose storage holds the files.
        names: The names of main files.
        using: The database of the row that named them.
    """
    files = {name: files_of(name) for name in sorted(names)}
    unused = unreferenced(thumbnail_field, itertools.chain.from_iterable(files.values()), using)
    return {name: [each for each in own if each in unused] for name, own in files.items() if name in unused}


def unnamed(storage: Storage, names: Collection[str], questions: Iterable[Question]) -> set[str]:
    """Return which files of a storage are named in none of these columns.

    Args:
        storage: The storage of the files.
        names: Their names.
        questions: The columns; consecutive ones of the same database share a savepoint.

    Raises:
        CannotBeAsked: A column cannot be asked. An open transaction can still be used.
    """
    left = set(names)
    files = _Names(storage, left)
    for using, group in groupby(questions, attrgetter("using")):
        together = list(group)
        found = _named_in_one_query(files, using, [question.column for question in together])
        if found is not None:
            left -= found
            continue
        question = together[0]
        try:
            with savepoint(using):
                for question in together:
                    if not left:
                        break
                    left -= _named(files, question)
        except Exception as error:  # third-party fields, routers and drivers raise anything
            raise CannotBeAsked(question, error) from error
    return left


def _named_in_one_query(files: "_Names", using: str, columns: list[FileField]) -> set[str] | None:
    """Return which files some columns name, with one UNION per set of names; each part can use an index.

    This is for few files, as after a save. None if it cannot be done: there are too many, a column cannot be
    asked, or the database refuses to mix these columns.
    """
    by_names: dict[int, list[FileField]] = {}
    for column in columns:
        by_names.setdefault(id(files.within(column.storage)), []).append(column)
    if sum(len(files.within(column.storage)) for column in columns) > _TOGETHER:
        return None
    found: set[str] = set()
    try:
        for alike in by_names.values():
            with savepoint(using):
                asked = files.within(alike[0].storage)
                for value in _union(using, alike, list(asked)) if asked else ():
                    found.update(asked.get(value) or _in_another_case(files, alike[0], value))
    except Exception:
        logger.debug("File columns on %r are queried one by one", using, exc_info=True)
        return None
    return found


def _union(using: str, columns: list[FileField], names: list[str]) -> Iterator[str]:
    """Yield the names that columns contain, and other values that the database considers equal."""
    parts: list[QuerySet[Any, str]] = [
        QuerySet[Any, Any](model=column.model, using=using)
        .order_by()
        .filter(**{f"{column.attname}__in": names})
        .values_list(column.attname, flat=True)
        for column in columns
    ]
    yield from map(str, parts[0].union(*parts[1:]) if parts[1:] else parts[0].distinct())


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
        """Return the names that the files may have in a storage, each with our names that it stands for."""
        if id(storage) not in self._elsewhere:
            other = names_elsewhere(self._names, self.storage, storage)
            self._elsewhere[id(storage)] = self._here if other is None else other
        return self._elsewhere[id(storage)]


def _named(files: _Names, question: Question) -> set[str]:
    """Return which files a column names.

    Databases may ignore case or accents, so their answers are compared exactly here.
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
    """Return the files that a row names in another case, if the file system ignores case."""
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
        connection.ensure_connection()  # the library knows its limit; Django assumes that of old versions
        limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    return min(limit or NAMES_AT_ONCE, NAMES_AT_ONCE)


def may_be_deleted(thumbnail_field: ThumbnailColumn, name: str, record: str = "") -> bool:
    """Return whether a file that a row's thumbnail column named was made by us.

    It does not check whether a row still names the file; see `unreferenced`.

    Args:
        thumbnail_field: The field.
        name: The name in the column.
        record: What `fingerprint_field` or the cache holds about the file, if anything.
    """
    default = thumbnail_field.default if thumbnail_field.has_default() else ""
    return is_ours(name, record) and name != str(default)
