"""The measurements as values, and as JSON with the machine, the versions and the commit."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import BENCHMARKS, CACHE, ROOT
from harness.environments import versions
from harness.measuring import Figure

_PUBLISHED = BENCHMARKS / "results"
_PARTIAL = CACHE / "results"


@dataclass(frozen=True, slots=True)
class Claim:
    """One of our targets, and whether it is met.

    Attributes:
        who: Whose target it is: an engine, or all.
        target: What is wanted: `>= 3.0x`.
        measured: The measured value, in the same unit.
        met: Whether it meets the target.
    """

    who: str
    target: str
    measured: str
    met: bool


def at_least(who: str, wanted: float, seen: float, unit: str) -> Claim:
    """Return the claim that a value is not below the target."""
    return Claim(who, f">= {wanted:g}{unit}", f"{seen:.3g}{unit}", seen >= wanted)


def at_most(who: str, wanted: float, seen: float, unit: str) -> Claim:
    """Return the claim that a value is not above the target."""
    return Claim(who, f"<= {wanted:g}{unit}", f"{seen:.3g}{unit}", seen <= wanted)


@dataclass(slots=True)
class Row:
    """One kind of work, and the results of all contenders.

    Attributes:
        work: What was done.
        unit: The unit of the figures.
        figures: The figures by the name of the contender.
        remarks: Notes on a contender here: decibels, or its mistakes.
        claims: The targets.
    """

    work: str
    unit: str
    figures: dict[str, Figure] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)


Progress = Callable[[Row], None]
"""Receives each row as soon as it is measured."""


def circumstances() -> dict[str, Any]:
    """Return date, commit, machine and versions."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed_since": bool(_git("status", "--porcelain", "--", "src")),
        "machine": _machine(),
        "versions": versions(),
    }


def _machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text("utf-8").splitlines() if line.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    return {"cpu": cpu, "cores": os.cpu_count(), "system": platform.platform(aliased=True, terse=True)}


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@dataclass(slots=True)
class Report:
    """All rows of one benchmark.

    Attributes:
        name: The name of the benchmark: one of `command.NAMES`.
        complete: Whether nothing was left out or shortened by an option.
        rows: In the order they were measured.
        absent: The contenders that did not take part, with the reason.
        facts: Date, commit, machine and versions.
    """

    name: str
    complete: bool
    rows: list[Row] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=circumstances)

    def write(self) -> Path:
        """Write the report as JSON, and return its path: only complete reports are published."""
        folder = _PUBLISHED if self.complete else _PARTIAL
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")
        return path


def published(names: Iterable[str]) -> list[Report]:
    """Return the published reports, in the order of their names."""
    paths = [_PUBLISHED / f"{name}.json" for name in names]
    return [_read(path) for path in paths if path.exists()]


def _read(path: Path) -> Report:
    content = json.loads(path.read_text("utf-8"))
    rows = [
        Row(
            row["work"],
            row["unit"],
            {name: Figure(**one) for name, one in row["figures"].items()},
            row["remarks"],
            [Claim(**claim) for claim in row["claims"]],
        )
        for row in content.pop("rows")
    ]
    return Report(rows=rows, **content)
