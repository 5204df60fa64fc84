"""Real workers: two `db_worker` processes of django-tasks-db, one of which is killed.

It takes a minute or more, so `nox --session workers` runs it. ADVTHUMB_WORKER_ROWS says how many pictures are
uploaded; without it these tests are skipped.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("ADVTHUMB_WORKER_ROWS", "0"))
PATIENCE = 600
"""Seconds, on a machine that does other things as well."""

pytestmark = pytest.mark.skipif(not ROWS, reason="ADVTHUMB_WORKER_ROWS is not set; nox has a session for it")


class Site:
    """A site in a folder, whose processes are those of its users.

    Args:
        folder: Where its database, files and cache are.
    """

    def __init__(self, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "ADVTHUMB_SITE": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.background.worker_settings",
        }
        self.workers: list[subprocess.Popen[bytes]] = []

    def run(self, *words: str) -> str:
        line = [sys.executable, "-m", *words]
        done = subprocess.run(
            line, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stderr
        return done.stdout

    def manage(self, *words: str) -> str:
        return self.run("django", *words)

    def report(self) -> dict[str, dict[str, int]]:
        return json.loads(self.run("tests.background.site", "report"))

    def start_worker(self) -> None:
        line = [sys.executable, "-m", "django", "db_worker", "--interval", "0.1", "--no-startup-delay"]
        self.workers.append(
            subprocess.Popen(
                line,
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def wait_until(self, done) -> dict[str, dict[str, int]]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = self.report()
            if done(found):
                return found
            assert any(worker.poll() is None for worker in self.workers), "no worker runs"
        raise AssertionError(f"the workers did not finish: {found}")


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    site = Site(tmp_path)
    (tmp_path / "media" / "thumbnails").mkdir(parents=True)
    site.manage("migrate", "--run-syncdb", "--verbosity", "0")
    yield site
    for worker in site.workers:
        worker.kill()
        worker.wait()


def test_a_killed_worker_costs_at_most_one_thumbnail_which_the_command_makes(site):
    site.run("tests.background.site", "create", str(ROWS))
    assert site.report() == {"verdicts": {"missing": ROWS}, "unused": [], "tasks": {"READY": ROWS}}
    site.start_worker()
    site.start_worker()
    site.wait_until(lambda found: found["verdicts"].get("fresh", 0) >= ROWS // 6)
    site.workers[0].send_signal(signal.SIGKILL)
    found = site.wait_until(lambda found: not found["tasks"].get("READY") and not waits(site, found))
    assert found["verdicts"].get("missing", 0) <= 1
    assert found["tasks"].get("RUNNING", 0) <= 1
    site.manage("sync_thumbnails", "--no-progress", "--workers", "1")
    found = site.report()
    assert found["verdicts"] == {"fresh": ROWS}
    site.manage("prune_thumbnails", "--older-than", "0s", "--delete")
    assert site.report()["unused"] == []


def waits(site: Site, found) -> bool:
    """Return whether the other worker may still be at work."""
    return found["tasks"].get("RUNNING", 0) > 1 or found["verdicts"].get("missing", 0) > 1
