"""Storages that ignore case: rows may name a file otherwise than a listing does."""

from collections.abc import Collection, Iterable
from typing import Any

from django.core.files.storage import Storage
from django.db.models import QuerySet

from advthumb import storages
from advthumb.core.errors import ThumbnailError
from advthumb.fields.file_columns import Question


def knows_no_case(storage: Storage, name: str) -> bool:
    """Return whether a storage finds a file by its name in another case, too; in doubt it does.

    Args:
        storage: The storage.
        name: A file that it listed.
    """
    other = name.swapcase()
    if other == name:
        return False
    try:
        with storages.storage_errors(f"looking for {other!r}"):
            return bool(storage.exists(other))
    except ThumbnailError:
        return True


def named_in_any_case(names: Collection[str], questions: Iterable[Question]) -> set[str]:
    """Return the files that rows name in whatever case. It reads all names that rows have.

    Args:
        names: The files.
        questions: The columns to ask.
    """
    wanted: dict[str, set[str]] = {}
    for name in names:
        wanted.setdefault(name.casefold(), set()).add(name)
    found: set[str] = set()
    for using, column in questions:
        rows: QuerySet[Any] = QuerySet(model=column.model, using=using).order_by()
        for value in rows.values_list(column.attname, flat=True).iterator(chunk_size=2000):
            found |= wanted.get(str(value or "").casefold(), set())
    return found
