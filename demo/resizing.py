"""What happens in production when a size changes: the site restarts, and two commands update thumbnails.

Every command is a new process with the new size in its environment, so it has nothing in memory.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from expectations import FIELDS
from gallery.models import Photo

_MANAGE = Path(__file__).parent / "manage.py"


def environment(side: int) -> dict[str, str]:
    """Return the environment of a process that starts after thumbnails got this side."""
    return os.environ | {"GALLERY_THUMBNAIL_SIZE": str(side)}


def change_size(side: int, broken: str) -> list[str]:
    """Update thumbnails to a new size with two commands, and return complaints about the result.

    Args:
        side: The new side of the box of `Photo.thumbnail`.
        broken: The title of the only photo that can have no thumbnails; `generate_thumbnails` should fail
            on it and on nothing else.
    """
    complaints = []
    before = _names()
    if _manage(side, "regenerate_thumbnails", "--dry-run") != 0:
        complaints.append("The dry run failed.")
    if _names() != before:
        complaints.append("The dry run has touched rows.")

    print(f"\nAs expected, the next command fails for {broken}, does all the others, and exits with 1.")
    if _manage(side, "generate_thumbnails") != 1:
        complaints.append("generate_thumbnails has not said by exit code 1 that a picture is broken.")
    if _names() != before:
        complaints.append("generate_thumbnails has made what was not missing.")

    if _manage(side, "regenerate_thumbnails") != 0:
        complaints.append("regenerate_thumbnails failed.")
    after = _names()
    for title, names in before.items():
        changed = [field for field, old, new in zip(FIELDS, names, after[title], strict=True) if old != new]
        if changed != ([] if title == broken else ["thumbnail"]):
            complaints.append(f"{title}: {changed} changed, where only the thumbnail of another size should.")
    return complaints + _complaints_about_second_run(side, broken)


def _complaints_about_second_run(side: int, broken: str) -> list[str]:
    """Run both commands again, and return complaints if they found anything to do."""
    complaints = []
    print(f"\nOnce more: nothing is left to do, and as expected {broken} still fails.")
    for command, expected in (("generate_thumbnails", {broken}), ("regenerate_thumbnails", set())):
        print(f"\n$ python manage.py {command} --json", flush=True)
        report = json.loads(_capture(side, command, "--json"))
        outcomes = {outcome: count for outcome, count in report["outcomes"].items() if count}
        print(f"{report['scanned']} rows,", ", ".join(f"{count} {word}" for word, count in outcomes.items()))
        failed = {Path(row["source"]).name for row in report["rows"]}
        if failed != expected or outcomes.get("made"):
            complaints.append(f"{command} has found work in its second run: {report}")
    return complaints


def _manage(side: int, *arguments: str) -> int:
    """Run a management command with visible output, and return its exit code."""
    print(f"\n$ python manage.py {' '.join(arguments)}", flush=True)
    return subprocess.run(
        [sys.executable, _MANAGE, *arguments], env=environment(side), check=False
    ).returncode


def _capture(side: int, *arguments: str) -> str:
    """Run a management command and return what it printed."""
    return subprocess.run(
        [sys.executable, _MANAGE, *arguments],
        env=environment(side),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the JSON document lists failures too
        text=True,
    ).stdout


def _names() -> dict[str, tuple[str, ...]]:
    """Return the names of the thumbnails of every photo, by its title."""
    return {title: names for title, *names in Photo.objects.values_list("title", *FIELDS)}
