"""A soak test: several processes write the same rows at random while storage fails; then all is checked.

    ADVTHUMB_TEST_DATABASE_URL=postgresql://... python -m tests.soak --seconds 180 --seed 1 --processes 4

Needs PostgreSQL, where it creates and removes a separate database. Prints what was done, the injected
faults and the violations of the rules; exits with 1 if there are any violations.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.db.models import Model  # noqa: E402

from advthumb.fields.relations import thumbnail_fields  # noqa: E402
from tests.children import start  # noqa: E402
from tests.conftest import upload  # noqa: E402
from tests.invariants import named, stored, violations  # noqa: E402
from tests.testapp.models import Gallery, Photo, Responsive, Restaurant  # noqa: E402

FAULTY_FILES = "tests.testapp.storages.FaultyStorage"
MODELS = (Photo, Gallery, Restaurant, Responsive)
ROWS_AT_FIRST = 30
DEAD_HEATS = 0.02
"""The share of operations that may leave an unused file, because two writers read the row at once (R5)."""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def all_rows() -> list[Model]:
    """Return all rows that the writers write."""
    return [row for model in MODELS for row in model.objects.order_by("pk")]


def write(media: Path, seconds: float, seed: int, processes: int) -> tuple[int, set[str]]:
    """Run the writers and print what they did.

    Returns:
        The number of operations, and the files that faults left behind.
    """
    writers = [
        start(
            "-m",
            "tests.soak_writer",
            *("--seconds", str(seconds), "--seed", f"{seed}.{number}"),
            media=media,
            storage=FAULTY_FILES,
        )
        for number in range(processes)
    ]
    totals: dict[str, Counter[str]] = {}
    left: set[str] = set()
    for writer in writers:
        out, _ = writer.communicate()
        if writer.returncode:
            sys.exit(f"A writer ended with {writer.returncode}.")
        told = json.loads(out)
        left.update(told["left"])
        for what, counts in told["counts"].items():
            totals.setdefault(what, Counter()).update(counts)
    for what, total in totals.items():
        words = ", ".join(f"{count} {name}" for name, count in sorted(total.items()))
        say(f"{sum(total.values())} {what}: {words or 'none'}")
    return sum(totals["operations"].values()), left


def command(name: str, *arguments: str) -> Any:
    """Run a command that must succeed, and return its JSON."""
    out = StringIO()
    models = [word for model in MODELS for word in ("--model", model._meta.label)]
    call_command(name, *arguments, *models, "--json", stdout=out)
    return json.loads(out.getvalue())


def wrong(media: Path, left: set[str], heats: float) -> list[str]:
    """Return a sentence for each violation, row by row, then between rows and files.

    Args:
        media: The folder of the files.
        left: The files that faults left behind.
        heats: How many other files may be unused, because two writers met.
    """
    found = violations(all_rows(), media)
    missing = [row for row in all_rows() if row.image and not named([row])]
    say(f"{len(all_rows())} rows, of which {len(missing)} lack a thumbnail after a fault or a race")

    command("generate_thumbnails")
    command("regenerate_thumbnails")
    for row in all_rows():
        if row.image and not all(getattr(row, field.attname) for field in thumbnail_fields(type(row))):
            found.append(f"{row!r} was not repaired by the commands")
    found += violations(all_rows(), media)

    litter = stored(media) - named(all_rows())
    unexplained = litter - left
    say(f"{len(stored(media))} files, of which faults left {len(litter & left)} unused")
    say(f"and writers that met at a row left {len(unexplained)} unused")
    if len(unexplained) > heats:
        found += [f"{name} is unused, and no fault left it behind" for name in unexplained]
    pruned = set(command("prune_thumbnails", "--older-than", "0s", "--delete", "--yes")["files"])
    found += [f"prune_thumbnails did not find {name}" for name in litter - pruned]
    found += [f"prune_thumbnails took {name}, which is in use" for name in pruned - litter]
    found += [f"{name} is still stored" for name in stored(media) - named(all_rows())]
    return found + violations(all_rows(), media)


def soak(seconds: float, seed: int, processes: int) -> int:
    """Run everything on a separate database and return the number of violations."""
    del connections.databases["other"]
    connection.settings_dict["TEST"]["NAME"] = f"test_advthumb_soak_{os.getpid()}"
    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings.MEDIA_ROOT = folder
            for number in range(ROWS_AT_FIRST):
                MODELS[number % len(MODELS)].objects.create(image=upload(f"{number}.jpg"))
            started = time.monotonic()
            operations, left = write(Path(folder), seconds, seed, processes)
            found = wrong(Path(folder), left, operations * DEAD_HEATS)
            say(f"{processes} processes, seed {seed}, {time.monotonic() - started:.0f} s in all")
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)
    say(f"{len(found)} violations")
    for sentence in found:
        say(f"  {sentence}")
    return len(found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=4)
    chosen = parser.parse_args()
    if connection.vendor != "postgresql":
        sys.exit("ADVTHUMB_TEST_DATABASE_URL names no PostgreSQL database.")
    sys.exit(soak(chosen.seconds, chosen.seed, chosen.processes) > 0)
