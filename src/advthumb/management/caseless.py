"""Storages that ignore case: the name in a row may differ in case from the name in a listing."""

from collections.abc import Collection, Iterable
from typing import Any

from django.core.files.storage import Storage
from django.db.models import QuerySet

from advthumb import storages
from advthumb.core.errors import ThumbnailError
from advthumb.fields.file_columns import Question


def knows_no_case(storage: Storage, name: str) -> bool:
    """Return whether a storage also finds a file by its name in another case; True if that is unknown.

    Args:
        storage: The storage.
        name: A file that the storage listed.
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
    """Return the files that rows name, in any case. This reads the names of all rows.

    Args:
        names: The files.
        questions: The columns to query.
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
