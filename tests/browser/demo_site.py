"""The demo as its user has it: served by its own `manage.py` in another process."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

DEMO = Path(__file__).parents[2] / "demo"
ROWS = Path(__file__).with_name("demo_rows.py")


@dataclass(frozen=True)
class DemoSite:
    """The demo that is served.

    Attributes:
        url: Its front page, without the last slash.
        media: The folder of its uploads and thumbnails.
    """

    url: str
    media: Path

    def files(self) -> set[str]:
        """Return the names of all uploads and thumbnails."""
        return {path.name for path in self.media.rglob("*") if path.is_file()}


@contextmanager
def serve_demo(folder: Path) -> Iterator[DemoSite]:
    """Make a site of the demo in a folder, with a few rows, and serve it on a free port.

    What the processes print is in `demo.log` in the folder.
    """
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "project.settings",  # pytest set that of the test project
        "GALLERY_SITE": str(folder),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(DEMO), os.environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
    }
    subprocess.run([sys.executable, ROWS], env=environment, check=True)
    command = [sys.executable, DEMO / "manage.py", "runserver", "--noreload", "127.0.0.1:0"]
    with (
        (folder / "demo.log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            yield DemoSite(_url(server.stdout), folder / "media")
        finally:
            server.terminate()
            server.communicate()


def _url(lines: IO[str]) -> str:
    """Wait until the server says where it listens, and return that."""
    printed = ""
    for line in lines:
        if found := re.search(r"at (http://[\d.:]+)/", line):
            return found[1]
        printed += line
    msg = f"the demo did not start; it said {printed!r}, see also demo.log"
    raise AssertionError(msg)
