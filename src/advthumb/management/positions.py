"""How far a run has come: the last row up to which everything is done, even if rows finish out of order."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.management import CommandError

from .selection import Selection


class Position(NamedTuple):
    """A row up to which everything is done, including all previous selections.

    Attributes:
        selection: The selection of the row.
        pk: Its primary key.
    """

    selection: Selection
    pk: Any

    def text(self, selections: Sequence[Selection]) -> str:
        """Return a value for `--after`: the key, preceded by its model if several are selected."""
        key = json.dumps(list(self.pk), default=str) if isinstance(self.pk, tuple | list) else str(self.pk)
        return key if len(selections) == 1 else f"{self.selection.model._meta.label}:{key}"


class PositionTracker:
    """Tracks the rows of one selection, which start in order of their keys and finish in any order.

    Args:
        start: The key after which the rows start; None for the first row.
    """

    def __init__(self, start: Any = None) -> None:
        self._last = start
        self._key_before: dict[Any, Any] = {}

    def begin(self, pk: Any) -> None:
        """Record the next row, which is not finished yet."""
        self._key_before[pk] = self._last
        self._last = pk

    def finish(self, pk: Any) -> None:
        """Record that a row is finished."""
        self._key_before.pop(pk, None)

    @property
    def position(self) -> Any:
        """The key of the last row up to which every row is finished; None if there is none."""
        return next(iter(self._key_before.values()), self._last)


def remaining(selections: Sequence[Selection], after: object) -> list[Selection]:
    """Return the rest of some selections after a position.

    Args:
        selections: The selections of a run, in order.
        after: A position in the form of `Position.text`.

    Raises:
        CommandError: The value is not a position, or does not say which model it means.
    """
    label, _, key = str(after).partition(":")
    labels = [selection.model._meta.label_lower for selection in selections]
    number, value = 0, after
    if label.lower() in labels:
        number, value = labels.index(label.lower()), key
    elif len(selections) != 1:
        choices = ", ".join(selection.model._meta.label for selection in selections)
        raise CommandError(
            f"--after {str(after)!r}: name the model, as in app.Model:123, or choose one model with "
            f"--model. The models are: {choices or 'none'}."
        )
    first = selections[number]
    primary_key: Any = first.model._meta.pk
    try:
        pk = primary_key.to_python(value)
    except (ValidationError, ValueError, TypeError) as error:
        message = f"--after {str(after)!r}: this is no primary key of {first.model._meta.label}."
        raise CommandError(message) from error
    return [replace(first, after=pk), *selections[number + 1 :]]
