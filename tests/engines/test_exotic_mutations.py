"""Damaged files of `EXOTIC_FORMATS`: the result is a thumbnail or a clean refusal.

`ADVTHUMB_MUTATIONS=200` damages each file that often, for a longer run.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode
from advthumb.testing.contract.watch import Watched
from tests.pictures.exotic import Made, made

from .conftest import had
from .damage import mutated

MUTATIONS = int(os.environ.get("ADVTHUMB_MUTATIONS", "20"))
ENGINES = ["imagemagick", "pillow"]
FILES = {(file.format, file.data[:64]): file for file in made()}
ONE_OF_EACH = {(file.format, len(file.data) >> 11): file for file in FILES.values()}
"""Most files of about the same length would test the same."""


@pytest.fixture(scope="module", params=ENGINES)
def child(request: pytest.FixtureRequest) -> Iterator[Watched]:
    had(request.param)
    with Watched(request.param) as watched:
        yield watched


@pytest.mark.parametrize("file", ONE_OF_EACH.values(), ids=lambda file: file.name)
def test_a_damaged_file_is_rendered_or_refused(child: Watched, file: Made, tmp_path: Path) -> None:
    """Clauses 9, 10 and 16; `Watched` checks signals, time, memory and isolation."""
    for number in range(MUTATIONS):
        path = tmp_path / f"{number}.{file.format.lower()}"
        child.picture_or_refusal(path, mutated(file.data, f"{file.name} {number}"))


SIDES: Mapping[str, tuple[int, str]] = {
    "PSD of RGB of 8 bits, packed": (14, ">II"),
    "PSB of RGB of 8 bits, packed": (14, ">II"),
    "codestream of RGB": (8, ">II"),
    "TGA of RGB of 24 bits, packed": (12, "<HH"),
    "DDS of DXT5": (12, "<II"),
    "PCX of RGB": (8, "<HH"),
    "XCF of RGB, runs": (14, ">II"),
    "icon of BGRA": (6 + 2 * 16 + 82 + 4, "<ii"),
}
"""The offset of the sides in the header of a file."""


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield files that claim to be huge, each with the name of the file it is made from."""
    for file in made():
        if file.name in SIDES:
            at, layout = SIDES[file.name]
            bomb = bytearray(file.data)
            struct.pack_into(layout, bomb, at, 30_000, 30_000)
            yield file.name, bytes(bomb)


@pytest.mark.parametrize("name", SIDES)
def test_a_file_that_claims_to_be_huge_is_refused_before_it_is_decoded(
    child: Watched, name: str, tmp_path: Path
) -> None:
    """Clause 10."""
    path = tmp_path / "bomb"
    path.write_bytes(dict(bombs())[name])
    outcome = child(path)
    assert outcome.code in {ErrorCode.TOO_LARGE, ErrorCode.UNSUPPORTED, ErrorCode.CORRUPT}, outcome
    assert not outcome.caused  # the message does not come from a decoder
    assert outcome.seconds < 1
