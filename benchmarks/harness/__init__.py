"""What every benchmark needs: pictures, processes to time, statistics, verification and results."""

from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent
CACHE = BENCHMARKS / ".cache"
"""Git-ignored: the pictures, the peers' virtual environment, scratch folders, results of partial runs."""
