"""One contender's process: answers requests, one JSON document per line, on its standard streams.

Started by `harness.workers` with the Python of the contender's environment. Any error
ends it with a traceback, whose last line is the reason that results show.
"""

import json
import os
import sys
from importlib import import_module

from harness.memory import peak_memory
from harness.project import set_up


def main(module: str, folder: str, apps: list[str], settings: dict[str, object]) -> None:
    """Set up Django, then answer requests until the input ends.

    Args:
        module: The contender's module.
        folder: The folder for its database and media.
        apps: What it adds to INSTALLED_APPS.
        settings: What it adds to the settings.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # output of libraries is not an answer
    contender = set_up(module, folder, apps, settings)
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        task, arguments = json.loads(line)
        home, function = task.split(".")
        answer = getattr(import_module(f"tasks.{home}"), function)(contender, **arguments)
        print(json.dumps({**answer, "peak": peak_memory()}), file=answers)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
