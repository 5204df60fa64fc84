"""SQL that finds the rows with fresh thumbnails, from the fingerprint in the column.

Everything here works at level `name`. If the fingerprint is not in the name, only `state_by_name` reads it
from the `fingerprint_field`. Nothing here reads the cache.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import BooleanField, Case, Count, F, Model, Q, QuerySet, TextField, Value, When
from django.db.models.functions import MD5, Concat, Left, StrIndex
from django.db.models.lookups import GreaterThan

from advthumb.conditions import conditions_of_failure
from advthumb.core.fingerprints import NAME_TOKEN_WIDTH, failure_mark, fresh_marks, spec_tokens

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


class State(StrEnum):
    """The state of a row's thumbnail, as far as SQL can tell it from the row's columns."""

    FRESH = "fresh"
    """Of this source, at this spec."""
    MISSING = "missing"
    """There is a source and no thumbnail."""
    FAILED = "failed"
    """As `missing`, but the `fingerprint_field` notes that this source failed at this spec."""
    STALE = "stale"
    """Of another source or another spec, or of unknown origin."""
    ORPHANED = "orphaned"
    """There is a thumbnail and no source."""
    EMPTY = "empty"
    """There is neither."""


def state_by_name(field: ThumbnailColumn) -> Case:
    """Return an expression for the `State` of a row's thumbnail; it is never NULL.

    It reads a `fingerprint_field`, but not the cache. So without that column nothing is `failed`, and a
    thumbnail is `stale` if a storage replaced its name.

    Args:
        field: A thumbnail field of the model that is queried.
    """
    no_source = _empty(field.source_field.attname)
    return Case(
        When(_nothing(field), then=Value(State.EMPTY.value)),
        When(no_source, then=Value(State.ORPHANED.value)),
        When(_empty(field.attname) & _failed(field), then=Value(State.FAILED.value)),
        When(_empty(field.attname), then=Value(State.MISSING.value)),
        When(_fresh(field) | _recorded(field, spec_tokens(field.spec)), then=Value(State.FRESH.value)),
        default=Value(State.STALE.value),
        output_field=TextField(),
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
    return ~_empty(field.source_field.attname) & _contains(field.attname, fresh_marks(field.spec), field)


def _recorded(field: ThumbnailColumn, marks: Iterable[str]) -> Q:
    """Match rows whose `fingerprint_field` has one of these marks before the token of the source's name."""
    if field.fingerprint_field is None:
        return Q(pk__in=())
    return _contains(field.fingerprint_field, marks, field)


def _failed(field: ThumbnailColumn) -> Q:
    """Match rows whose `fingerprint_field` notes that the source failed at this spec."""
    if field.fingerprint_field is None:
        return Q(pk__in=())  # conditions of failure load engines, so do not compute them in vain
    return _recorded(field, [failure_mark(field.spec, conditions_of_failure(field.engines))])


def _contains(attname: str, marks: Iterable[str], field: ThumbnailColumn) -> Q:
    """Match rows with a column that has one of these marks, followed by the token of the source's name."""
    token = Left(MD5(F(field.source_field.attname)), NAME_TOKEN_WIDTH)
    found = Q()
    for mark in marks:
        wanted = Concat(Value(mark), token, output_field=TextField())
        found |= Q(GreaterThan(StrIndex(F(attname), wanted), 0))
    return found
