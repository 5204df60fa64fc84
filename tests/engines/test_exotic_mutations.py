"""Damaged files of `EXOTIC_FORMATS`: a thumbnail comes out, or one clean refusal.

`ADVTHUMB_MUTATIONS=200` is a longer run, for each file.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode
from tests.pictures.exotic import Made, made

from .conftest import had
from .test_mutations import mutated
from .watch import Watched

MUTATIONS = int(os.environ.get("ADVTHUMB_MUTATIONS", "20"))
ENGINES = ["imagemagick", "pillow"]
FILES = {(file.format, file.data[:64]): file for file in made()}
ONE_OF_EACH = {(file.format, len(file.data) >> 11): file for file in FILES.values()}
"""Of files that have about the same length most say the same."""


@pytest.fixture(scope="module", params=ENGINES)
def child(request: pytest.FixtureRequest) -> Iterator[Watched]:
    had(request.param)
    with Watched(request.param) as watched:
        yield watched


@pytest.mark.parametrize("file", ONE_OF_EACH.values(), ids=lambda file: file.name)
def test_a_damaged_file_is_a_picture_or_refused(child: Watched, file: Made, tmp_path: Path) -> None:
    """Clauses 9, 10 and 16; `Watched` sees to signals, time, memory and isolation."""
    for number in range(MUTATIONS):
        path = tmp_path / f"{number}.{file.format.lower()}"
        path.write_bytes(mutated(file.data, f"{file.name} {number}"))
        outcome = child(path)
        assert outcome.size or outcome.code in {
            ErrorCode.CORRUPT,
            ErrorCode.TOO_LARGE,
            ErrorCode.UNSUPPORTED,
        }, f"{path.name}: {outcome.message} [{outcome.code}]"
