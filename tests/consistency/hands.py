"""Instances of a row as a project may have them: partly loaded, copied, unpickled or built by hand."""

import copy
import pickle
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from .world import Row, World

LOADED = (
    "get",
    "only source",
    "only title",
    "only point",
    "defer source",
    "defer thumbnails",
    "defer one",
    "defer record",
    "defer point",
)
COPIED = ("copy", "deepcopy", "pickle")


@dataclass(eq=False)
class Hand:
    """An instance, and what has been done to it since it last matched its row.

    Args:
        row: The instance.
        pending: The change of its source that is not saved yet: `upload`, `bad`, `stored` or `clear`.
        dropped: Whether its thumbnails were removed by hand.
        sound: Whether its names were correct and complete when it got them from the row.
        base: The source that it had when it was last loaded or saved.
    """

    row: Model
    pending: str = ""
    dropped: bool = False
    sound: bool = False
    base: str | None = None

    @property
    def pk(self) -> int | None:
        """The key of its row. Django clears it on a deleted child, but keeps that of the parent."""
        return self.row.pk or self.row.__dict__.get("id")

    def knows(self, name: str) -> str | None:
        """Return the file name that the instance has in a column, or None if the column is not loaded."""
        if name not in self.row.__dict__:
            return None
        value = self.row.__dict__[name]
        return getattr(value, "name", value) or ""

    def writes(self, update_fields: list[str] | None) -> set[str]:
        """Return the columns that a save writes, as Django decides it."""
        if update_fields is not None:
            return set(update_fields)
        return {one.name for one in self.row._meta.concrete_fields} - self.row.get_deferred_fields()

    def agrees_with(self, row: Row, names: list[str]) -> bool:
        """Return whether the instance has exactly the names that are in the row."""
        return (self.knows("image"), *map(self.knows, names)) == (row.source, *row.thumbnails)


def load(world: World, pk: int, how: str) -> Hand:
    """Return an instance of a row with some of its columns.

    Raises:
        ObjectDoesNotExist: There is no such row.
    """
    rows = world.model._base_manager.all()
    rows = {
        "only source": rows.only("image"),
        "only title": rows.only("title"),
        "only point": rows.only(*world.points or ["title"]),
        "defer point": rows.defer(*world.points),
        "defer source": rows.defer("image"),
        "defer thumbnails": rows.defer(*world.names),
        "defer one": rows.defer(world.names[0]),
        "defer record": rows.defer(*world.records[:1]),
    }.get(how, rows)
    row = world.rows()[pk]
    return Hand(rows.get(pk=pk), sound=world.is_right(row, complete=True), base=row.source)


def duplicate(hand: Hand, how: str, *, as_new: bool) -> Hand:
    """Return a copy of an instance.

    Args:
        hand: It must have no unsaved upload, because Django itself would lose it.
        how: One of `COPIED`.
        as_new: Whether the copy is to become a new row.
    """
    row: Any = pickle.loads(pickle.dumps(hand.row)) if how == "pickle" else getattr(copy, how)(hand.row)
    if as_new:
        row.pk = row.id = row.code = None
        row._state.adding = True
    return Hand(row, hand.pending, hand.dropped, hand.sound and not as_new, hand.base)


def by_hand(world: World, pk: int, values: dict[str, str], *, adding: bool) -> Hand:
    """Return an instance that was never loaded, such as one built from JSON.

    Args:
        world: The rows and files of the model.
        pk: The key that it claims to have.
        values: What it claims the columns hold.
        adding: Whether Django is to treat it as a new row.
    """
    code = world.model._base_manager.filter(pk=pk).values_list("code", flat=True).first()
    row = world.model(title="by hand", code=code, **values)
    row.pk = row.id = pk
    row._state.adding = adding
    return Hand(row, base=values["image"])
