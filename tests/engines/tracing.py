"""The system calls of an engine's sealed processes, traced by strace, including refused ones."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from advthumb.core.formats import ImageFormat
from advthumb.engines.isolation.seccomp import ALLOWED
from tests.children import ROOT

TRACED = """
import json, sys
import django.conf
django.conf.settings.configure()
from pathlib import Path
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.planning import plan
from advthumb.core.sniffing import sniff
from advthumb.engines.registry import engine
from advthumb.testing.contract.rendering import wanted

def outcome(path):
    data = path.read_bytes()
    try:
        info = found.probe(data, sniff(data) or ImageFormat.PNG)
        [thumbnail] = found.render(data, info, [plan(wanted(), info)])
    except ThumbnailError as error:
        return error.code if error.code != ErrorCode.ENGINE else f"{error.code}: {error.message}"
    return f"{thumbnail.size}"

found = engine(json.loads(sys.argv[1]))
print(json.dumps({path.name: outcome(path) for path in sorted(Path(sys.argv[2]).iterdir())}))
"""
"""A program that renders the files of a folder and prints the size of each thumbnail, or the error code."""

_LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)")
_STARTED = re.compile(r"clone3?\b.* = (\d+)$")
_HARMLESS = frozenset(ALLOWED) | {"access", "faccessat", "tgkill", "resuming"}
"""Calls that plain computing may make. The filter answers `access` and checks no file; `tgkill`
reaches the process itself (`test_seal`)."""
_FORMATS = "|".join(ImageFormat)
_LOOKING = re.compile(
    r'newfstatat\((?:\d+, ""|AT_FDCWD, "(?:'
    rf'(?:{_FORMATS}):(?:\[0\])?|\.\w*\[[^/"]*|/[^"]*/index\.html)")'
    r"|<\.\.\. newfstatat resumed>"
)
"""Looking at what is open, and what ImageMagick asks for in vain: files whose names we give it (formats), or
that are in its code. A call that another one interrupts is resumed in a line without its name."""


@dataclass(frozen=True)
class Trace:
    """The outcomes of some files, and the system calls of the sealed processes.

    Attributes:
        outcomes: The size of each thumbnail as text, or the code of the error, by the name of the file. An
            error of the engine has its message, too.
        processes: How many sealed processes there were.
        before: All system calls before they were sealed.
        reaching: The later system calls that go beyond computing.
    """

    outcomes: Mapping[str, str]
    processes: int
    before: list[str]
    reaching: list[str]


def traced(reference: str, files: Mapping[str, bytes], folder: Path, timeout: float = 60) -> Trace:
    """Render files, one after the other, in a sealed process of an engine; skip the test without strace.

    Args:
        reference: The engine.
        files: The files by name.
        folder: An empty folder.
        timeout: The seconds that one of them may take. Another process takes the place of one that is killed.
    """
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    log, sources = folder / "log", folder / "files"
    sources.mkdir()
    for number, data in enumerate(files.values()):
        (sources / f"{number:05}").write_bytes(data)
    options: dict[str, object] = {"workers": 1, "timeout": timeout}
    if "." in reference:
        options = {"engine": reference, "sealed": True, **options}
        reference = "advthumb.engines.isolation.IsolatedEngine"
    engine = json.dumps({"BACKEND": reference, "OPTIONS": options})
    done = subprocess.run(
        [
            "strace",
            "-f",
            "-qq",
            "-s",
            "200",
            "-o",
            str(log),
            sys.executable,
            "-c",
            TRACED,
            engine,
            str(sources),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if "ptrace" in done.stderr:
        pytest.skip("this machine does not allow tracing")
    assert done.returncode == 0, done.stderr
    outcomes = dict(zip(files, json.loads(done.stdout).values(), strict=True))
    return _parted(log, outcomes)


def _parted(log: Path, outcomes: Mapping[str, str]) -> Trace:
    """Split the calls of sealed processes, and of all that they started, at the moment of sealing.

    If a process is killed while it begins a call, strace shows it with the call of its killer. So a process
    that seems to kill itself is left out; it could reach no other one by that.
    """
    parents: dict[str, str] = {}
    sealed: set[str] = set()
    before: dict[str, list[str]] = {}
    reaching: list[str] = []
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = _LINE.match(line)
            if not found:
                continue  # a signal or an exit
            process, call = found.groups()
            if started := _STARTED.search(line.rstrip()):
                parents[started[1]] = process
            if call == "seccomp":
                sealed.add(process)
            elif sealed.isdisjoint(_line_of(process, parents)):
                before.setdefault(process, []).append(line)
            elif call not in _HARMLESS and not _LOOKING.search(line) and f" kill({process}, " not in line:
                reaching.append(line.rstrip())
    return Trace(outcomes, len(sealed), [line for each in sealed for line in before[each]], reaching)


def _line_of(process: str, parents: Mapping[str, str]) -> list[str]:
    """Return a process or thread and all its ancestors."""
    found = [process]
    while found[-1] in parents:
        found.append(parents[found[-1]])
    return found
