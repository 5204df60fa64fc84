"""Where the time goes: the primitives of an engine, and what a save does about a thumbnail."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from django.db.models.signals import post_save, pre_save

from advthumb import conf
from advthumb.engines.registry import engine
from advthumb.fields import lifecycle, thumbnail
from tasks import Answer, model_of, timed
from tasks.saving import have

_PRIMITIVES = ("_probe", "_decode", "_orient", "_to_srgb", "_scale", "_compose", "_encode")


def render(contender: ModuleType, source: str, sizes: list[tuple[int, int]]) -> Answer:
    """Time each primitive of the engine during one rendering of a source.

    Nothing is told of an engine in other processes.
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


def _as_it_is(field: Any, row: Any, **_options: Any) -> Any:
    return getattr(row, field.attname)


def _timing(primitive: Callable[..., Any], name: str, parts: dict[str, float]) -> Callable[..., Any]:
    def timing(*args: Any) -> Any:
        started = time.perf_counter()
        try:
            return primitive(*args)
        finally:
            parts[name] += time.perf_counter() - started

    return timing


def save(contender: ModuleType, source: str, rows: int) -> Answer:
    """Time an unrelated save, and again with one after the other of our parts left out."""
    model = model_of(contender, "Single")
    have(model, source, rows, "default")
    loaded = list(model.objects.order_by("pk")[:rows])

    def each() -> float:
        for row in loaded:
            row.title = "other"
        return float(timed(lambda: [row.save() for row in loaded])["seconds"]) / rows

    everything = each()
    with patch.object(
        thumbnail, "value_to_write", lambda field, row, **_options: getattr(row, field.attname)
    ):
        without_value = each()
        with patch.object(lifecycle, "during_save", lambda *_args, **_options: None):
            without_look = each()
            with _without_signals(model):
                django = each()
    return {
        "parts": {
            "Django itself": django,
            "two signals": without_look - django,
            "looking at names and files": without_value - without_look,
            "the guard against other writers": everything - without_value,
        }
    }


@contextmanager
def _without_signals(model: type) -> Iterator[None]:
    pairs = ((pre_save, lifecycle.before_save), (post_save, lifecycle.after_save))
    for signal, receiver in pairs:
        signal.disconnect(receiver, sender=model)
    try:
        yield
    finally:
        for signal, receiver in pairs:
            signal.connect(receiver, sender=model)
