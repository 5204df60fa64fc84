"""After the row is written: superseded files go and signals are sent, once it is committed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connections, router, transaction
from django.db.models import FileField, Model, Q
from django.dispatch import Signal

from advthumb import storages
from advthumb.signals import thumbnail_failed, thumbnail_generated

from .relations import local_thumbnail_fields

if TYPE_CHECKING:
    from .changes import Change
    from .thumbnail import AdvanceThumbnailField

_BATCH = 200
"""Names per reference query; the smallest limit on query parameters (SQLite's 999) holds
for models with up to four file columns."""


def settle(changes: "Iterable[Change]", using: str) -> None:
    """Remove what was superseded and tell receivers, after the current transaction commits."""
    for change in changes:
        if change.old and change.old != change.new:
            discard(change.field, change.old, using)
        if change.stored is not None:
            _announce(thumbnail_generated, change, using, name=change.stored.name)
        if change.error is not None:
            _announce(thumbnail_failed, change, using, error=change.error)


def _announce(signal: Signal, change: "Change", using: str, **details: Any) -> None:
    sender = type(change.instance)
    if signal.has_listeners(sender):
        send = partial(signal.send_robust, sender, instance=change.instance, field=change.field, **details)
        transaction.on_commit(send, using, robust=True)


@dataclass(slots=True)
class _Disposal:
    """The files of one field that one transaction supersedes, deleted together."""

    thumbnail_field: "AdvanceThumbnailField"
    using: str
    names: set[str] = field(default_factory=set)

    def __call__(self) -> None:
        names = sorted(self.names)
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            for name in set(batch) - still_named(self.thumbnail_field, batch, self.using):
                storages.delete(self.thumbnail_field.storage, name)


def discard(thumbnail_field: "AdvanceThumbnailField", name: str, using: str) -> None:
    """Delete a thumbnail's file after commit, unless a row names it then.

    Deletions of one transaction (or savepoint) are gathered, so that deleting ten thousand rows
    asks for references in batches. What is rolled back is dropped with its transaction.
    """
    connection = connections[using]
    if connection.run_on_commit:
        savepoints, last, *_ = connection.run_on_commit[-1]
        if (
            isinstance(last, _Disposal)
            and last.thumbnail_field == thumbnail_field
            and savepoints == set(connection.savepoint_ids)
        ):
            last.names.add(name)
            return
    transaction.on_commit(_Disposal(thumbnail_field, using, {name}), using, robust=True)


def still_named(thumbnail_field: "AdvanceThumbnailField", names: list[str], using: str) -> set[str]:
    """Return which of these files a row still names, as its thumbnail or as a source.

    One query for the field's own model, and one for each other model that keeps thumbnails, or
    sources of some, where these files are. Give the thumbnail column an index (`db_index=True`)
    where the table is large.
    """
    found: set[str] = set()
    for model, columns in _columns_beside(thumbnail_field, names, using):
        named_in = Q()
        for column in columns:
            named_in |= Q(**{f"{column}__in": names})
        rows = model._base_manager.using(using).filter(named_in).values_list(*columns)
        found.update(name for row in rows for name in row if name)
    return found.intersection(names)


def _columns_beside(
    thumbnail_field: "AdvanceThumbnailField", names: list[str], using: str
) -> Iterator[tuple[type[Model], list[str]]]:
    """Yield each model with those of its columns that can name these files."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not router.allow_migrate_model(using, model):
            continue
        columns = {
            column.attname
            for thumbnail in local_thumbnail_fields(model)
            for column in (thumbnail, thumbnail.source_field)
            if column.storage == thumbnail_field.storage
            and (model is thumbnail_field.model or _may_hold(column, names))
        }
        if columns:
            yield model, sorted(columns)


def _may_hold(column: FileField, names: list[str]) -> bool:
    """Return whether `upload_to` can place a file under one of these names."""
    folder = "" if callable(column.upload_to) else str(column.upload_to).partition("%")[0]
    return any(name.startswith(folder) for name in names)
