"""One row whose thumbnails are brought in step outside of a save, and many such rows.

The row is written by one conditional update that never puts a thumbnail beside a source it was
not made of. (Inside a save, `lifecycle` puts the same changes on the instance that is being
written anyway.)
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import DatabaseError, router
from django.db.models import Model, Q, QuerySet

from advthumb import conf
from advthumb.core.detection import Verdict
from advthumb.core.names import file_behind
from advthumb.generation import PhaseHook, Source, unobserved

from .changes import (
    act,
    companions,
    judge,
    known_names,
    newly_assigned,
    now_in_row,
    put_on_instance,
    source_of,
)
from .column import ThumbnailColumn
from .relations import by_source, thumbnail_fields
from .rows import Row, named
from .settling import discard, gathering, settle
from .state import Change, Finding

DUE = frozenset(
    {
        Verdict.MISSING,
        Verdict.LOST,
        Verdict.SOURCE_CHANGED,
        Verdict.SPEC_CHANGED,
        Verdict.UNKNOWN,
        Verdict.ORPHANED,
    }
)
"""The verdicts that something can be done about."""

DUE_ON_SAVE = DUE - {Verdict.UNKNOWN}
"""What a save acts upon: what nothing is known of stays, or every save would make it anew."""

_ATTEMPTS = 3
"""How often a row is written again after another process changed its thumbnail in between."""


def refresh(
    instance: Model,
    fields: Sequence[ThumbnailColumn],
    *,
    using: str,
    due: Collection[Verdict] = DUE,
    force: bool = False,
    verify: str = conf.AUTO,
    upload: Source | None = None,
) -> list[Change]:
    """Bring thumbnails of one source of one row in step, and write the row where they changed.

    Args:
        instance: The row; its attributes are brought in step too.
        fields: Thumbnail fields of this row that have the same source.
        using: The database to write to.
        due: The verdicts to do something about.
        force: Make every thumbnail, whatever the verdict.
        verify: How closely to look: `auto`, `name`, `stat` or `content`.
        upload: The source, if it was just assigned; then it counts as changed.

    Returns:
        One change per field, also for what was left as it was.
    """
    changes = make(instance, fields, using=using, due=due, force=force, verify=verify, upload=upload)
    return keep(instance, changes, using)


def make(
    instance: Model,
    fields: Sequence[ThumbnailColumn],
    *,
    using: str,
    due: Collection[Verdict] = DUE,
    force: bool = False,
    verify: str = conf.AUTO,
    upload: Source | None = None,
    during: PhaseHook = unobserved,
    processes: int | None = None,
) -> list[Change]:
    """Do the part of `refresh` that asks no database: look, render and store. The rest is `keep`.

    Any thread may do it; `during` is asked for a context for every phase. With `processes`, engines
    render in so many processes of their own.
    """
    source_field = fields[0].source_field
    source = source_of(getattr(instance, source_field.attname), upload)
    findings = []
    for field in fields:
        old, current = known_names(field, instance)
        if upload is not None:
            assessment = newly_assigned(current)
        else:
            assessment = judge(field, instance, source, current, verify, using)
        findings.append(Finding(field, old, current, file_behind(old), assessment))
    return act(
        instance,
        source,
        findings,
        lambda finding: force or finding.assessment.verdict in due,
        using=using,
        during=during,
        processes=processes,
    )


def keep(instance: Model, changes: list[Change], using: str) -> list[Change]:
    """Do the part of `refresh` that is the database's: write the row, and settle after the commit.

    Returns:
        The changes as they came to be.

    Raises:
        DatabaseError: The row could not be written; what was made for it is deleted again.
    """
    source = getattr(instance, changes[0].field.source_field.attname)
    changes = write(instance, source.name or "", changes, using)
    for change in changes:
        now_in_row(change.field, instance)
        settle(change, using)
    return changes


def write(instance: Model, source_name: str, changes: list[Change], using: str) -> list[Change]:
    """Write the changes of a row, unless it got another source or went away in the meantime.

    One UPDATE that matches the source and the old thumbnails. Where it meets no row, either the
    row moved on, and our files are deleted again, or another process made the same thumbnails:
    then theirs are superseded by ours.

    Returns:
        The changes as they came to be.

    Raises:
        DatabaseError: The row could not be written; what was made for it is deleted again.
    """
    written = {}
    for model in {change.field.model for change in changes}:
        own = [change for change in changes if change.field.model is model and change.writes]
        try:
            for change in _write_table(instance, source_name, own, using) if own else []:
                written[change.field.name] = change
        except DatabaseError:
            for change in own:
                _taken_back(change, using)
            raise
    return [written.get(change.field.name, change) for change in changes]


def _write_table(instance: Model, source_name: str, changes: list[Change], using: str) -> list[Change]:
    for change in changes:
        put_on_instance(change)
    values: dict[str, Any] = {}
    for change in changes:
        values[change.field.attname] = change.new
        values |= {name: getattr(instance, name) for name in companions(change.field)}
    row = Row.of(changes[0].field, instance, source_name, using)
    with row.steady():
        for _ in range(_ATTEMPTS):
            as_known = Q()
            for change in changes:
                as_known &= named(change.field.attname, change.old)
            if row.found.filter(as_known).update(**values):
                return changes
            names = row.found.values_list(*(change.field.attname for change in changes)).first()
            if names is None:
                break
            changes = [replace(change, old=name or "") for change, name in zip(changes, names, strict=True)]
    return [_taken_back(change, using) for change in changes]


def write_companions(change: Change, names: Sequence[str], using: str) -> None:
    """Write columns that belong to a thumbnail whose own column is written already."""
    model = change.field.model
    row = model._base_manager.using(using).filter(
        named(change.field.attname, change.new),
        pk=getattr(change.instance, model._meta.pk.attname),
    )
    row.update(**{name: getattr(change.instance, name) for name in names})


def _taken_back(change: Change, using: str) -> Change:
    """Take back what was made for a row that is gone or has another source now."""
    if change.stored is not None:
        discard(change.field, {change.stored.name}, using)
    kept = replace(change, new=change.old, stored=None, error=None, record=None)
    put_on_instance(kept)
    return kept


def refresh_thumbnails(
    queryset: "QuerySet[Any]",
    *,
    fields: Iterable[str] | None = None,
    force: bool = False,
    verify: str = conf.AUTO,
) -> Iterator[Change]:
    """Bring the thumbnails of many rows in step, after writes that Django's `save` did not see.

    `QuerySet.update()`, `bulk_update()`, `bulk_create()` of stored names and raw SQL change
    sources behind the field's back; hand the rows to this function afterwards. Rows are streamed
    by primary key. It is a generator: go through it, or nothing happens.

    Args:
        queryset: The rows.
        fields: Names of the thumbnail fields; all of the model by default.
        force: Make every thumbnail, also fresh ones.
        verify: How closely to look: `auto`, `name`, `stat` or `content`.

    Yields:
        One change for each thumbnail of each row that has a source or a thumbnail.
    """
    wanted = None if fields is None else set(fields)
    groups = by_source(
        [field for field in thumbnail_fields(queryset.model) if wanted is None or field.name in wanted]
    )
    with gathering():
        for instance in queryset.order_by("pk").iterator(chunk_size=500):
            using = router.db_for_write(queryset.model, instance=instance)
            for group in groups:
                columns = (group[0].source_field, *group)
                if any(getattr(instance, column.attname) for column in columns):
                    yield from refresh(instance, group, using=using, force=force, verify=verify)
