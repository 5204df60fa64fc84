"""Rows to work on, and a check of which ones a command processed."""

import re
import shlex
from typing import Any

from tests.testapp.models import Photo

from .commands import REGENERATE, Done, run

PHOTOS = ("--model", "testapp.Photo")
FORCED = (REGENERATE, *PHOTOS, "--force")


def made_by(*line: str, model: Any = Photo) -> tuple[list[Any], Done]:
    """Run a command and return the keys of the rows that got other thumbnails."""
    before = dict(model._base_manager.values_list("pk", "thumbnail"))
    done = run(*line)
    assert done.code in {0, 130}, done.err
    after = dict(model._base_manager.order_by("pk").values_list("pk", "thumbnail"))
    return [pk for pk, name in after.items() if name != before[pk]], done


def printed(done: Done) -> list[str]:
    """Return the arguments of the command that the output says to continue with."""
    python, manage, *line = shlex.split(re.search(r"Continue with: (.+)", done.out)[1])
    assert (python, manage) == ("python", "manage.py")
    return line
