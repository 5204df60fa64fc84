"""The contenders' processes, controlled from the main process."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from contenders import Contender

from harness import BENCHMARKS, CACHE, ROOT
from harness.environments import OUR_PYTHON, PEERS_PYTHON

T = TypeVar("T")

ONE_THREAD = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1", "MAGICK_THREAD_LIMIT": "1"}
"""The environment in which no imaging library uses more than one thread for one picture."""


class WorkerError(Exception):
    """A contender could not be set up or failed at a task; the message says why in one line."""


class Worker:
    """A process with Django set up for one contender.

    Args:
        contender: The contender it works for.
        environment: Additional environment variables.

    Raises:
        WorkerError: The contender is not available here.
    """

    def __init__(self, contender: Contender, environment: Mapping[str, str] | None = None) -> None:
        self.contender = contender
        self._environment = environment or {}
        self._start()

    def _start(self) -> None:
        # Next to the pictures, so that they can be linked instead of copied.
        self._folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=CACHE))
        self._errors = (self._folder / "stderr.txt").open("w+", encoding="utf-8")
        set_up = {
            "module": self.contender.module,
            "folder": str(self._folder / "site"),
            "apps": self.contender.apps,
            "settings": self.contender.settings,
        }
        environment = {**os.environ, **self._environment}
        place = BENCHMARKS
        if self.contender.checkout:
            place = Path(self.contender.checkout) / "benchmarks"
            environment["PYTHONPATH"] = str(place.parent / "src")  # before installed packages
        self._process = subprocess.Popen(
            [OUR_PYTHON if self.contender.at_home else PEERS_PYTHON, "worker.py", json.dumps(set_up)],
            cwd=place,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        try:
            self._answer()
        except WorkerError:
            self.close()
            raise

    def ask(self, task: str, **arguments: Any) -> dict[str, Any]:
        """Run a task and return its answer.

        Args:
            task: `module.function` in the package `tasks`.
            arguments: The arguments of the function.

        Raises:
            WorkerError: It raised; the process has ended.
        """
        request = self._process.stdin
        if request is not None and self._process.poll() is None:
            request.write(json.dumps([task, arguments]) + "\n")
            request.flush()
        return self._answer()

    def restart(self) -> None:
        """Start again after a failure, with an empty database."""
        self.close()
        self._start()

    def close(self) -> None:
        """End the process and remove everything it has written."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()
        self._errors.close()
        shutil.rmtree(self._folder)

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._errors.seek(0)
        said = [line.strip() for line in self._errors if line.strip()]
        reason = said[-1] if said else "it ended without a word"
        raise WorkerError(reason.replace(f"{ROOT}/", ""))


@contextmanager
def hired(
    contenders: Iterable[Contender], absent: dict[str, str], environment: Mapping[str, str] | None = None
) -> Iterator[dict[str, Worker]]:
    """Provide a worker for each available contender, by name; note the others in `absent`."""
    workers: dict[str, Worker] = {}
    try:
        for contender in contenders:
            try:
                workers[contender.name] = Worker(contender, environment)
            except WorkerError as reason:
                absent[contender.name] = str(reason)
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def first_answers(
    workers: Mapping[str, Worker], absent: dict[str, str], what: str, attempt: Callable[[Worker], T]
) -> dict[str, T]:
    """Return the result of a first attempt, by name; a contender that fails is noted and starts again."""
    answers = {}
    for name, worker in workers.items():
        try:
            answers[name] = attempt(worker)
        except WorkerError as reason:
            absent[f"{name}, {what}"] = str(reason)
            worker.restart()
    return answers
