"""One machine of a fleet, a process of its own: it makes the thumbnails of its shard, or fills the table.

    machine.py SERVICES fill ROWS PICTURE [PICTURE ...]
    machine.py SERVICES work SHARD

It prints `ready`, waits for a line, works, and prints one JSON document.
"""

import json
import os
import sys
import time
from importlib import import_module
from io import StringIO
from pathlib import Path

import django
from django.conf import settings

from fleet.services import BUCKET, Services, django_settings


def main(services: Services, task: str, *arguments: str) -> None:
    """Set Django up, say so, and do the task once a line was read."""
    settings.configure(**django_settings(services))
    django.setup()
    import_module("contenders.ours")  # its models
    print("ready", flush=True)
    sys.stdin.readline()
    if task == "fill":
        rows, *pictures = arguments
        answer = fill(int(rows), [Path(picture) for picture in pictures])
    else:
        answer = work(services, *arguments)
    print(json.dumps(answer), flush=True)


def fill(rows: int, pictures: list[Path]) -> dict[str, float]:
    """Make the bucket and the table anew: rows without thumbnails, each with a source of its own."""
    from contenders.ours import Single, Triple
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    bucket = default_storage.connection.Bucket(BUCKET)
    if Single._meta.db_table in connection.introspection.table_names():
        Single.objects.all().delete()
        bucket.objects.all().delete()
    else:
        with connection.schema_editor() as editor:
            editor.create_model(Single)
            editor.create_model(Triple)
        default_storage.connection.create_bucket(Bucket=BUCKET)
    contents = [picture.read_bytes() for picture in pictures]
    names = [
        default_storage.save(f"photos/{number:07}.jpg", ContentFile(contents[number % len(contents)]))
        for number in range(rows)
    ]
    Single.objects.bulk_create([Single(image=name) for name in names], batch_size=1000)
    return {"rows": len(names)}


def work(services: Services, shard: str) -> dict[str, float]:
    """Make the thumbnails of a shard, and return what it took."""
    from django.core.files.storage import default_storage
    from django.core.management import call_command

    from fleet.storage import calls

    default_storage.call_seconds = services.call_seconds
    out = StringIO()
    started, used = time.perf_counter(), _processor_seconds()
    call_command(
        "generate_thumbnails",
        "--model=contenders.Single",
        f"--shard={shard}",
        "--json",
        stdout=out,
    )
    took = time.perf_counter() - started
    report = json.loads(out.getvalue())
    return {
        "seconds": took,
        "processor": _processor_seconds() - used,
        "made": report["outcomes"]["made"],
        "threads": report["threads"],
        "main": report["phases"]["database"],
        "reads": calls["GET"] + calls["HEAD"],
        "writes": calls["PUT"] + calls["POST"],
    }


def _processor_seconds() -> float:
    own = os.times()
    return own.user + own.system + own.children_user + own.children_system


if __name__ == "__main__":
    main(Services(**json.loads(sys.argv[1])), *sys.argv[2:])
