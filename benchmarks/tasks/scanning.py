"""Large tables that are up to date: the cost of a command that finds nothing to do."""

import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from itertools import islice, tee
from pathlib import Path
from types import ModuleType

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from harness.memory import peak_memory

from tasks import Answer, model_of, timed

_CHUNK = 1000
_LATER = 3600
"""How many seconds after its source a thumbnail was made."""


def seed(contender: ModuleType, source: str, rows: int, *, files: bool) -> Answer:
    """Write rows whose thumbnails are fresh by their names and, on request, the files that they name."""
    table = model_of(contender, "Single")._meta.db_table
    insert = f"INSERT INTO {table} (title, image, thumbnail) VALUES ('', %s, %s)"  # noqa: S608 - our own
    pairs = _pairs(contender, source, rows)
    while chunk := list(islice(pairs, _CHUNK)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(insert, chunk)
        if files:
            sources, thumbnails = (
                [Path(default_storage.path(name)) for name in names] for names in zip(*chunk, strict=True)
            )
            _place(source, sources)
            _place(source, thumbnails)
            later = time.time() + _LATER  # linking to a file counts as changing it for the system
            os.utime(thumbnails[0], (later, later))
    return {}


def scan(contender: ModuleType, command: str, options: list[str]) -> Answer:
    """Time a command that has nothing to do, and measure how much the process grows."""
    output = io.StringIO()
    before = peak_memory()
    answer = timed(lambda: call_command(command, *options, stdout=output))
    answer["growth"] = peak_memory() - before
    if "--json" in options:
        answer["outcomes"] = json.loads(output.getvalue())["outcomes"]
    return answer


def _pairs(contender: ModuleType, source: str, rows: int) -> Iterator[tuple[str, str]]:
    names, same_names = tee(f"photos/{number:07}.jpg" for number in range(rows))
    return zip(names, contender.fresh_names(Path(source), same_names), strict=True)


def _place(source: str, paths: list[Path]) -> None:
    """Store the same content under these names: one copy, and links to it, whose number is limited."""
    first, *others = paths
    for folder in {path.parent for path in paths}:
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, first)
    for other in others:
        os.link(first, other)
