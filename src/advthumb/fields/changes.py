"""One thumbnail of one row: what is wrong with it, and what is made and kept instead.

`judge` gives the verdict, `act` makes what is due and says what the row should hold, and
`put_on_instance` gives it to the instance. None of them writes the row.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db.models import Model
from django.db.models.fields.files import FieldFile

from advthumb.core.detection import Assessment, Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.core.fingerprints import failure_record
from advthumb.core.names import valid_name
from advthumb.generation import (
    PhaseHook,
    Source,
    StoredThumbnail,
    generate,
    in_processes,
    is_lasting,
    unobserved,
)

from .column import ThumbnailColumn
from .files import ThumbnailFieldFile, is_committed, name_at_first, stored_name
from .provisional import hold, is_withdrawn
from .state import Change, Finding, state_of

logger = logging.getLogger("advthumb")


def known_names(field: ThumbnailColumn, instance: Model) -> tuple[str, str]:
    """Return what the row has, as far as the instance knows, and the instance's own name.

    They differ where another value was assigned, and where the row's is superseded: that counts
    as none. So does a file that went with a rollback. A file assigned by hand is set aside: the
    thumbnail is made from the source.
    """
    value = getattr(instance, field.attname)
    old = state_of(instance).loaded.get(field.attname, name_at_first(value))
    current = stored_name(value) if is_committed(value) or not value else valid_name(old)
    return old, "" if is_withdrawn(current) else current


def now_in_row(field: ThumbnailColumn, instance: Model) -> None:
    """Note that the row has the instance's own name from now on."""
    state_of(instance).loaded.pop(field.attname, None)
    value = instance.__dict__.get(field.attname)
    if isinstance(value, ThumbnailFieldFile):
        value.name_at_first = value.name or ""


def source_of(file: FieldFile, upload: Source | None = None) -> Source | None:
    """Return a row's source, the upload itself where that was just stored; None for no source."""
    if not file.name:
        return None
    return upload if upload is not None and upload.name == file.name else Source(file.storage, file.name)


def judge(
    field: ThumbnailColumn,
    instance: Model,
    source: Source | None,
    thumbnail_name: str,
    verify: str,
    using: str,
) -> Assessment:
    """Return the verdict on one thumbnail of a row, looking as closely as `verify` says."""
    kept = instance.__dict__.get(field.fingerprint_field) if field.fingerprint_field else ""
    return field.inspector(field.memory(using), verify).assess(source, thumbnail_name, kept or "")


def newly_assigned(current: str) -> Assessment:
    """Return the verdict on a thumbnail whose source was just assigned."""
    verdict = Verdict.SOURCE_CHANGED if current else Verdict.MISSING
    return Assessment(verdict, "a new source was assigned")


def act(
    instance: Model,
    source: Source | None,
    findings: Sequence[Finding],
    due: Callable[[Finding], bool],
    *,
    using: str,
    during: PhaseHook = unobserved,
    processes: int | None = None,
) -> list[Change]:
    """Make what is due of one source, with one decode, and say what the row should hold.

    Stores files and remembers failures; writes no row.
    """
    wanted = [finding for finding in findings if source is not None and due(finding)]
    outcomes: dict[str, StoredThumbnail | ThumbnailError] = {}
    if source is not None and wanted:
        targets = [finding.field.target(instance, finding.taken) for finding in wanted]
        if processes:
            targets = [in_processes(target, processes) for target in targets]
        made = generate(source, targets, during)
        outcomes = {finding.field.name: one for finding, one in zip(wanted, made, strict=True)}
    return [
        _change(instance, source, finding, outcomes.get(finding.field.name), due, using)
        for finding in findings
    ]


def _change(
    instance: Model,
    source: Source | None,
    finding: Finding,
    outcome: StoredThumbnail | ThumbnailError | None,
    due: Callable[[Finding], bool],
    using: str,
) -> Change:
    field = finding.field
    kept = Change(instance, field, finding.assessment, old=finding.old, new=finding.current)
    if isinstance(outcome, StoredThumbnail):
        hold(field, instance, outcome.name, using)
        record = str(outcome.fingerprint)
        if not outcome.named and not field.fingerprint_field:
            field.memory(using).set_record(outcome.name, record)
        return replace(kept, new=outcome.name, stored=outcome, record=record)
    if isinstance(outcome, ThumbnailError) and source is not None:
        return _failed(kept, source, outcome, using)
    if finding.assessment.verdict is Verdict.ORPHANED and due(finding):
        return replace(kept, new="", record="")
    return kept


def _failed(kept: Change, source: Source, error: ThumbnailError, using: str) -> Change:
    """Keep a thumbnail that is still of this source; no other may stay."""
    field = kept.field
    logger.error(
        "No thumbnail for %s of %s(pk=%r) from %r: %s",
        field,
        type(kept.instance).__name__,
        kept.instance.pk,
        source.name,
        error,
        exc_info=None if is_lasting(error) else error,
    )
    gone = kept.assessment.verdict in {Verdict.SOURCE_CHANGED, Verdict.LOST}
    new = "" if gone else kept.new
    if not is_lasting(error) or new:
        return replace(kept, new=new, error=error, record="" if gone else None)
    record = failure_record(field.spec, source.facts())
    if not field.fingerprint_field:
        field.memory(using).set_record(source.name, record)
    return replace(kept, new=new, error=error, record=record)


def put_on_instance(change: Change) -> None:
    """Give the instance the name and the record that its row should hold."""
    instance, field = change.instance, change.field
    value = instance.__dict__.get(field.attname)
    uncommitted = isinstance(value, FieldFile) and not is_committed(value)
    if stored_name(value) != change.new or uncommitted:
        setattr(instance, field.attname, change.new or None)
    if field.fingerprint_field and change.record is not None:
        setattr(instance, field.fingerprint_field, change.record)


def companions(field: ThumbnailColumn) -> list[str]:
    """Return the names of the columns that are written together with a thumbnail's."""
    names = (field.fingerprint_field, field.width_field, field.height_field)
    return [name for name in names if name is not None]
