"""Thumbnails that are not named by any row, because a process was killed or a storage failed.

Only files with our name pattern are considered, and the other files of their sets. The rest of the folder is
ignored.
"""

import itertools
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.storage import Storage
from django.db import connections, router
from django.db.models import FileField, Model, QuerySet
from django.utils import timezone

from advthumb import conf
from advthumb.core.errors import ThumbnailError
from advthumb.core.names import ThumbnailName, main_name
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.file_columns import (
    Question,
    Tables,
    columns_beside,
    fixed_part,
    home_of,
    savepoint,
)
from advthumb.fields.references import NAMES_AT_ONCE, CannotBeAsked, unnamed
from advthumb.fields.rollback import uncommitted
from advthumb.file_facts import FileChecker
from advthumb.places import folder_of, listing, may_share, walk

from .caseless import knows_no_case, named_in_any_case
from .open_transactions import OpenTransactions, open_transactions

_TABLES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which a thumbnail field keeps its files."""

    field: ThumbnailColumn
    folder: str

    @property
    def storage(self) -> Storage:
        """The storage of the field."""
        return self.field.storage

    def contains(self, other: "Place") -> bool:
        """Return whether a listing of this folder is certain to include the other one."""
        if listing(self.storage) != listing(other.storage):
            return False
        outer, inner = folder_of(self.storage, self.folder), folder_of(other.storage, other.folder)
        return not outer or f"{inner}/".startswith(f"{outer.rstrip('/')}/")


def outermost(places: Iterable[Place]) -> list[Place]:
    """Return the places that are not inside another one."""
    found: list[Place] = []
    for place in places:
        if not any(other.contains(place) for other in found):
            found = [other for other in found if not place.contains(other)] + [place]
    return found


def superseded_at(field: ThumbnailColumn, name: str) -> float | None:
    """Return when a file was superseded, in seconds since 1970; None if the cache does not know.

    For a local file, its modification time also says so, because it is set when the file is superseded.
    """
    main = main_name(name) or name
    noted = (field.fingerprint_cache(using).superseded_at(main) for using in connections)
    return next((moment for moment in noted if moment is not None), None)


class Search:
    """Finds the files that no row of any database names.

    Args:
        fields: The thumbnail fields whose folders are searched.
        older_than: Younger files are left out, because their row may be about to be written. Files whose
            storage does not report their age are also left out, unless this is zero. While transactions are
            open, files must be older than the oldest transaction by this amount.
        folder: Search only this folder of the fields' storages; None for all folders in which they keep
            files.

    Attributes:
        notes: Further information for the user, as sentences.
    """

    def __init__(
        self, fields: Iterable[ThumbnailColumn], older_than: timedelta, folder: str | None = None
    ) -> None:
        self._skipped: dict[str, None] = {}
        self._missing: dict[str, set[str]] = {}
        self.notes: list[str] = []
        self._fields = list(fields)
        self._older_than = older_than
        self._folder = folder
        self._keep = conf.keep_superseded()
        self._tables = Tables()
        self._questions: dict[ThumbnailColumn, list[Question] | None] = {}
        self._transactions: dict[str, OpenTransactions] = {}
        self._sharing: dict[tuple[int, int], bool] = {}

    @property
    def skipped(self) -> list[str]:
        """What could not be queried or listed, as sentences; the files concerned do not count as unused."""
        return [*self._skipped, *itertools.starmap(_missing_tables, self._missing.items())]

    def places(self) -> list[Place]:
        """Return the folders to search, none of them inside another one.

        These are the folders that `upload_to` names now and those in which rows have thumbnails. If
        `upload_to` is a function, the whole storage is searched from its root.
        """
        if self._folder is not None:
            return outermost(Place(field, self._folder) for field in self._fields)
        return outermost(Place(field, folder) for field in self._fields for folder in self._folders(field))

    def _folders(self, field: ThumbnailColumn) -> list[str]:
        """Return the folders of a field: the present one and all others that rows name."""
        today = posixpath.dirname(fixed_part(field))
        folders = {today: None}
        for question in self._asked_about(field) or () if today else ():
            if question.column != field:
                continue
            rows: QuerySet[Model] = QuerySet(model=field.model, using=question.using).order_by()
            named = rows.filter(**{f"{field.attname}__isnull": False})
            elsewhere = named.exclude(**{f"{field.attname}__startswith": f"{today}/"})
            names = elsewhere.values_list(field.attname, flat=True)
            try:
                with savepoint(question.using):
                    for name in names.iterator(chunk_size=2000):
                        if ThumbnailName.parse(name):
                            folders[posixpath.dirname(name)] = None
            except Exception as error:  # noqa: BLE001 - third-party drivers and fields can raise anything
                self._skip(str(CannotBeAsked(question, error)))
        return list(folders)

    def batches(self, place: Place) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the files in a place that have the name pattern of thumbnails, and the unused ones of these.

        They come in batches, each file once.
        """
        if self._asked_about(place.field) is None or self._is_being_written(place.field):
            return
        settled = self._older_than + self._open_on(place.field).oldest
        names = self._listed(place)
        while batch := list(itertools.islice(names, NAMES_AT_ONCE)):
            unused = self.unused(place, batch)
            yield batch, [name for name in unused if self._is_old(place, name, settled)]

    def unused(self, place: Place, names: Iterable[str]) -> list[str]:
        """Return the files that are not named by any row now, regardless of their age.

        A row names all files of a set by its main file, which may not exist: a process was killed before.
        """
        questions = self._asked_about(place.field)
        if questions is None:
            return []
        mains = {name: main_name(name) or name for name in names}
        try:
            left = unnamed(place.storage, {*mains, *mains.values()} - uncommitted(), questions)
        except CannotBeAsked as error:
            self._skip(str(error))
            return []
        if left and knows_no_case(place.storage, min(left)):
            left -= named_in_any_case(left, questions)
        return sorted(name for name, main in mains.items() if {name, main} <= left)

    def _listed(self, place: Place) -> Iterator[str]:
        """Yield the files in a place that have the name pattern of thumbnails."""
        try:
            for name in walk(place.storage, place.folder):
                if main_name(name) is not None and _can_be_in_a_column(name):
                    yield name
        except ThumbnailError as error:
            self._skip(f"The storage of {place.field} cannot be searched: {error}")

    def _skip(self, sentence: str) -> None:
        self._skipped[sentence] = None

    def _asked_about(self, field: ThumbnailColumn) -> list[Question] | None:
        """Return the columns that may name files of a field; None if one of them cannot be queried."""
        if field not in self._questions:
            try:
                self._questions[field] = self._find_questions(field)
            except CannotBeAsked as error:
                self._skip(f"Files of {field} are left alone: {error}")
                self._questions[field] = None
        return self._questions[field]

    def _find_questions(self, field: ThumbnailColumn) -> list[Question]:
        """Return the columns to query, on every database that has their tables.

        Raises:
            CannotBeAsked: A database does not answer, or does not have a table that rows are written to.
        """
        found: list[Question] = []
        columns = [column for column in columns_beside(field) if self._may_share(field, column)]
        for using in connections:
            for column in columns:
                question = Question(using, column)
                if not self._lacks(question):
                    found.append(question)
                elif (home_of(column.model) or using) == using:
                    raise CannotBeAsked(question, f"there is no table {column.model._meta.db_table!r}")
                elif router.allow_migrate_model(using, column.model):
                    self._missing.setdefault(using, set()).add(column.model._meta.db_table)
        return found

    def _may_share(self, field: ThumbnailColumn, column: FileField) -> bool:
        """Return whether two columns may name the same file; each pair of storages is compared once."""
        pair = id(field.storage), id(column.storage)
        if pair not in self._sharing:
            self._sharing[pair] = may_share(field.storage, column.storage)
        return self._sharing[pair]

    def _lacks(self, question: Question) -> bool:
        try:
            return self._tables.lack(question.column.model, question.using)
        except Exception as error:
            raise CannotBeAsked(question, error) from error

    def _open_on(self, field: ThumbnailColumn) -> OpenTransactions:
        """Return the transactions that were open on a field's databases when these were first queried."""
        together = OpenTransactions()
        for using in dict.fromkeys(question.using for question in self._asked_about(field) or ()):
            if using not in self._transactions:
                self._transactions[using] = open_transactions([using])
                self.notes += self._transactions[using].notes
            together.oldest = max(together.oldest, self._transactions[using].oldest)
            together.writing += self._transactions[using].writing
        return together

    def _is_being_written(self, field: ThumbnailColumn) -> bool:
        writing = self._open_on(field).writing
        for using in writing:
            self._skip(
                f"Files of {field} are left alone: a transaction is writing to the database {using!r}, "
                "and its rows cannot be seen yet. Run the command again when it is done."
            )
        return bool(writing)

    def _is_old(self, place: Place, name: str, settled: timedelta) -> bool:
        """Return whether a file is so old that no row will name it and no page shows it any more."""
        if not (settled or self._keep):
            return True
        try:
            modified = FileChecker(place.storage).check_time(name).modified
        except ThumbnailError as error:
            self._skip(f"The storage of {place.field} does not report how old files are: {error}")
            return False
        if modified is None:
            return False
        age = timedelta(seconds=timezone.now().timestamp() - modified / 10**9)
        if age <= settled:
            return False
        noted = superseded_at(place.field, name) if self._keep else None
        return (timedelta(seconds=timezone.now().timestamp() - noted) if noted else age) >= self._keep


def _missing_tables(using: str, tables: set[str]) -> str:
    shown = sorted(tables)[:_TABLES_SHOWN]
    more = f" and {len(tables) - len(shown)} more" if len(tables) > len(shown) else ""
    return (
        f"The database {using!r} does not have the tables {', '.join(shown)}{more}, so they were not "
        "searched. If it is not supposed to have them, say so in the `allow_migrate` of a database router."
    )


def _can_be_in_a_column(name: str) -> bool:
    """Return whether a database can store a name; some file names on disk are not valid text."""
    with suppress(UnicodeEncodeError):
        return bool(name.encode())
    return False
