"""What a caller may choose: a check level, fields by name, rows. The commands and Python share these checks.

Every function raises `ValueError` with one sentence: what was given, and what to choose from. The argument
`where` is the name of the value that the caller knows, such as `verify` or `--verify`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

from advthumb import conf

from .column import ThumbnailColumn

ModelT = TypeVar("ModelT", bound=Model)

Verify = Literal["auto", "name", "stat", "content"]
"""The values of `verify`, for type checkers."""

LEVELS = (conf.AUTO, *conf.LEVELS)
"""The values of `verify`."""


def checked_verify(verify: str, where: str = "verify") -> str:
    """Return the level of checks, if there is one with that name.

    Raises:
        ValueError: There is none.
    """
    if verify not in LEVELS:
        msg = f"{where} {verify!r}: choose from {', '.join(LEVELS)}."
        raise ValueError(msg)
    return verify


def named_fields(
    known: Sequence[ThumbnailColumn], names: Iterable[str], where: str = "fields"
) -> list[ThumbnailColumn]:
    """Return the thumbnail fields that have one of these names, in order of declaration.

    Args:
        known: The fields to choose from.
        names: The wanted names.
        where: What the message calls the names.

    Raises:
        ValueError: No field has one of the names, or `names` is a single string.
    """
    choices = {field.name for field in known}
    if isinstance(names, str):
        msg = f"{where} {names!r}: give a list of names, such as [{names!r}]. {choose_from(choices)}"
        raise ValueError(msg)  # noqa: TRY004 - one exception for every wrong choice
    wanted = list(names)
    unknown = [name for name in wanted if name not in choices]
    if unknown:
        msg = f"{where} {', '.join(map(repr, unknown))}: no such thumbnail field. {choose_from(choices)}"
        raise ValueError(msg)
    return [field for field in known if field.name in wanted]


def checked_rows(rows: "QuerySet[ModelT]", where: str = "queryset") -> "QuerySet[ModelT]":
    """Return a queryset if its rows can be read as instances in order of the primary key.

    Raises:
        ValueError: It is sliced, combined with another one, or does not yield instances.
    """
    problem = ""
    if rows.query.is_sliced:
        problem = "it is sliced, so it cannot be read in order of the primary key"
    elif rows.query.combinator:
        problem = f"it is combined with another one by {rows.query.combinator}, so it cannot be filtered"
    elif not issubclass(rows._iterable_class, ModelIterable):  # noqa: SLF001 - Django has no public name
        problem = "it yields values instead of instances"
    if problem:
        msg = (
            f"{where} of {rows.model._meta.label}: {problem}. Choose the rows by a filter, such as "
            "filter(pk__in=...), or pass a list of instances."
        )
        raise ValueError(msg)
    return rows


def choose_from(names: Collection[str]) -> str:
    """Return the end of a message: the choices in alphabetical order."""
    return f"Choose from: {', '.join(sorted(names)) or 'nothing, there is none'}."
