"""Whole tables of stored photos that have no thumbnails yet."""

import os
from pathlib import Path
from types import ModuleType

from django.core.files.storage import default_storage
from django.core.management import get_commands, load_command_class

from tasks import Answer, model_of, start_afresh, timed


def fill(
    contender: ModuleType, kind: str, sources: list[str], rows: int, options: tuple[str, ...] = ()
) -> Answer:
    """Time the thumbnails of that many rows, whose sources are used in turn."""
    model = model_of(contender, kind)
    start_afresh()
    names = [f"photos/{number:04}-{Path(source).name}" for number, source in _take(sources, rows)]
    for (_, source), name in zip(_take(sources, rows), names, strict=True):
        os.link(source, default_storage.path(name))
    model.objects.bulk_create([model(image=name) for name in names])
    answer = timed(lambda: contender.fill(model, options))
    answer["made"] = [
        (sources[place], [default_storage.path(name) for name in contender.stored(row)])
        for place, row in enumerate(model.objects.order_by("pk")[: len(sources)])
    ]
    return answer


def takes_part(contender: ModuleType, kind: str) -> Answer:
    """Return whether a contender has a model of that kind."""
    return {"takes_part": model_of(contender, kind) is not None}


def accepts(contender: ModuleType, option: str) -> Answer:
    """Return whether our command has an option."""
    command = load_command_class(get_commands()["generate_thumbnails"], "generate_thumbnails")
    return {"accepts": option in command.create_parser("", "").format_help()}


def _take(sources: list[str], rows: int) -> list[tuple[int, str]]:
    return [(number, sources[number % len(sources)]) for number in range(rows)]
