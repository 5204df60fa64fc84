"""The statistics on damaged files: their figures in the docs, and how a thumbnail is judged."""

import json

import numpy as np
import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.engines import registry
from advthumb.engines.isolation.processes import EndedError
from advthumb.testing.contract.rendering import render, wanted
from tests import pictures

from .damage import GARBAGE_LEVELS, PAGE, RECORD, Fate, fate, mutated, page, seen

GREY = pictures.encode(np.full((60, 80, 3), 128, np.uint8), "PNG")


@pytest.fixture(scope="module")
def pillow():
    return registry.engine("pillow")


def test_the_page_in_the_docs_matches_the_recorded_run() -> None:
    record = json.loads(RECORD.read_text("utf-8"))
    assert PAGE.read_text("utf-8") == page(record), "run python -m tests.engines.damage"


def test_each_seed_gives_its_own_reproducible_damage() -> None:
    data = pictures.encode(pictures.photo_pixels(160, 120), "JPEG")
    damaged = [mutated(data, str(number)) for number in range(20)]
    assert damaged == [mutated(data, str(number)) for number in range(20)]
    assert len({data, *damaged}) == 21


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((60, 80, 3), 128 + GARBAGE_LEVELS, np.uint8), Fate.SAME),
        (np.full((60, 80, 3), 128 + GARBAGE_LEVELS + 1, np.uint8), Fate.GARBAGE),
        (np.full((80, 60, 3), 128, np.uint8), Fate.GARBAGE),
        (np.full((60, 80, 4), (128, 128, 128, 0), np.uint8), Fate.GARBAGE),
    ],
    ids=["a little lighter", "lighter", "another size", "transparent"],
)
def test_a_thumbnail_is_compared_with_the_one_from_the_undamaged_file(pillow, pixels, expected) -> None:
    whole = seen(render(pillow, GREY, wanted(100, 100)))
    assert fate(pillow, pictures.encode(pixels, "PNG"), whole) is expected


@pytest.mark.parametrize(
    ("code", "cause", "expected"),
    [
        (ErrorCode.CORRUPT, None, Fate.CORRUPT),
        (ErrorCode.TOO_LARGE, MemoryError(), Fate.TOO_LARGE),
        (ErrorCode.CORRUPT, EndedError(-11), Fate.FAILED),
        (ErrorCode.ENGINE, ValueError(), Fate.FAILED),
    ],
    ids=["refused", "too large", "crashed", "broken"],
)
def test_a_crash_does_not_count_as_a_refusal(monkeypatch, pillow, code, cause, expected) -> None:
    def fail(*_args: object) -> None:
        raise ThumbnailError("no", code) from cause

    monkeypatch.setattr(pillow, "_make", fail)
    assert fate(pillow, GREY, np.zeros((1, 1, 3), np.uint8)) is expected


def test_a_file_that_is_no_longer_a_picture_is_refused(pillow) -> None:
    assert fate(pillow, b"nothing", np.zeros((1, 1, 3), np.uint8)) is Fate.UNSUPPORTED
