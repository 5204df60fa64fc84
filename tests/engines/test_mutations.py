"""Damaged real files: whichever bytes change, the result is a thumbnail or a clean refusal.

By default each small file of the corpus is damaged twice, and one child process per engine renders them all.
`ADVTHUMB_MUTATIONS=20` is the long run: that many mutations for each file, with a separate child process.
A failure found here becomes a named test in the clause that it breaks. `damage` counts how many of the
thumbnails are garbage.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from advthumb.testing.contract.watch import Watched

from .corpus import CORPUS, MISSING
from .damage import FILES, mutated

SHORT = 2
MUTATIONS = int(os.environ.get("ADVTHUMB_MUTATIONS", SHORT))

pytestmark = pytest.mark.skipif(not FILES, reason=MISSING)


@pytest.fixture
def child(watched: Watched, reference: str) -> Iterator[Watched]:
    """Return a child process with the engine: the one of all tests, or in the long run one for each file."""
    if MUTATIONS <= SHORT:
        yield watched
        return
    with Watched(reference) as alone:
        yield alone


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_rendered_or_refused(child: Watched, file: str, tmp_path: Path) -> None:
    """Clauses 9, 10 and 16; `Watched` checks signals, time, memory and isolation."""
    data = (CORPUS / file).read_bytes()
    for number in range(MUTATIONS):
        child.picture_or_refusal(tmp_path / f"{number}-{file}", mutated(data, f"{file} {number}"))
