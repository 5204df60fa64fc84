"""The shared parts of all benchmarks: pictures, timed processes, statistics, verification and results."""

from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent
CACHE = BENCHMARKS / ".cache"
"""Ignored by Git: pictures, the peers' virtual environment, scratch folders, results of partial runs."""
