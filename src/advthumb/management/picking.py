"""Which rows the database itself can tell to be in step: the fingerprint is in the column."""

from collections.abc import Sequence

from django.db.models import BooleanField, Case, Count, F, Model, Q, QuerySet, TextField, Value, When
from django.db.models.functions import MD5, Concat, Left, StrIndex
from django.db.models.lookups import GreaterThan

from advthumb.core.fingerprints import NAME_TOKEN_WIDTH, fresh_marks
from advthumb.core.names import SUPERSEDED
from advthumb.fields.column import ThumbnailColumn


def out_of_step(rows: "QuerySet[Model]", fields: Sequence[ThumbnailColumn]) -> "QuerySet[Model]":
    """Return the rows of which a thumbnail is not fresh by its name, or cannot be told so in SQL.

    It is the level `name`, worked out where the rows are: what is fresh never leaves the database. A
    fingerprint that is not in the name (`fingerprint_field`, the cache) is not looked for.
    """
    in_step = Q()
    for field in fields:
        in_step &= _nothing(field) | _fresh(field)
    # CASE and not NOT: where a column is NULL the comparison is neither true nor false.
    return rows.filter(
        Case(When(in_step, then=Value(False)), default=Value(True), output_field=BooleanField())
    )


def counted(rows: "QuerySet[Model]", fields: Sequence[ThumbnailColumn]) -> dict[str, int]:
    """Return how many rows have a source or a thumbnail, by field name; and how many there are, by `""`."""
    counts = {f"field_{number}": Count("pk", filter=~_nothing(field)) for number, field in enumerate(fields)}
    found = rows.aggregate(rows=Count("pk"), **counts)
    return {"": found["rows"]} | {field.name: found[f"field_{number}"] for number, field in enumerate(fields)}


def _nothing(field: ThumbnailColumn) -> Q:
    """Match rows that have neither source nor thumbnail."""
    return _empty(field.source_field.attname) & _empty(field.attname)


def _empty(attname: str) -> Q:
    return Q(**{attname: ""}) | Q(**{f"{attname}__isnull": True})


def _fresh(field: ThumbnailColumn) -> Q:
    """Match rows whose thumbnail is named after its source and after what is wanted of it."""
    token = Left(MD5(F(field.source_field.attname)), NAME_TOKEN_WIDTH)
    fresh = Q()
    for mark in fresh_marks(field.spec):
        wanted = Concat(Value(mark), token, output_field=TextField())
        fresh |= Q(GreaterThan(StrIndex(F(field.attname), wanted), 0))
    superseded = Q(**{f"{field.attname}__endswith": SUPERSEDED})
    return ~_empty(field.source_field.attname) & fresh & ~superseded
