"""The saves that are running, and what each of them has done so far.

Django sends no signal when a save fails. So the state of a save is not kept on the instance, but only during
the call of `save_base`, through which every save goes. `remembering_saves` puts the state on a stack there,
and always takes it off again. If a receiver saves the same instance again, that save has a separate state
(R8).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from weakref import WeakSet

from django.db import router
from django.db.models import Model

from .column import ThumbnailColumn
from .pictures import Pictures  # noqa: TC001
from .relations import Group, thumbnail_groups
from .rows import KeptIfRight, RowValues  # noqa: TC001

_running: dict[int, list["InstanceState"]] = {}
"""The saves of each instance, by its `id`: an instance exists at least as long as its saves. The innermost is
last."""


_remembered: WeakSet[Any] = WeakSet()
"""The `save_base` of models whose saves are remembered."""


class InstanceState:
    """One running save of one instance.

    Attributes:
        using: The database.
        update_fields: The names of the columns that are written, None for all.
        groups: The thumbnail fields of the instance, by the names of their sources.
        pictures: What was done about the thumbnails of each source, by its attribute name.
        rows: The row's values before the save, by the name of the source. Only some saves need them.
        unchanged: What is written for thumbnails if none is due, by the names of their sources.
        written: Whether Django has written the row.
    """

    __slots__ = ("groups", "pictures", "rows", "unchanged", "update_fields", "using", "written")

    def __init__(self, using: str, update_fields: frozenset[str] | None, groups: dict[str, Group]) -> None:
        self.using = using
        self.update_fields = update_fields
        self.groups = groups
        self.pictures: dict[str, Pictures] = {}
        self.rows: dict[str, RowValues] = {}
        self.unchanged: dict[str, dict[str, KeptIfRight]] = {}
        self.written = False

    def writes(self, field: Any) -> bool:
        """Return whether this save writes the column of a field."""
        names = self.update_fields
        return names is None or field.name in names or field.attname in names

    def writes_point(self, field: ThumbnailColumn) -> bool:
        """Return whether this save writes the focal point of a thumbnail; False if it has none."""
        names = self.update_fields
        return field.focal_field is not None and (names is None or field.focal_field in names)


def running(instance: Model) -> InstanceState | None:
    """Return the innermost running save of an instance, None outside of a save."""
    stack = _running.get(id(instance))
    return stack[-1] if stack else None


Hook = Callable[[Model, InstanceState], None]


def remembering_saves(model: type[Model], before: Hook, failed: Hook) -> None:
    """Keep the state of each save of a model while the save runs.

    Args:
        model: A model class; its children inherit the change.
        before: Called at the start of a save; what it adds to `update_fields` is written, too.
        failed: Called when a save raised before its row was written.
    """
    original: Any = model.save_base
    if original in _remembered:
        return

    @wraps(original)
    def save_base(
        self: Model,
        raw: bool = False,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Any = None,
    ) -> None:
        if raw:  # a fixture is written as it is
            original(self, raw, force_insert, force_update, using, update_fields)
            return
        using = using or router.db_for_write(type(self), instance=self)
        columns = None if update_fields is None else frozenset(update_fields)
        state = InstanceState(using, columns, thumbnail_groups(type(self)))
        stack = _running.setdefault(id(self), [])
        stack.append(state)
        try:
            before(self, state)
            original(self, raw, force_insert, force_update, using, state.update_fields)
        except BaseException:
            if not state.written:
                failed(self, state)
            raise
        finally:
            stack.pop()
            if not stack:
                del _running[id(self)]

    _remembered.add(save_base)
    model.save_base = save_base  # type: ignore[method-assign]
