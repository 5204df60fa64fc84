"""The options for how a command checks: `--dry-run`, `--clear-cache` and `--verify`."""

import os
import time

import pytest
from django.core.cache import caches
from django.core.files.storage import default_storage

from tests.conftest import made_later, upload
from tests.testapp.models import Article, Photo, Remote

from .commands import ALL, GENERATE, REGENERATE, SYNC, broken_photo, photo, report, run, wiped

pytestmark = pytest.mark.django_db(transaction=True)


# --dry-run


class EverythingWritten:
    """All files with their content and time, all rows and all cache entries."""

    def __init__(self, media):
        self.files = {
            path: (path.read_bytes(), path.stat().st_mtime_ns) for path in media.rglob("*") if path.is_file()
        }
        self.rows = list(Photo.objects.order_by("pk").values())
        self.cache = {key: bytes(value) for key, value in caches["default"]._cache.items()}


def touch(row):
    """Have the source of a row look as if it was written after its thumbnail: then it has to be read."""
    now = time.time()
    os.utime(row.thumbnail.path, (now - 7200, now - 7200))
    os.utime(row.image.path, (now - 3600, now - 3600))


def one_of_each(monkeypatch):
    """Save one photo for each verdict."""
    rows = {"spec-changed": photo("keep", name="old.jpg")}
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (30, 30))
    rows |= {name: photo(name=f"{name}.jpg") for name in ("fresh", "lost", "orphaned", "unknown")}
    rows |= {"source-changed": photo(), "missing": photo(""), "failed": broken_photo()}
    touch(rows["fresh"])
    default_storage.delete(rows["lost"].thumbnail.name)
    Photo.objects.filter(pk=rows["orphaned"].pk).update(image="")
    Photo.objects.filter(pk=rows["source-changed"].pk).update(
        image=default_storage.save("images/b.jpg", upload())
    )
    made_by_2 = default_storage.save("thumbnails/unknown_thumbnail.jpg", upload())
    Photo.objects.filter(pk=rows["unknown"].pk).update(thumbnail=made_by_2)
    return rows


@pytest.mark.parametrize("options", [(), ("--force",), ("--verify", "content"), ("--clear-cache",)])
@pytest.mark.parametrize("command", ALL)
def test_dry_run_changes_nothing(command, options, monkeypatch, media):
    one_of_each(monkeypatch)
    before = EverythingWritten(media)
    assert len(before.files) == 16
    assert len(before.cache) == 2  # a failure and its reason
    done = report(command, "--dry-run", *options)
    assert done.outcomes["due"] > 0
    assert done.code == 0
    seen = EverythingWritten(media)
    assert (seen.files, seen.rows) == (before.files, before.rows)
    # It may remember what it read and found unchanged, but it forgets nothing.
    assert before.cache.items() <= seen.cache.items()
    # Without --dry-run the same command changes all of them, so the comparison can fail.
    report(command, *options)
    after = EverythingWritten(media)
    assert after.files != before.files
    assert after.rows != before.rows


@pytest.mark.parametrize(
    ("command", "due"),
    [
        (GENERATE, {"missing", "lost"}),
        (REGENERATE, {"spec-changed", "source-changed", "unknown", "orphaned"}),
        (SYNC, {"missing", "lost", "spec-changed", "source-changed", "unknown", "orphaned"}),
    ],
)
def test_dry_run_gives_a_reason_per_row_and_says_what_the_run_will_do(command, due, monkeypatch):
    rows = one_of_each(monkeypatch)
    dry = report(command, "--dry-run")
    told = {row["pk"]: row["verdict"] for row in dry.json["rows"] if row["outcome"] == "due"}
    assert told == {row.pk: verdict for verdict, row in rows.items() if verdict in due}
    assert all(row["reason"] for row in dry.json["rows"])
    wet = report(command)
    assert wet.verdicts == dry.verdicts == dict.fromkeys(rows, 1)
    assert wet.outcomes.get("made", 0) + wet.outcomes.get("cleared", 0) == len(due)


def test_dry_run_in_words():
    row = wiped(Photo)
    done = run(GENERATE, "--dry-run")
    assert done.out.splitlines()[:3] == [
        f"testapp.Photo.thumbnail pk={row.pk}: due (missing): the row has no thumbnail",
        "testapp.Photo.thumbnail: 1 missing; 1 due",
        "Dry run: nothing was changed.",
    ]


# --clear-cache


def test_clear_cache_retries_recorded_failures():
    row = broken_photo()
    default_storage.delete(row.image.name)
    default_storage.save(row.image.name, upload())
    assert report(GENERATE, "--verify", "name").outcomes == {"failed": 1}
    assert report(GENERATE, "--verify", "name", "--clear-cache", "--dry-run").outcomes == {"due": 1}
    assert report(GENERATE, "--verify", "name").outcomes == {"failed": 1}
    assert report(GENERATE, "--verify", "name", "--clear-cache").outcomes == {"made": 1}


def test_clear_cache_clears_only_the_selected_rows():
    caches["default"].set("not-ours", 1)
    broken_photo()
    article = upload("article.jpg")
    article.truncate(len(article) // 2)
    Article.objects.create(image=article)
    assert len(caches["default"]._cache) == 5  # the record and the reason of each failure
    report(REGENERATE, "--clear-cache", "--model", "testapp.Photo")
    assert len(caches["default"]._cache) == 3
    assert caches["default"].get("not-ours") == 1
    assert report(GENERATE, "--dry-run").verdicts == {"missing": 1, "failed": 1}


# --verify


def test_verify_auto_does_not_call_a_remote_storage(monkeypatch):
    Remote.objects.create(image=upload())
    storage = Remote._meta.get_field("image").storage
    monkeypatch.setattr(storage, "broken", frozenset({"size", "exists", "open"}))
    done = report(REGENERATE)
    assert (done.code, done.verdicts) == (0, {"fresh": 1})


def test_an_unreachable_storage_makes_nothing_stale(monkeypatch, caplog):
    Remote.objects.create(image=upload())
    storage = Remote._meta.get_field("image").storage
    monkeypatch.setattr(storage, "broken", frozenset({"size", "exists", "open"}))
    done = report(REGENERATE, "--verify", "stat")
    assert (done.code, done.verdicts) == (0, {"fresh": 1})
    assert "judged by its name only" in caplog.text


def test_verify_name_does_not_detect_a_lost_file():
    default_storage.delete(photo().thumbnail.name)
    assert report(GENERATE, "--verify", "name").verdicts == {"fresh": 1}
    assert report(GENERATE, "--verify", "stat").verdicts == {"lost": 1}


def test_the_cache_is_read_only_for_sources_newer_than_their_thumbnails(settings):
    """A cache over a network costs a round trip for each call."""
    rows = [photo() for _ in range(5)]
    made_later(*(row.thumbnail for row in rows))
    touch(rows[0])
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.CountingCache"}}
    line = (REGENERATE, "--verify", "stat", "--model", "testapp.Photo")
    assert report(*line).verdicts == {"fresh": 5}
    assert caches["default"].calls == {"get": 1, "set": 1}
    caches["default"].calls.clear()
    assert report(*line).verdicts == {"fresh": 5}
    assert caches["default"].calls == {"get": 1}
