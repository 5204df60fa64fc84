"""A Django project in its own folder, run by `manage.py` in separate processes."""

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

from PIL import Image

from tests.conftest import picture

SETTINGS = """
    import os
    from pathlib import Path

    BASE = Path(__file__).parent
    SECRET_KEY = "tests only"
    INSTALLED_APPS = [{installed!r}, "myapp"]
    DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "db.sqlite3"}}}}
    CACHES = {{"default": {{"BACKEND": os.environ.get(
        "TEST_CACHE", "django.core.cache.backends.locmem.LocMemCache"
    )}}}}
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    MEDIA_ROOT = BASE / "media"
    MEDIA_URL = "/media/"
    USE_TZ = True
"""

MANAGE = """
    import os
    import sys

    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    execute_from_command_line(sys.argv)
"""

ROOT = Path(__file__).parents[2]


class Project:
    """A project with one app, `myapp`, on SQLite and files on disk.

    Args:
        folder: The folder of the project.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.media = folder / "media"

    @classmethod
    def make(cls, folder: Path, models: str, installed: str = "advthumb") -> "Project":
        """Create a project with these models; `installed` is advthumb's name in INSTALLED_APPS."""
        project = cls(folder)
        project.write("settings.py", SETTINGS.format(installed=installed))
        project.write("manage.py", MANAGE)
        project.write("myapp/__init__.py", "")
        project.write("myapp/models.py", models)
        return project

    def write(self, name: str, text: str) -> None:
        """Write a module from a text that is indented as in the test."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    def popen(self, line: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command line such as `python manage.py check`, with warnings as errors."""
        program, *arguments = shlex.split(line, comments=True)
        assert program == "python"
        search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return subprocess.Popen(
            [sys.executable, "-W", "error", *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": search, "DJANGO_SETTINGS_MODULE": "settings"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command line to its end."""
        with self.popen(line, **environment) as running:
            out, err = running.communicate()
        return subprocess.CompletedProcess(running.args, running.returncode, out, err)

    def run(self, line: str, **environment: str) -> str:
        """Run a command line that must succeed, and return what it printed."""
        done = self.start(line, **environment)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def outcomes(self, line: str, **environment: str) -> dict[str, int]:
        """Run a command that must succeed, and return its outcomes without zeros."""
        counts = json.loads(self.run(f"{line} --json", **environment))["outcomes"]
        return {outcome: count for outcome, count in counts.items() if count}

    def migrate(self) -> None:
        """Make and apply migrations for the models, as the guide says."""
        self.run("python manage.py makemigrations myapp")
        self.run("python manage.py migrate")

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run SQL without Django."""
        connection = sqlite3.connect(self.folder / "db.sqlite3")
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def store(self, name: str, colour: str = "red", size: tuple[int, int] = (600, 400)) -> str:
        """Put a picture into the media folder and return its name there."""
        path = self.media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(colour, size, "PNG" if path.suffix == ".png" else "JPEG"))
        return name

    def size(self, name: str) -> tuple[int, int]:
        """Return the width and height of a stored picture."""
        with Image.open(self.media / name) as image:
            return image.size

    def copy(self, folder: Path) -> "Project":
        """Return the same project in another folder, with its rows and files."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Project(folder)

    def files(self, folder: str) -> list[str]:
        """Return the names of the files below a folder of the media folder."""
        paths = (self.media / folder).rglob("*")
        return sorted(path.relative_to(self.media).as_posix() for path in paths if path.is_file())

    def column(self, table: str, name: str) -> list[str]:
        """Return the values of a column in order."""
        return [value for (value,) in self.sql(f"SELECT {name} FROM {table} ORDER BY {name}")]


def lines(text: str) -> Iterable[str]:
    """Return the lines of a shell example without comments."""
    return [line for line in dedent(text).splitlines() if line and not line.startswith("#")]
