"""What the process of an engine asks of the kernel, by strace, which sees what is refused, too."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.children import ROOT

TRACED = """
import json, sys
import django.conf
django.conf.settings.configure()
from pathlib import Path
from advthumb.engines.registry import engine
from advthumb.testing.contract.rendering import render
found = engine({"BACKEND": sys.argv[1], "OPTIONS": {"workers": 1}})
[process] = found._pool._idle
sizes = [render(found, Path(path).read_bytes()).size for path in sys.argv[2:]]
print(json.dumps([process.pid, sizes]))
"""
"""A program that renders files by an engine of one process, and prints which, and the sizes."""

OPENING = ("open", "stat", "newfstatat", "readlink", "socket", "execve", "clone", "fork", "getdents")
"""Not `access`, which the filter answers: nothing is looked at (`test_seal`)."""


def opens(call: str) -> bool:
    """Return whether a call opens, looks for or starts something."""
    return any(f" {each}" in call for each in OPENING)


def traced(alias: str, data: bytes, folder: Path) -> tuple[list[str], list[str]]:
    """Render a file that is twice as wide as high three times; return the calls before and after the seal."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    source, log = folder / "source", folder / "log"
    source.write_bytes(data)
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", str(log), sys.executable, "-c", TRACED, alias, *[str(source)] * 3],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if "ptrace" in done.stderr:
        pytest.skip("this machine does not let processes be traced")
    assert done.returncode == 0, done.stderr
    process, sizes = json.loads(done.stdout)
    assert sizes == [[50, 25]] * 3
    calls = [line for line in log.read_text().splitlines() if line.startswith(f"{process} ")]
    [sealed] = [place for place, line in enumerate(calls) if "seccomp(" in line]
    return calls[:sealed], calls[sealed + 1 :]
