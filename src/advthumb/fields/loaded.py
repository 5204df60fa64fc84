"""Which instances were loaded from their row, and so know its values; others were built by hand or from JSON.

Django does not tell them apart. Wagtail builds the page that it publishes from JSON, marks it as not new, and
assigns foreign keys. Then Django sets a database on it, as on an instance that was loaded.
"""

from functools import wraps
from typing import Any
from weakref import WeakSet

from django.db.models import Model

_MARK = "_advthumb_loaded"

_noting: WeakSet[Any] = WeakSet()
"""The `from_db` of models whose instances are marked."""


def note_loads(model: type[Model]) -> None:
    """Mark instances of a model, and of its children, when Django makes them from rows."""
    original: Any = model.from_db.__func__  # type: ignore[attr-defined]
    if original in _noting:
        return

    @wraps(original)
    def from_db(cls: type[Model], *args: Any, **kwargs: Any) -> Model:
        instance: Model = original(cls, *args, **kwargs)
        note_row(instance)
        return instance

    _noting.add(from_db)
    model.from_db = classmethod(from_db)  # type: ignore[method-assign, assignment]


def note_row(instance: Model) -> None:
    """Note that an instance knows the values of its row: it was loaded or written."""
    instance._state.__dict__[_MARK] = True


def knows_row(instance: Model) -> bool:
    """Return whether an instance knows the values that its row had at the last load or save."""
    return _MARK in instance._state.__dict__ and not instance._state.adding
