"""Notes which process makes which thumbnails, for the table of `dev.py demo --workers`."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from advthumb.observing import Observation

NAME = "GALLERY_PROCESS"
"""The variable of the environment that says what a process is called."""

_FOLDER = settings.SITE / "notes"


class Work(NamedTuple):
    """What one process did.

    Attributes:
        process: Its name.
        pid: Its process id.
        thumbnails: How many thumbnails it stored.
        bytes: The length of these files together.
        seconds: How long it read, rendered and stored.
    """

    process: str
    pid: int
    thumbnails: int
    bytes: int
    seconds: float


class Notes:
    """The observer: adds a line to the file of its process after each phase of the work."""

    def __init__(self) -> None:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        self._path = _FOLDER / f"{os.environ.get(NAME, 'other')}.{os.getpid()}"

    def __call__(self, observation: Observation) -> None:
        """Note one phase."""
        stored = observation.phase == "store" and not observation.error
        with self._path.open("a", encoding="utf-8") as file:
            line = json.dumps([int(stored), observation.bytes if stored else 0, observation.seconds])
            file.write(f"{line}\n")


def noted() -> Iterator[Work]:
    """Return what each process that made thumbnails did."""
    for path in sorted(_FOLDER.glob("*")):
        yield _work(path)


def _work(path: Path) -> Work:
    name, _, pid = path.name.rpartition(".")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    stored, written, seconds = (sum(column) for column in zip(*lines, strict=True))
    return Work(name, int(pid), stored, written, seconds)
