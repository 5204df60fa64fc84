"""The corpus: real files from a dozen imaging projects, with a manifest of the required results.

The files have their own licences and are not part of this repository.
"""

import csv
import os
from pathlib import Path

from tests.children import ROOT

CORPUS = Path(os.environ.get("ADVTHUMB_CORPUS", ROOT.parent / "shared" / "corpus"))
MANIFEST = CORPUS / "manifest.tsv"

Row = dict[str, str]


def rows() -> list[Row]:
    """Return the lines of the manifest; empty without a corpus."""
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


ROWS = rows()
MISSING = f"no corpus at {CORPUS}; set ADVTHUMB_CORPUS to test with one"
