"""How far a run has come: the last row up to which everything is done, whatever order rows finish in."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.management import CommandError

from .selection import Selection


class Position(NamedTuple):
    """A row up to which everything is done, those of the selections before it included.

    Attributes:
        selection: The selection of the row.
        pk: Its primary key.
    """

    selection: Selection
    pk: Any

    def text(self, selections: Sequence[Selection]) -> str:
        """Return what `--after` takes: the key, behind its model where several are selected."""
        key = json.dumps(list(self.pk), default=str) if isinstance(self.pk, tuple | list) else str(self.pk)
        return key if len(selections) == 1 else f"{self.selection.model._meta.label}:{key}"


class PositionTracker:
    """Follows the rows of one selection as they are begun in order of their keys and finished in any.

    Args:
        start: The key after which the rows begin, None for the first row.
    """

    def __init__(self, start: Any = None) -> None:
        self._last = start
        self._key_before: dict[Any, Any] = {}

    def begin(self, pk: Any) -> None:
        """Note the next row, which is not finished yet."""
        self._key_before[pk] = self._last
        self._last = pk

    def finish(self, pk: Any) -> None:
        """Note that nothing is left to do for a row."""
        self._key_before.pop(pk, None)

    @property
    def position(self) -> Any:
        """The key of the last row up to which every row is finished, None if there is none."""
        return next(iter(self._key_before.values()), self._last)


def remaining(selections: Sequence[Selection], after: object) -> list[Selection]:
    """Return what is left of some selections after a position.

    Args:
        selections: What a run goes through, in this order.
        after: A position as `Position.text` writes it.

    Raises:
        CommandError: It is none, or does not say which model it means.
    """
    label, _, key = str(after).partition(":")
    labels = [selection.model._meta.label_lower for selection in selections]
    number, value = 0, after
    if label.lower() in labels:
        number, value = labels.index(label.lower()), key
    elif len(selections) != 1:
        choices = ", ".join(selection.model._meta.label for selection in selections)
        raise CommandError(
            f"--after {str(after)!r}: say of which model, as in app.Model:123, or choose one model with "
            f"--model. The models are: {choices or 'none'}."
        )
    first = selections[number]
    primary_key: Any = first.model._meta.pk
    try:
        pk = primary_key.to_python(value)
    except (ValidationError, ValueError, TypeError) as error:
        message = f"--after {str(after)!r}: this is no primary key of {first.model._meta.label}."
        raise CommandError(message) from error
    return [Selection(first.model, first.using, first.fields, after=pk), *selections[number + 1 :]]
