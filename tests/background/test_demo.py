"""`dev.py demo --workers`, run as its user runs it, in a copy of its folder."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture(autouse=True)
def _ctrl_c_reaches_what_is_started():
    """Processes that a shell starts in the background ignore Ctrl-C, and so do those that they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the demo on a free port; it works in the folder that it is in."""
    shutil.copytree(DEMO, tmp_path / "demo", ignore=shutil.ignore_patterns(".work", "__pycache__"))
    started = []

    def start(*arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        line = [sys.executable, "demo/run.py", "--workers", "--port", str(port), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(line, cwd=tmp_path, env={**os.environ}, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.communicate()


def read_until(demo, what):
    for line in demo.stdout:
        if what in line:
            return
    raise AssertionError(demo.stderr.read())


def children(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def runs(pid):
    return Path(f"/proc/{pid}").exists()


def test_two_workers_make_what_was_uploaded(start):
    demo = start("--uploads", "12")
    out, errors = demo.communicate()
    assert (demo.returncode, errors) == (0, ""), out
    made = dict(re.findall(r"^(\S+) +\d+ +(\d+) ", out, re.MULTILINE))
    assert list(made) == ["web", "worker-1", "worker-2"]
    assert made["web"] == "0"
    assert int(made["worker-1"]) + int(made["worker-2"]) == 36
    assert "36 of 36 thumbnails are fresh" in out
    assert "0 unused files" in out


@pytest.mark.parametrize(
    ("sent", "arguments", "reached"),
    [
        (signal.SIGINT, ["--uploads", "9999"], "Uploading"),
        (signal.SIGTERM, ["--uploads", "1", "--serve"], "Admin"),
    ],
    ids=["Ctrl-C amid uploads", "SIGTERM amid serving"],
)
def test_its_end_is_the_end_of_all_its_processes(start, sent, arguments, reached):
    demo = start(*arguments)
    read_until(demo, reached)
    others = children(demo)
    assert len(others) == 3
    demo.send_signal(sent)
    out, errors = demo.communicate()
    assert (demo.returncode, errors) == (128 + sent, ""), out
    assert [pid for pid in others if runs(pid)] == []


ENDS_SLOWLY = """
import time
try:
    print("running", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    print("ended", flush=True)
"""


def test_dev_waits_after_ctrl_c_until_what_it_runs_has_ended():
    """`subprocess.run` kills it after a quarter of a second, and then nobody ends the workers."""
    script = f"import dev, sys; dev.run([sys.executable, '-c', {ENDS_SLOWLY!r}])"
    line = [sys.executable, "-c", script]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(line, cwd=DEMO.parent, start_new_session=True, **pipes) as process:
        assert process.stdout.readline() == "running\n"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.communicate()[0] == "ended\n"
