"""Real workers: two processes of the backend ADVTHUMB_WORKER_BACKEND, one of which is killed.

It takes a minute or more, so `nox --session workers` runs it. ADVTHUMB_WORKER_ROWS says how many pictures are
uploaded; without it these tests are skipped. For Celery and RQ, a Redis server is started. The rows are in
SQLite, or in a database of their own beside the one that ADVTHUMB_TEST_DATABASE_URL names.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from .worker_backends import BACKEND

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("ADVTHUMB_WORKER_ROWS", "0"))
PATIENCE = 600
"""Seconds, on a machine that does other things as well."""

pytestmark = pytest.mark.skipif(not ROWS, reason="ADVTHUMB_WORKER_ROWS is not set; nox has a session for it")


class Site:
    """A site in a folder, whose processes are those of its users.

    Args:
        folder: Where its files and cache are, and its database if that is SQLite.
        database: The URL of its database, empty for SQLite.
        redis: The URL of its Redis server, empty for none.
    """

    def __init__(self, folder: Path, database: str, redis: str) -> None:
        self._environment = {
            **os.environ,
            "ADVTHUMB_SITE": str(folder),
            "ADVTHUMB_TEST_DATABASE_URL": database,
            "ADVTHUMB_WORKER_REDIS": redis,
            "DJANGO_SETTINGS_MODULE": "tests.background.worker_settings",
        }
        self._folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []

    def try_to_run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", *words]
        environment = self._environment | environment
        return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    def run(self, *words: str) -> str:
        done = self.try_to_run(*words)
        assert not done.returncode, done.stderr
        return done.stdout

    def manage(self, *words: str) -> str:
        return self.run("django", *words)

    def report(self) -> dict[str, dict[str, int]]:
        return json.loads(self.run("tests.background.site", "report"))

    def start_worker(self) -> None:
        number = len(self.workers)
        # Celery wants a different name for each worker of a machine.
        name = ["--hostname", f"{number}@site"] if "celery" in BACKEND.worker else []
        with (self._folder / f"worker{number}.log").open("wb") as log:
            line = [sys.executable, "-m", *BACKEND.worker, *name]
            worker = subprocess.Popen(line, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        self.workers.append(worker)

    def wait_until(self, done) -> dict[str, dict[str, int]]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = self.report()
            if done(found):
                return found
            assert any(worker.poll() is None for worker in self.workers), f"no worker runs: {self.logs()}"
        raise AssertionError(f"the workers did not finish: {found} {self.logs()}")

    def logs(self) -> str:
        return "\n".join(path.read_text()[-2000:] for path in sorted(self._folder.glob("worker*.log")))


def kill(worker: subprocess.Popen[bytes]) -> None:
    """End a worker and all of its processes at once, as the loss of its machine does."""
    processes = [worker.pid, *descendants(worker.pid)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    for process in reversed(processes):
        os.kill(process, signal.SIGKILL)
    worker.wait()


def descendants(process: int) -> Iterator[int]:
    """Return the processes that a process started, and those that these started."""
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        yield int(child)
        yield from descendants(int(child))


@pytest.fixture
def redis_url(tmp_path) -> Iterator[str]:
    """Start a Redis server if the backend needs one, and return its URL."""
    if not BACKEND.redis:
        yield ""
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL) as server:
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@pytest.fixture
def database_url() -> Iterator[str]:
    """Return the URL of an empty database, or nothing for SQLite."""
    server = os.environ.get("ADVTHUMB_TEST_DATABASE_URL", "")
    if not server:
        yield ""
        return
    name = f"advthumb_workers_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # that of a killed worker may still be open


@pytest.fixture
def site(tmp_path, database_url, redis_url) -> Iterator[Site]:
    site = Site(tmp_path, database_url, redis_url)
    (tmp_path / "media" / "thumbnails").mkdir(parents=True)
    site.manage("migrate", "--run-syncdb", "--verbosity", "0")
    yield site
    for worker in site.workers:
        if worker.poll() is None:
            kill(worker)


def test_a_killed_worker_costs_at_most_what_its_backend_loses_which_the_command_makes(site):
    start_work(site)
    kill(site.workers[0])
    site.start_worker()  # As a service manager does.
    finish_work(site)
    # Without the option, a task that was lost before it started counts as waiting for an hour.
    site.manage("sync_thumbnails", "--clear-cache", "--no-progress", "--workers", "1")
    found = site.report()
    assert found["verdicts"] == {"fresh": ROWS}
    site.manage("prune_thumbnails", "--older-than", "0s", "--delete")
    assert site.report()["unused"] == []


@pytest.mark.skipif("celery" not in BACKEND.worker, reason="only Celery has a pool of processes")
def test_celery_runs_the_task_of_a_killed_process_again(site):
    start_work(site)
    for process in descendants(site.workers[0].pid):
        os.kill(process, signal.SIGKILL)
    finish_work(site)
    assert site.workers[0].poll() is None


def test_a_priority_that_the_backend_cannot_have_is_an_error_of_the_check(site):
    assert site.try_to_run("django", "check").returncode == 0
    done = site.try_to_run("django", "check", ADVTHUMB_WORKER_PRIORITY="10")
    found = re.findall(r"\((advthumb.E\d+)\) (.*)", done.stderr)
    refused = ("advthumb.E011", "No task can be enqueued for thumbnails: 'priority' must be 0")
    named = [(code, message.partition(",")[0]) for code, message in found]
    assert named == ([] if BACKEND.priorities else [refused])


def start_work(site: Site) -> None:
    """Upload pictures, and return when two workers have made a few thumbnails."""
    site.run("tests.background.site", "create", str(ROWS))
    found = site.report()
    assert (found["verdicts"], found["unused"]) == ({"missing": ROWS}, [])
    assert sum(found["tasks"].values()) == (0 if BACKEND.redis else ROWS)
    site.start_worker()
    site.start_worker()
    found = site.wait_until(lambda found: found["verdicts"].get("fresh", 0) >= ROWS // 6)
    assert found["verdicts"].get("missing", 0) > ROWS // 20, "too few pictures to kill a worker amid its work"


def finish_work(site: Site) -> None:
    """Wait until all is made but what the killed worker may lose. Tasks in the database tell more."""
    lost = BACKEND.lost

    def is_done(found) -> bool:
        missing, tasks = found["verdicts"].get("missing", 0), found["tasks"]
        return missing <= lost and not tasks.get("READY") and tasks.get("RUNNING", 0) <= lost

    site.wait_until(is_done)
