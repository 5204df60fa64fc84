"""The processes of a site: a web server and workers, which all end with the program that started them."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from project.notes import NAME
from project.worker_settings import QUEUE

_MANAGE = Path(__file__).parent / "manage.py"
_STARTING, _ENDING = 120, 30
"""Seconds that a process may take for it."""


class Process(NamedTuple):
    """A process that was started.

    Attributes:
        name: What it is called.
        running: The process.
        log: The file that has what it prints.
    """

    name: str
    running: "subprocess.Popen[bytes]"
    log: Path


class EndedError(Exception):
    """A process ended by itself; the message has the end of its log."""


@contextmanager
def site(address: str, workers: int) -> Iterator[list[Process]]:
    """Start a web server and workers; end all of them on leaving, also after Ctrl-C.

    Args:
        address: Host and port of the web server.
        workers: How many workers there are.

    Raises:
        EndedError: A process did not start.
    """
    processes: list[Process] = []
    worker = ("db_worker", "--queue-name", QUEUE, "--interval", "0.1", "--no-reload")
    try:
        processes.append(_started("web", "runserver", "--noreload", address))
        processes += [_started(f"worker-{number + 1}", *worker) for number in range(workers)]
        _await_answer(address, processes)
        yield processes
    finally:
        _end(processes)


def check_all_run(processes: list[Process]) -> None:
    """Raise an error if a process has ended.

    Raises:
        EndedError: One has.
    """
    for process in processes:
        if process.running.poll() is not None:
            end = process.log.read_text("utf-8", "replace")[-1000:]
            raise EndedError(f"{process.name} ended with {process.running.returncode}:\n{end}")


def _started(name: str, *arguments: str) -> Process:
    log = settings.SITE / f"{name}.log"
    with log.open("wb") as file:
        running = subprocess.Popen(
            [sys.executable, _MANAGE, *arguments],
            env=os.environ | {NAME: name},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            # The terminal would send Ctrl-C to them as well, and a second signal ends a worker amid a task.
            start_new_session=True,
        )
    return Process(name, running, log)


def _await_answer(address: str, processes: list[Process]) -> None:
    """Wait until the web server answers."""
    until = time.monotonic() + _STARTING
    while True:
        check_all_run(processes)
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except OSError:
            if time.monotonic() > until:
                raise EndedError(f"no web server answers at {address}") from None
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()


def _end(processes: list[Process]) -> None:
    """Let workers finish their task, and kill what does not end in time."""
    for process in processes:
        process.running.terminate()
    until = time.monotonic() + _ENDING
    for process in processes:
        try:
            process.running.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.running.kill()
            process.running.wait()
