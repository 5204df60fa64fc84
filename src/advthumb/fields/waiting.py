"""Thumbnails that wait for a task: how they are named in tasks, and the notes about them in the cache.

A note says that a task was enqueued and has not started. It keeps later saves of the row from enqueuing
another one, and gives the verdict `waiting`. If the cache loses it, one more task is enqueued, which finds
nothing to do. A note never excuses a thumbnail of another source.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

from django.db.models import Model

from advthumb.cache import FingerprintCache
from advthumb.core.detection import Assessment, Verdict
from advthumb.core.fingerprints import spec_tokens

from .column import ThumbnailColumn

_MAY_WAIT = frozenset({Verdict.MISSING, Verdict.SPEC_CHANGED})
"""The verdicts that a task on its way excuses: the row shows no wrong thumbnail meanwhile."""


class Waiting(NamedTuple):
    """Thumbnails of one source of one row that a task is to make.

    Attributes:
        model: The model of the row.
        key: Its primary key, as texts; see `key_texts`.
        using: The database.
        source: The name of the source, empty for none. If the row has another one when the task runs, the
            task changes nothing, because that source has a task of its own.
        fields: The thumbnail fields.
        replaced: Names of thumbnails that are to be made again although they are fresh, by field name. If
            the row has another thumbnail when the task runs, that was done before.
    """

    model: type[Model]
    key: Sequence[str]
    using: str
    source: str
    fields: Sequence[ThumbnailColumn]
    replaced: Mapping[str, str]


def waiting_of(
    instance: Model,
    using: str,
    source: str,
    fields: Sequence[ThumbnailColumn],
    replaced: Mapping[str, str] = MappingProxyType({}),
) -> Waiting:
    """Return thumbnails of the row of an instance; the arguments are the attributes of `Waiting`."""
    model = type(instance)._meta.concrete_model or type(instance)
    return Waiting(model, key_texts(model, instance.pk), using, source, fields, replaced)


def key_texts(model: type[Model], pk: Any) -> list[str]:
    """Return a primary key as texts, one for each of its columns."""
    fields: Sequence[Any] = model._meta.pk_fields
    values = pk if len(fields) > 1 else [pk]
    row: Any = SimpleNamespace(**{field.attname: value for field, value in zip(fields, values, strict=True)})
    return [field.value_to_string(row) for field in fields]


def key_lookups(model: type[Model], texts: Sequence[str]) -> dict[str, Any]:
    """Return the arguments for `filter` that find the row with this key."""
    fields: Sequence[Any] = model._meta.pk_fields
    return {field.attname: field.to_python(text) for field, text in zip(fields, texts, strict=True)}


def begin(waiting: Waiting) -> Waiting:
    """Note that a task is being enqueued; return only the fields for which none was noted before."""
    work = _work(waiting)
    return waiting._replace(fields=[field for field, cache, text in work if cache.begin_waiting(text)])


def end(waiting: Waiting) -> None:
    """Forget that a task was enqueued: it starts now, or could not be enqueued."""
    for _field, cache, text in _work(waiting):
        cache.stop_waiting(text)


def judged(
    assessment: Assessment, field: ThumbnailColumn, pk: Any, source: str, cache: FingerprintCache
) -> Assessment:
    """Return the verdict `waiting` if a task is on its way that makes the thumbnail, else the one given.

    Only thumbnails of fields in task mode are looked up, with one call to the cache.

    Args:
        assessment: The verdict on the thumbnail.
        field: Its field.
        pk: The primary key of its row.
        source: The name of its source.
        cache: The cache entries of the field.
    """
    if assessment.verdict not in _MAY_WAIT or not field.made_by_task:
        return assessment
    if not cache.is_waiting(work_of(field, pk, source)):
        return assessment
    return assessment._replace(verdict=Verdict.WAITING, reason="a task that makes it is on its way")


def work_of(field: ThumbnailColumn, pk: Any, source: str) -> str:
    """Return the text under which the cache knows that a task makes a thumbnail of a row."""
    return _text(field, key_texts(field.model, pk), source)


def _work(waiting: Waiting) -> list[tuple[ThumbnailColumn, FingerprintCache, str]]:
    """Return the fields, each with its cache entries and the text under which these know the work."""
    return [
        (field, field.fingerprint_cache(waiting.using), _text(field, waiting.key, waiting.source))
        for field in waiting.fields
    ]


def _text(field: ThumbnailColumn, key: Sequence[str], source: str) -> str:
    """Return the text under which the cache knows what a task does; another spec is other work."""
    return " ".join([min(spec_tokens(field.spec)), *key, source])
