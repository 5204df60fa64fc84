"""The comparison with other packages: its tables are written only from published answers."""

import json
import sys
from copy import deepcopy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def comparison():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from harness import comparison
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return comparison


@pytest.fixture
def answered(comparison):
    return json.loads(comparison.RESULTS.read_text())


@pytest.mark.parametrize(
    ("page", "what", "rows"),
    [("docs/comparison.md", "comparison", "ROWS"), ("README.md", "short comparison", "_SHORT")],
)
def test_the_tables_in_the_docs_match_the_published_answers(comparison, answered, page, what, rows):
    text = (ROOT / page).read_text()
    table = comparison.table(answered, getattr(comparison, rows))
    assert table in text
    assert comparison.with_table(text, what, table) == text


def test_all_six_peers_answered_in_the_versions_of_the_benchmarks(answered):
    environments = (ROOT / "benchmarks" / "harness" / "environments.py").read_text()
    versions = answered["facts"]["versions"]
    peers = ["sorl-thumbnail", "easy-thumbnails", "django-imagekit", "django-stdimage"]
    for name in (*peers, "django-versatileimagefield", "django-pictures"):
        assert f'"{name}=={versions[name]}"' in environments
    assert len(answered["answers"]) == 8


def test_our_own_claims_have_published_answers(comparison, answered):
    ours = answered["answers"]["advthumb"]
    assert ours["page"] == {place: {"queries": 0, "storage": {}} for place in ("restarted", "again")}
    assert comparison.upright(ours) == "all 8"
    assert comparison.replaced(ours) == comparison.deleted(ours) == "deleted"


WORSE = [
    ("upright", ["pictures", "orientation-3.jpg", "flaws"], ["not upright"], "7 of 8"),
    ("upright", ["pictures", "orientation-3.jpg"], {"save": "OSError"}, "7 of 8"),
    ("wide_gamut", ["pictures", "display-p3.jpg", "flaws"], ["wrong colours"], "wrong colours"),
    ("deep", ["pictures", "sample-16-bit.png", "means"], [254, 254, 254], "wrong: mean 254, not 127"),
    ("no_picture", ["pictures", "sample-text.jpg", "save"], "OSError", "the save raises OSError"),
    ("no_picture", ["pictures", "sample-text.jpg", "page"], "OSError", "the page raises OSError"),
    ("no_picture", ["pictures", "sample-text.jpg", "empty"], True, "saved; an `img` without source"),
    ("truncated", ["pictures", "sample-truncated.jpg", "lost"], True, "saved; the page links a missing file"),
    ("formats", ["pictures", "sample-photo.tiff", "same"], False, "AVIF"),
    ("page_again", ["page", "again"], {"queries": 1, "storage": {"open": 2}}, "1 query, 2 storage calls"),
    ("changed", ["changed", "at_once"], "file missing", "broken: file missing"),
    ("updated", ["changed", "update"], "ImportError", "fails: ImportError"),
    ("old_size", ["changed", "old_files"], 1, "stay"),
    ("rolled_back", ["rolled_back", "left"], 1, "page as before, an unused thumbnail stays"),
    ("rolled_back", ["rolled_back", "same"], False, "page broken (file missing)"),
    ("command", ["command", "raised"], "ImportError", "`generate_thumbnails` fails: ImportError"),
]


@pytest.mark.parametrize(("cell", "where", "answer", "words"), WORSE)
def test_a_worse_answer_gives_another_cell(comparison, answered, cell, where, answer, words):
    ours = answered["answers"]["advthumb"]
    tell = getattr(comparison, cell)
    changed = deepcopy(ours)
    *path, last = where
    place = changed
    for name in path:
        place = place[name]
    place[last] = answer
    assert tell(changed).startswith(words)
    assert tell(changed) != tell(ours)
