"""SQL that tells which rows have fresh thumbnails: the fingerprint is in the column.

Everything here works at level `name`. A fingerprint that is kept elsewhere (`fingerprint_field`, the
cache) is not read: such a thumbnail is not fresh by its name.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import BooleanField, Case, Count, F, Model, Q, QuerySet, TextField, Value, When
from django.db.models.functions import MD5, Concat, Left, StrIndex
from django.db.models.lookups import GreaterThan

from advthumb.core.fingerprints import NAME_TOKEN_WIDTH, fresh_marks

from .column import ThumbnailColumn

__all__ = ["fresh_by_name", "not_fresh_by_name"]

ModelT = TypeVar("ModelT", bound=Model)


def fresh_by_name(field: ThumbnailColumn) -> Case:
    """Return an expression that is true where a row's thumbnail is fresh by its name, else false.

    Use it in `values_list()`, `annotate()` or `filter()`. It is never NULL.

    Args:
        field: A thumbnail field of the model that is queried.
    """
    return _true_or_false(_fresh(field))


def not_fresh_by_name(rows: "QuerySet[ModelT]", fields: Sequence[ThumbnailColumn]) -> "QuerySet[ModelT]":
    """Return the rows that have something to check: one of these thumbnails is not fresh by its name.

    A row without source and thumbnail has nothing to check.

    Args:
        rows: The rows to choose from.
        fields: Thumbnail fields of their model.
    """
    nothing_to_do = Q()
    for field in fields:
        nothing_to_do &= _nothing(field) | _fresh(field)
    return rows.filter(
        Case(When(nothing_to_do, then=Value(False)), default=Value(True), output_field=_BOOLEAN)
    )


def count_present(rows: "QuerySet[Any]", fields: Sequence[ThumbnailColumn]) -> tuple[int, dict[str, int]]:
    """Count rows, in one query.

    Args:
        rows: The rows to count.
        fields: Thumbnail fields of their model.

    Returns:
        How many rows there are, and by field name how many have a source or a thumbnail of that field.
    """
    counts = {f"field_{number}": Count("pk", filter=~_nothing(field)) for number, field in enumerate(fields)}
    found = rows.aggregate(rows=Count("pk"), **counts)
    return found["rows"], {field.name: found[f"field_{number}"] for number, field in enumerate(fields)}


_BOOLEAN = BooleanField()


def _true_or_false(condition: Q) -> Case:
    # CASE because a comparison with a NULL column is neither true nor false.
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=_BOOLEAN)


def _nothing(field: ThumbnailColumn) -> Q:
    """Match rows that have neither source nor thumbnail."""
    return _empty(field.source_field.attname) & _empty(field.attname)


def _empty(attname: str) -> Q:
    return Q(**{attname: ""}) | Q(**{f"{attname}__isnull": True})


def _fresh(field: ThumbnailColumn) -> Q:
    """Match rows whose thumbnail name carries the spec and the source name that are wanted now."""
    token = Left(MD5(F(field.source_field.attname)), NAME_TOKEN_WIDTH)
    fresh = Q()
    for mark in fresh_marks(field.spec):
        wanted = Concat(Value(mark), token, output_field=TextField())
        fresh |= Q(GreaterThan(StrIndex(F(field.attname), wanted), 0))
    return ~_empty(field.source_field.attname) & fresh
