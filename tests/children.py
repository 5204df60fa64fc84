"""Processes that tests start: each sets up Django itself, with the test database and a media folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from django.db import connection

ROOT = Path(__file__).parents[1]
FILES_ON_DISK = "django.core.files.storage.FileSystemStorage"
LAGGING_FILES = "tests.testapp.storages.LaggingStorage"


def start(*arguments: str, media: Path, storage: str = FILES_ON_DISK, **environment: str) -> subprocess.Popen:
    """Start Python with these arguments, with pipes for its input and output."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.child_settings",
            "ADVTHUMB_CHILD_DATABASE": connection.settings_dict["NAME"],
            "ADVTHUMB_CHILD_MEDIA": str(media),
            "ADVTHUMB_CHILD_STORAGE": storage,
        }
        | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


class Writer:
    """A process that changes rows on request (see `tests.writer`)."""

    def __init__(self, media: Path, **options: str) -> None:
        self._process = start("-m", "tests.writer", media=media, **options)

    def tell(self, do: str, **order: Any) -> None:
        """Send an order; the process starts on it at once, and this method does not wait for it."""
        print(json.dumps({"do": do, **order}), file=self._process.stdin, flush=True)

    def answer(self) -> Any:
        """Wait until the order is carried out and return its result."""
        line = self._process.stdout.readline()
        assert line, f"the writer ended with {self._process.wait()}"
        return json.loads(line)

    def ask(self, do: str, **order: Any) -> Any:
        """Send an order and wait for its result."""
        self.tell(do, **order)
        return self.answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.communicate()
        assert self._process.returncode == 0
