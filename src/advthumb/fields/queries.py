"""SQL that finds the rows with fresh thumbnails, from the fingerprint in the column.

Everything here works at level `name`. If the fingerprint is not in the name, only `state_by_name` reads it
from the `fingerprint_field`. Nothing here reads the cache.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import BooleanField, Case, Count, F, Model, Q, QuerySet, TextField, Value, When
from django.db.models.functions import MD5, Concat, Left, StrIndex
from django.db.models.lookups import Exact, GreaterThan

from advthumb.conditions import conditions_of_failure
from advthumb.core.fingerprints import (
    NAME_TOKEN_WIDTH,
    TOKEN_WIDTH,
    failure_mark,
    fresh_marks,
    spec_tokens,
)

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
    """Match rows whose thumbnail name has the spec, the source name and the focal point wanted now."""
    found = Q()
    for place in _places(field.attname, fresh_marks(field.spec), field):
        found |= Q(GreaterThan(place, 0))
    return ~_empty(field.source_field.attname) & found


def _recorded(field: ThumbnailColumn, marks: Iterable[str]) -> Q:
    """Match rows whose `fingerprint_field` begins with one of these marks and the tokens of the row."""
    found = Q(pk__in=())
    if field.fingerprint_field is not None:
        for place in _places(field.fingerprint_field, marks, field):
            found |= Q(Exact(place, 1))
    return found


def _failed(field: ThumbnailColumn) -> Q:
    """Match rows whose `fingerprint_field` notes that the source failed at this spec."""
    if field.fingerprint_field is None:
        return Q(pk__in=())  # conditions of failure load engines, so do not compute them in vain
    return _recorded(field, [failure_mark(field.spec, conditions_of_failure(field.engines))])


def _places(attname: str, marks: Iterable[str], field: ThumbnailColumn) -> Iterator[StrIndex]:
    """Yield, for each mark, where a column has it together with the tokens of the row; 0 for nowhere.

    The token of the source's name follows the mark. That of the focal point stands within it.
    """
    token = _token(field.source_field.attname)
    for mark in marks:
        parts: list[Any] = [Value(mark)]
        if field.focal_field is not None:
            none = When(_empty(field.focal_field), then=Value(""))
            point = Case(none, default=_token(field.focal_field), output_field=TextField())
            parts = [Value(mark[:-TOKEN_WIDTH]), point, Value(mark[-TOKEN_WIDTH:])]
        yield StrIndex(F(attname), Concat(*parts, token, output_field=TextField()))


def _token(attname: str) -> Left:
    return Left(MD5(F(attname)), NAME_TOKEN_WIDTH, output_field=TextField())
