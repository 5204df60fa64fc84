"""`--verify stat` over a table of fresh rows, on a storage that takes 50 ms for each call.

    python benchmarks/bench_verify.py [--quick]

It checks the table with 1 and with 8 workers, by asking for each file and by listing, and prints how long it
took. The storage keeps its files in memory, so that a server on this computer does not limit it. Nothing is
published.
"""

import argparse
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import django
from django.conf import settings
from harness import slow_storage
from harness.table import line

from advthumb.storages.adapters import register_adapter

_STORAGE = "harness.slow_storage.SlowStorage"
_WAYS = {"each file": slow_storage.LookingAdapter, "listings": slow_storage.ListingAdapter}
_WORKERS = (1, 8)
_FASTER = 5
"""How many times as fast 8 workers should be as 1, if each file is asked for."""


class Checked(NamedTuple):
    """What a check of the table took."""

    seconds: float
    calls: Mapping[str, int]


def set_up(folder: str, call_seconds: float) -> None:
    """Set Django up with an empty table."""
    settings.configure(
        SECRET_KEY="benchmarks",  # noqa: S106 - nothing is signed here
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "contenders", "advthumb"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db.sqlite3"}},
        STORAGES={"default": {"BACKEND": _STORAGE, "OPTIONS": {"call_seconds": call_seconds}}},
    )
    django.setup()
    from contenders.ours import Single
    from django.db import connection

    with connection.schema_editor() as editor:
        editor.create_model(Single)


def fill(rows: int, folder: str) -> None:
    """Insert rows whose thumbnails are an hour younger than their sources."""
    from contenders.ours import Single, fresh_names
    from django.core.files.storage import default_storage

    source = Path(folder, "source.jpg")
    source.write_bytes(b"the bytes of a picture")
    sources = [f"photos/{number:07}.jpg" for number in range(rows)]
    thumbnails = list(fresh_names(source, sources))
    Single.objects.bulk_create(
        [Single(image=name, thumbnail=made) for name, made in zip(sources, thumbnails, strict=True)],
        batch_size=1000,
    )
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    default_storage.put(source.stat().st_size, moment, sources)
    default_storage.put(100, moment + timedelta(hours=1), thumbnails)


def check(rows: int, way: str, workers: int) -> Checked:
    """Check the table with the command.

    Raises:
        AssertionError: A row was not found fresh.
    """
    from django.core.files.storage import default_storage
    from django.core.management import call_command

    register_adapter(_STORAGE, _WAYS[way])
    default_storage.calls.clear()
    out = StringIO()
    options = ("--model=contenders.Single", "--verify=stat", f"--workers={workers}", "--json")
    started = time.perf_counter()
    call_command("sync_thumbnails", *options, stdout=out)
    seconds = time.perf_counter() - started
    found = json.loads(out.getvalue())["verdicts"]
    if found["fresh"] != rows:
        msg = f"{found['fresh']} of {rows} rows are fresh"
        raise AssertionError(msg)
    return Checked(seconds, dict(default_storage.calls))


def main() -> None:
    """Check the table in each way, and print what it took."""
    options = argparse.ArgumentParser(description="Check a table on a slow storage.")
    options.add_argument("--quick", action="store_true", help="few rows")
    options.add_argument("--rows", type=int, help="how many rows (2000; 200 with --quick)")
    options.add_argument(
        "--milliseconds", type=float, default=50, help="how long a call of the storage takes"
    )
    arguments = options.parse_args()
    rows = arguments.rows or (200 if arguments.quick else 2000)
    seconds = {}
    with TemporaryDirectory() as folder:
        set_up(folder, arguments.milliseconds / 1000)
        fill(rows, folder)
        print(line(["checked by", "workers", "seconds", "rows/s", "looks", "listings"]))
        print(line(["---", *["--:"] * 5]))
        for way in _WAYS:
            for workers in _WORKERS:
                took, calls = check(rows, way, workers)
                seconds[way, workers] = took
                counts = [str(calls.get(kind, 0)) for kind in ("look", "list")]
                print(line([way, str(workers), f"{took:.2f}", f"{rows / took:,.0f}", *counts]), flush=True)
    few, many = (seconds["each file", workers] for workers in _WORKERS)
    print(f"\n8 workers are {few / many:.1f}x as fast as 1 if each file is asked for; target {_FASTER}x.")


if __name__ == "__main__":
    main()
