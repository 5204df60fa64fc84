"""Where the time is spent: in the primitives of an engine, and in a save's work on a thumbnail."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from django.db.models import Model
from django.db.models.signals import post_save

from advthumb import conf
from advthumb.engines.registry import engine
from advthumb.fields import lifecycle, saving
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.files import known
from advthumb.fields.relations import Group
from advthumb.fields.rows import KeptIfRight
from tasks import Answer, model_of, timed
from tasks.saving import have

_PRIMITIVES = ("_header", "_clean", "_decode", "_to_srgb", "_orient", "_scale", "_compose", "_encode")


def render(contender: ModuleType, source: str, sizes: list[tuple[int, int]]) -> Answer:
    """Time each primitive of the engine during one rendering of a source.

    Nothing is measured for an engine in other processes.
    """
    found = engine(conf.engines()[0])
    if not hasattr(found, "_decode"):
        return {"parts": {}}
    data, name = Path(source).read_bytes(), Path(source).name
    parts: dict[str, float] = defaultdict(float)
    for primitive in _PRIMITIVES:
        setattr(found, primitive, _timing(getattr(found, primitive), primitive.strip("_"), parts))
    try:
        whole = timed(lambda: contender.render(data, name, sizes, lossless=False))
    finally:
        for primitive in _PRIMITIVES:
            delattr(found, primitive)
    return {"parts": {**parts, "the rest": whole["seconds"] - sum(parts.values())}}


def _timing(primitive: Callable[..., Any], name: str, parts: dict[str, float]) -> Callable[..., Any]:
    def timing(*args: Any) -> Any:
        started = time.perf_counter()
        try:
            return primitive(*args)
        finally:
            parts[name] += time.perf_counter() - started

    return timing


def save(contender: ModuleType, source: str, rows: int) -> Answer:
    """Time an unrelated save, then again with each of our parts left out in turn."""
    model = model_of(contender, "Single")
    have(model, source, rows, "default")
    loaded = list(model.objects.order_by("pk")[:rows])

    def each() -> float:
        for row in loaded:
            row.title = "other"
        return float(timed(lambda: [row.save() for row in loaded])["seconds"]) / rows

    everything = each()
    with patch.object(saving, "_unchanged", _taken_for_fresh):
        without_look = each()
    with patch.object(lifecycle, "during_save", _as_it_is):
        without_guard = each()
        with _without_hooks(model):
            django = each()
    return {
        "parts": {
            "Django itself": django,
            "the hooks of a save": without_guard - django,
            "the guard against other writers": without_look - without_guard,
            "looking at names and files": everything - without_look,
        }
    }


def _taken_for_fresh(group: Group, instance: Model, _state: object) -> dict[str, KeptIfRight]:
    source = getattr(instance, group.source.attname).name
    return {field.attname: KeptIfRight(field, known(field, instance).name, source) for field in group.fields}


def _as_it_is(field: ThumbnailColumn, instance: Model, **_options: object) -> object:
    return getattr(instance, field.attname)


@contextmanager
def _without_hooks(model: type[Model]) -> Iterator[None]:
    post_save.disconnect(lifecycle.after_save, sender=model)
    try:
        with patch.object(model, "save_base", Model.save_base):
            yield
    finally:
        post_save.connect(lifecycle.after_save, sender=model)
