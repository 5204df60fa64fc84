"""What the commands print: lines for a person, or one JSON document for a program."""

import json
import re

import pytest
from django.core.management import load_command_class

from tests.conftest import upload
from tests.testapp.models import Gallery, Photo, Remote

from .commands import GENERATE, REGENERATE, SYNC, broken_photo, photo, report, run, wiped

pytestmark = pytest.mark.django_db(transaction=True)


def test_json_is_one_document_with_the_documented_keys():
    row = broken_photo()
    wiped(Gallery, "small")
    done = report(GENERATE)
    document = json.loads(done.out)
    assert set(document) == {
        "rows",
        "dry_run",
        "verify",
        "shard",
        "interrupted",
        "resumed_after",
        "continue_with",
        "seconds",
        "rate",
        "workers",
        "threads",
        "phases",
        "scanned",
        "verdicts",
        "outcomes",
        "fields",
        "unread",
        "advice",
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
    assert (document["verify"], document["resumed_after"], document["continue_with"]) == ("auto", None, None)
    assert {entry["level"] for entry in document["fields"]} == {"stat"}
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


def test_json_lists_new_thumbnails_at_verbosity_2():
    wiped(Photo)
    assert [row["outcome"] for row in report(GENERATE, "--verbosity", "2").json["rows"]] == ["made"]


def test_text_does_not_mention_successful_rows():
    wiped(Photo)
    photo()
    lines = run(GENERATE).out.splitlines()
    assert lines[0] == "testapp.Photo.thumbnail: 1 fresh (by stat), 1 missing; 1 made"
    assert lines[1].startswith("2 rows in ")
    assert lines[1].endswith(" made/s): 1 fresh (by stat), 1 missing; 1 made")
    assert len(lines) == 2


def test_one_row_is_reported_in_the_singular():
    wiped(Photo)
    assert run(GENERATE).out.splitlines()[1].startswith("1 row in ")


def test_text_lists_new_thumbnails_at_verbosity_2():
    row = wiped(Photo)
    done = run(GENERATE, "--verbosity", "2")
    assert f"testapp.Photo.thumbnail pk={row.pk}: made (missing): the row has no thumbnail\n" in done.out


def test_verbosity_0_reports_only_failures():
    wiped(Photo)
    row = broken_photo()
    done = run(GENERATE, "--verbosity", "0")
    assert done.out == ""
    assert f"testapp.Photo.thumbnail pk={row.pk}: failed" in done.err


def test_an_empty_table_gives_nothing_to_do():
    done = run(GENERATE)
    assert done.code == 0
    assert done.out.endswith(": no thumbnails; nothing to do\n")


# The level that was checked


@pytest.mark.parametrize("level", ["name", "stat", "content"])
def test_fresh_thumbnails_are_reported_with_the_level_that_was_checked(level):
    photo()
    done = run(GENERATE, "--verify", level)
    assert f"testapp.Photo.thumbnail: 1 fresh (by {level}); nothing to do" in done.out
    assert done.out.endswith(f": 1 fresh (by {level}); nothing to do\n")
    document = report(GENERATE, "--verify", level).json
    assert (document["verify"], document["fields"][0]["level"]) == (level, level)


def test_the_summary_counts_fresh_thumbnails_by_level_where_storages_differ():
    photo()
    photo()
    Remote.objects.create(image=upload())
    lines = run(GENERATE).out.splitlines()
    assert "testapp.Photo.thumbnail: 2 fresh (by stat); nothing to do" in lines
    assert "testapp.Remote.thumbnail: 1 fresh (by name); nothing to do" in lines
    assert lines[-1].endswith(": 3 fresh (1 by name, 2 by stat); nothing to do")
    levels = {entry["field"]: entry["level"] for entry in report(GENERATE).json["fields"]}
    assert levels == {"testapp.Photo.thumbnail": "stat", "testapp.Remote.thumbnail": "name"}


# Advice to run other commands


def test_regenerate_says_which_commands_make_missing_thumbnails():
    for _ in range(3):
        wiped(Photo)
    done = run(REGENERATE)
    assert "3 thumbnails are missing: run generate_thumbnails or sync_thumbnails.\n" in done.out
    assert report(REGENERATE).json["advice"] == [
        "3 thumbnails are missing: run generate_thumbnails or sync_thumbnails."
    ]


def test_generate_says_which_commands_make_stale_thumbnails():
    photo(thumbnail="thumbnails/a_thumbnail.jpg")
    Photo.objects.filter(pk=photo().pk).update(image="")
    done = run(GENERATE, "--verify", "name")
    assert "2 thumbnails are unknown or orphaned: run regenerate_thumbnails or sync_thumbnails.\n" in done.out


@pytest.mark.parametrize("command", [GENERATE, REGENERATE, SYNC])
def test_no_advice_is_printed_if_nothing_is_left(command):
    photo()
    assert report(command).json["advice"] == []


@pytest.mark.parametrize("command", [GENERATE, REGENERATE, SYNC])
def test_no_advice_is_printed_about_work_this_run_does(command):
    wiped(Photo)
    assert report(command, "--force").json["advice"] == []


@pytest.mark.parametrize("command", [GENERATE, REGENERATE, SYNC])
def test_the_help_of_each_command_names_the_other_two(command):
    words = set(re.findall(r"\w+_thumbnails", load_command_class("advthumb", command).help))
    assert words == {GENERATE, REGENERATE, SYNC} - {command}
