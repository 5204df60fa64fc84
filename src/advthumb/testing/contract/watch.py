"""Render hostile files in a child process, and check that it does not crash, hang or use much memory."""

import json
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from advthumb.conf import EngineReference
from advthumb.core.errors import ErrorCode

from .child import GIVEN_BACK

CHILD = "advthumb.testing.contract.child"
SECONDS = 60
"""A child that has not answered after this time hangs, even on a busy machine."""
GROWTH = 250 * 2**20
BLAMING = frozenset({ErrorCode.CORRUPT, ErrorCode.TOO_LARGE, ErrorCode.UNSUPPORTED})


@dataclass(frozen=True)
class Outcome:
    """The outcome for one file: a size and a format, or an error code and a message.

    Attributes:
        seconds: The CPU time that it took.
        growth: How much the memory in use grew, in bytes.
    """

    seconds: float
    growth: int
    display: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    format: str = ""
    code: str = ""
    message: str = ""
    caused: bool = False
    events: list[str] = field(default_factory=list)


class Watched:
    """One child process with one engine; each call renders a file in it.

    Use it as a context manager. The calling test fails if a file crashes the child, blocks it for `SECONDS`,
    makes it grow by more than `GROWTH`, or makes it open files or start programs. After a crash or a block,
    the next file gets a new child.
    """

    def __init__(self, reference: EngineReference) -> None:
        self.reference = reference

    def __enter__(self) -> Self:
        """Start the child and wait until it is warm."""
        self._start()
        return self

    def _start(self) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - `_stop` closes it
        self._child = subprocess.Popen(
            # A warning that is shown opens the source file that it refers to.
            [sys.executable, "-W", "ignore", "-m", CHILD, json.dumps(self.reference)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | GIVEN_BACK,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )
        if self._answer(SECONDS) != "ready\n":
            pytest.fail(f"the child did not start: {self._complaints()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child, whatever it is doing."""
        self._stop()

    def _stop(self) -> None:
        self._child.kill()
        self._child.communicate()
        self._stderr.close()

    def __call__(self, path: Path) -> Outcome:
        """Render one file and check its cost."""
        if self._child.poll() is not None:
            self._stop()
            self._start()
        assert self._child.stdin is not None
        self._child.stdin.write(f"{path}\n")
        self._child.stdin.flush()
        line = self._answer(SECONDS)
        if not line:
            self._child.kill()
            self._child.wait()
            pytest.fail(f"{path.name} hung or killed the engine {self.reference!r}: {self._complaints()}")
        outcome = Outcome(**json.loads(line))
        assert outcome.growth <= GROWTH, f"{path.name} took {outcome.growth >> 20} MB"
        assert not outcome.events, f"{path.name} made the engine reach out: {outcome.events}"
        return outcome

    def picture_or_refusal(self, path: Path, data: bytes) -> None:
        """Render damaged bytes; fail unless there is a thumbnail, or an error that blames the file."""
        path.write_bytes(data)
        outcome = self(path)
        assert outcome.size or outcome.code in BLAMING, f"{path.name}: {outcome.message} [{outcome.code}]"

    def _answer(self, seconds: float) -> str:
        """Return the next line of the child, empty if it has ended or is too slow."""
        assert self._child.stdout is not None
        ready, _, _ = select.select([self._child.stdout], [], [], seconds)
        return self._child.stdout.readline() if ready else ""

    def _complaints(self) -> str:
        self._stderr.seek(0)
        return f"exit code {self._child.poll()}, {self._stderr.read()[-500:].decode(errors='replace')}"
