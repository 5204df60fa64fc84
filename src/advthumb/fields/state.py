"""What an instance remembers between the steps of one save, and nothing longer.

Kept in the instance's `__dict__` and tied to it: a copy of the instance (`copy.copy`, pickle)
starts with an empty memory.
"""

import weakref
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Model

from advthumb.core.detection import Assessment
from advthumb.core.errors import ThumbnailError
from advthumb.generation import Source, StoredThumbnail

from .column import ThumbnailColumn

_KEY = "_advthumb_state"


class Finding(NamedTuple):
    """What was found of one thumbnail of a row.

    Attributes:
        field: The thumbnail field.
        old: What the row has in the database, as far as the instance knows; may be superseded.
        current: The name that the instance has now; empty where it may not keep it.
        taken: A name that the file of a new thumbnail must not get: that of the present one.
        assessment: The verdict on it.
    """

    field: ThumbnailColumn
    old: str
    current: str
    taken: str
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Change:
    """What was done about one thumbnail of a row.

    Attributes:
        instance: The row.
        field: The thumbnail field.
        assessment: The verdict and its reason, before anything was done.
        old: What the row had before, superseded or not.
        new: The name now, empty for none.
        stored: What was made, if anything was.
        error: Why nothing could be made, if that was tried.
        record: What is to be kept beside the name; None leaves it as it is.
        source_name: The source that it was made of, where the row is not written yet.
    """

    instance: Model
    field: ThumbnailColumn
    assessment: Assessment
    old: str
    new: str
    stored: StoredThumbnail | None = None
    error: ThumbnailError | None = None
    record: str | None = None
    source_name: str = ""

    @property
    def made(self) -> bool:
        """Whether a thumbnail was made."""
        return self.stored is not None

    @property
    def writes(self) -> bool:
        """Whether the row has to be written."""
        return self.new != self.old or self.record is not None


@dataclass(slots=True)
class Saving:
    """One `save()` on its way: its database, what it covers, which sources are done."""

    using: str
    update_fields: frozenset[str] | None
    handled: set[tuple[str, str, bool]] = field(default_factory=set)

    def covers(self, model_field: Any) -> bool:
        """Return whether this save writes a column."""
        return self.update_fields is None or bool(
            self.update_fields & {model_field.name, model_field.attname}
        )

    def carries(self, thumbnail_field: ThumbnailColumn) -> bool:
        """Return whether this save writes a thumbnail together with its source."""
        return self.covers(thumbnail_field) and self.covers(thumbnail_field.source_field)


class RowState:
    """The memory of one instance, by the attribute names of its fields.

    Attributes:
        uploads: Sources that were just stored, until their row is written.
        loaded: The names that thumbnails had in the row, where another value was assigned.
        pending: What was done about thumbnails, until their row is written.
        saving: The save on its way, None outside of one (and in `bulk_create`).
    """

    __slots__ = ("__weakref__", "_owner", "loaded", "pending", "saving", "uploads")

    def __init__(self, owner: Model | None = None) -> None:
        self._owner = weakref.ref(owner) if owner is not None else None
        self.uploads: dict[str, Source] = {}
        self.loaded: dict[str, str] = {}
        self.pending: dict[str, Change] = {}
        self.saving: Saving | None = None

    def __reduce__(self) -> tuple[type["RowState"], tuple[()]]:
        """Pickle and copy as an empty memory that belongs to nobody."""
        return RowState, ()

    def belongs_to(self, instance: Model) -> bool:
        """Return whether this is the memory of that very object."""
        return self._owner is not None and self._owner() is instance


def state_of(instance: Model) -> RowState:
    """Return the memory of an instance, a new one where it has none of its own."""
    state: RowState | None = instance.__dict__.get(_KEY)
    if state is None or not state.belongs_to(instance):
        state = RowState(instance)
        instance.__dict__[_KEY] = state
    return state
