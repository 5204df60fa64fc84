"""Bring the thumbnails of many rows up to date outside of a save: the Python side of the commands."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast

from asgiref.sync import sync_to_async
from django.db import router
from django.db.models import Model, QuerySet

from advthumb.core.detection import SYNC
from advthumb.generation import Source

from . import rows
from .after_commit import cleaning_up
from .change import Change, row_name
from .choices import ModelT, Verify, checked_rows, checked_verify, named_fields
from .column import ThumbnailColumn
from .files import stored_name
from .making import Demand
from .pictures import Pictures
from .relations import Group, by_source, thumbnail_fields

_CHUNK = 500
"""How many rows one query loads."""


class Refreshed(NamedTuple):
    """What happened to the thumbnails of some rows.

    Attributes:
        made: How many were made.
        cleared: How many were removed because their row has no source.
        left: How many were already right, or had failed before.
        errors: One sentence for each that could not be made.
    """

    made: int
    cleared: int
    left: int
    errors: tuple[str, ...]


def refresh_thumbnails(
    rows: "QuerySet[Any] | Iterable[Model]",
    *,
    fields: Iterable[str] | None = None,
    force: bool = False,
    verify: Verify = "auto",
) -> Refreshed:
    """Bring the thumbnails of rows up to date after writes that bypassed Django's `save`.

    `QuerySet.update()`, `bulk_update()`, `bulk_create()` of stored names and raw SQL change sources and the
    field does not notice. Pass the rows to this function afterwards.

    Args:
        rows: A queryset, which is streamed by primary key, or instances, which get the new names.
        fields: Names of the thumbnail fields; all of the model by default.
        force: Make every thumbnail, even if it is fresh.
        verify: How much is checked: `auto`, `name`, `stat` or `content`.

    Returns:
        How many were made, cleared and left, and a sentence for each error.

    Raises:
        ValueError: There is no such field or level, or the queryset is sliced.
    """
    made = cleared = left = 0
    errors = []
    for change in iter_thumbnails(rows, fields=fields, force=force, verify=verify):
        if change.error is not None:
            errors.append(f"{row_name(change.instance)}.{change.field.name}: {change.error}")
        elif change.made:
            made += 1
        elif change.writes:
            cleared += 1
        else:
            left += 1
    return Refreshed(made, cleared, left, tuple(errors))


async def arefresh_thumbnails(
    rows: "QuerySet[Any] | Iterable[Model]",
    *,
    fields: Iterable[str] | None = None,
    force: bool = False,
    verify: Verify = "auto",
) -> Refreshed:
    """Run `refresh_thumbnails` for asynchronous code, in the thread of the database."""
    return await sync_to_async(refresh_thumbnails)(rows, fields=fields, force=force, verify=verify)


def iter_thumbnails(
    rows: "QuerySet[ModelT] | Iterable[ModelT]",
    *,
    fields: Iterable[str] | None = None,
    force: bool = False,
    verify: Verify = "auto",
) -> Iterator[Change[ModelT]]:
    """Bring the thumbnails of rows up to date one by one, as the result is iterated.

    It takes the arguments of `refresh_thumbnails` and raises the same errors at once. For instances, the
    names of fields are checked during the iteration. Superseded files are deleted in batches, the last of
    them at the end or when the iterator is closed.

    Returns:
        An iterator of one change for each thumbnail of each row that has a source or a thumbnail.
    """
    checked_verify(verify)
    loaded = isinstance(rows, QuerySet)
    if isinstance(rows, QuerySet):
        names = None if fields is None else [field.name for field in _chosen(rows.model, fields)]
        rows = checked_rows(rows, "rows").order_by("pk").iterator(chunk_size=_CHUNK)
    else:
        names = None if fields is None else list(fields)
    return _refreshed(rows, names, loaded=loaded, force=force, verify=verify)


def _refreshed(
    instances: Iterable[ModelT], names: list[str] | None, *, loaded: bool, force: bool, verify: str
) -> Iterator[Change[ModelT]]:
    with cleaning_up() as cleanup:
        for instance in instances:
            for group in by_source(_chosen(type(instance), names)):
                pictures = _pictures(instance, group, loaded=loaded)
                if pictures is not None:
                    pictures.look(verify)
                    pictures.render(Demand(SYNC, force))
                    pictures.write()
                    pictures.settle(cleanup)
                    yield from cast("list[Change[ModelT]]", pictures.changes)


def _pictures(instance: Model, group: Group, *, loaded: bool) -> Pictures | None:
    """Return the thumbnails of a source, None if there is neither source nor thumbnail.

    Args:
        instance: The row.
        group: Its thumbnail fields of one source.
        loaded: Whether the instance was just loaded. If not, or if columns are deferred, the row is read.
    """
    using = router.db_for_write(type(instance), instance=instance)
    row = None
    if loaded and not instance.get_deferred_fields():
        source_name = stored_name(getattr(instance, group.source.attname))
        names = {field.attname: stored_name(getattr(instance, field.attname)) for field in group.fields}
    else:
        row = rows.read(instance, group.fields, using)
        source_name, names = (row.source, dict(row.names)) if row else ("", {})
    if not source_name and not any(names.values()):
        return None
    source = Source(group.source.storage, source_name) if source_name else None
    return Pictures(instance, group.fields, source, using, row)


def _chosen(model: type[Model], names: Iterable[str] | None) -> list[ThumbnailColumn]:
    """Return the thumbnail fields of a model with these names, all of them for None."""
    fields = thumbnail_fields(model)
    return fields if names is None else named_fields(fields, names)
