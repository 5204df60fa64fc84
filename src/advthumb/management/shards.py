"""Shards: a table is divided by its primary keys, so that several machines can process it together.

Each row belongs to exactly one shard. The database decides which one, so rows of other shards are neither
fetched nor counted.
"""

import re
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError
from django.db.models import (
    BigIntegerField,
    ExpressionWrapper,
    F,
    Field,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import MD5, Cast, Concat, Left
from django.db.models.lookups import GreaterThanOrEqual, In, LessThan

_MOST = 10_000

_DIGITS = 8
"""How many hexadecimal digits of the hash of a key decide."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a table.

    Attributes:
        number: Which part, counted from 1.
        count: How many parts there are.
    """

    number: int
    count: int

    def __str__(self) -> str:
        """Return the value for `--shard`: `2/4`."""
        return f"{self.number}/{self.count}"

    def of(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Return those of the rows that belong to this shard."""
        keys = _key_columns(rows.model)
        if len(keys) == 1 and isinstance(_target(keys[0]), IntegerField):
            return rows.filter(self._by_remainder())
        return rows.filter(self._by_hash([key.attname for key in keys]))

    def _by_remainder(self) -> Q:
        """Match whole numbers by their remainder; databases give that of a negative number as negative."""
        remainder = self.number - 1
        found = ExpressionWrapper(F("pk") % Value(self.count), output_field=BigIntegerField())
        return Q(In(found, [remainder, remainder - self.count]))

    def _by_hash(self, names: list[str]) -> Q:
        """Match keys of any other type by the range that the hash of their text is in."""
        texts = [text for name in names for text in (Cast(name, TextField()), Value("/"))]
        digits = Left(MD5(Concat(*texts, output_field=TextField())), _DIGITS)
        matched = Q(GreaterThanOrEqual(digits, self._first_hash(self.number - 1)))
        if self.number < self.count:
            matched &= Q(LessThan(digits, self._first_hash(self.number)))
        return matched

    def _first_hash(self, shards_before: int) -> str:
        return f"{shards_before * 16**_DIGITS // self.count:0{_DIGITS}x}"


def _key_columns(model: type[Any]) -> "list[Field[Any, Any]]":
    """Return the columns of a model's primary key: several if it is composite."""
    return list(getattr(model._meta, "pk_fields", None) or [model._meta.pk])


def _target(key: "Field[Any, Any]") -> "Field[Any, Any]":
    """Return the field that a key refers to: a child's key refers to that of its parent."""
    while key.remote_field is not None:
        key = getattr(key, "target_field")  # noqa: B009 - only relations have it
    return key


def add_shard(parser: ArgumentParser) -> None:
    """Declare the option that selects a shard."""
    parser.add_argument(
        "--shard",
        metavar="K/N",
        help="Only part K of N parts of each table, such as 2/4, so that N machines can share the work. Each "
        "row is in exactly one part, chosen by its primary key.",
    )


def chosen_shard(options: Mapping[str, Any]) -> Shard | None:
    """Return the shard that the options select; None for all rows.

    Raises:
        CommandError: The value is not a shard.
    """
    text = options["shard"]
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,5})/(\d{1,5})", str(text))
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.number <= shard.count <= _MOST:
        raise CommandError(
            f"--shard {str(text)!r}: give K/N, such as 2/4 for the second of four parts. K is from 1 to N, "
            f"and N is at most {_MOST}."
        )
    return shard
