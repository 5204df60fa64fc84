"""What the commands print: lines for a person, or one JSON document for a program."""

import json

import pytest

from tests.testapp.models import Gallery, Photo

from .commands import GENERATE, broken_photo, photo, report, run, wiped

pytestmark = pytest.mark.django_db(transaction=True)


def test_json_is_one_document_with_the_documented_keys():
    row = broken_photo()
    wiped(Gallery, "small")
    done = report(GENERATE)
    document = json.loads(done.out)
    assert set(document) == {
        "rows",
        "dry_run",
        "interrupted",
        "seconds",
        "rate",
        "workers",
        "phases",
        "scanned",
        "verdicts",
        "outcomes",
        "fields",
    }
    assert document["rows"] == [
        {
            "field": "testapp.Photo.thumbnail",
            "database": "default",
            "pk": row.pk,
            "source": row.image.name,
            "verdict": "failed",
            "outcome": "failed",
            "reason": "this source already failed at this spec",
        }
    ]
    assert document["scanned"] == 2
    assert document["seconds"] > 0
    assert document["rate"] > 0
    assert document["workers"] >= 1
    assert set(document["phases"]) == {"read", "render", "store", "database"}
    assert all(seconds >= 0 for seconds in document["phases"].values())
    assert {entry["field"]: entry["outcomes"]["made"] for entry in document["fields"]} == {
        "testapp.Photo.thumbnail": 0,
        "testapp.Gallery.small": 1,
        "testapp.Gallery.square": 0,
        "testapp.Gallery.webp": 0,
    }
    for key in ("verdicts", "outcomes"):
        for word, count in document[key].items():
            assert count == sum(entry[key][word] for entry in document["fields"])


def test_json_lists_what_was_made_at_verbosity_2():
    wiped(Photo)
    assert [row["outcome"] for row in report(GENERATE, "--verbosity", "2").json["rows"]] == ["made"]


def test_text_says_nothing_of_single_rows_that_went_well():
    wiped(Photo)
    photo()
    lines = run(GENERATE).out.splitlines()
    assert lines[0] == "testapp.Photo.thumbnail: 1 fresh, 1 missing; 1 made"
    assert lines[1].startswith("2 rows in ")
    assert lines[1].endswith(" made/s): 1 fresh, 1 missing; 1 made")
    assert len(lines) == 2


def test_text_lists_what_was_made_at_verbosity_2():
    row = wiped(Photo)
    done = run(GENERATE, "--verbosity", "2")
    assert f"testapp.Photo.thumbnail pk={row.pk}: made (missing): the row has no thumbnail\n" in done.out


def test_verbosity_0_tells_failures_only():
    wiped(Photo)
    row = broken_photo()
    done = run(GENERATE, "--verbosity", "0")
    assert done.out == ""
    assert f"testapp.Photo.thumbnail pk={row.pk}: failed" in done.err


def test_an_empty_table_is_nothing_to_do():
    done = run(GENERATE)
    assert done.code == 0
    assert done.out.endswith(": no thumbnails; nothing to do\n")
