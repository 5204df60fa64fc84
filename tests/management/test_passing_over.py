"""Rows that are certainly fresh are counted in a tight loop and not assessed one by one."""

import os

import pytest
from django.core.cache import caches
from django.core.files.storage import default_storage

from advthumb.inspection import Inspector
from advthumb.management import scanning
from advthumb.management.bulk import Run
from advthumb.management.run_options import RunOptions
from advthumb.management.scanning import PassedOver, Scan
from advthumb.management.selection import choose
from tests.conftest import made_later, upload
from tests.testapp.models import Gallery, Photo

from .commands import GENERATE, REGENERATE, report, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _django_s_own_storage(settings):
    settings.STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}


@pytest.fixture
def assessed(monkeypatch):
    """Return a list of the sources that are assessed one by one."""
    names = []
    assess = Inspector.assess

    def noting(self, source, *args):
        names.append(source and source.name)
        return assess(self, source, *args)

    monkeypatch.setattr(Inspector, "assess", noting)
    return names


def photos(count):
    rows = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(count)]
    made_later(*(row.thumbnail for row in rows))
    return rows


def scanned(model, **options):
    """Return what a scan at level `stat` yields: keys, and counts of the rows that it passed over."""
    (selection,) = choose([model._meta.label])
    rows = Scan(selection, "stat", **options).checked(1)
    return [row._replace(fresh=dict(row.fresh)) if isinstance(row, PassedOver) else row.pk for row in rows]


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_fresh_rows_are_counted_in_order(chunk, monkeypatch, assessed):
    monkeypatch.setattr(scanning, "CHUNK", chunk)
    rows = photos(5)
    default_storage.delete(rows[2].thumbnail.name)
    found = scanned(Photo)
    assert [row for row in found if not isinstance(row, PassedOver)] == [rows[2].pk]
    before, after = found[: found.index(rows[2].pk)], found[found.index(rows[2].pk) + 1 :]
    assert [sum(passed.rows for passed in part) for part in (before, after)] == [2, 2]
    assert assessed == [rows[2].image.name]


def test_a_row_with_one_doubtful_thumbnail_is_fully_assessed(assessed):
    rows = [Gallery.objects.create(image=upload(f"{number}.jpg")) for number in range(2)]
    for row in rows:
        made_later(row.small, row.square, row.webp)
    default_storage.delete(rows[1].square.name)
    assert report(GENERATE, "--dry-run").verdicts == {"fresh": 5, "lost": 1}
    assert assessed == [rows[1].image.name] * 3


def test_a_row_without_anything_is_counted_and_has_no_verdict():
    photos(1)
    Photo.objects.create()
    done = report(REGENERATE)
    assert (done.json["scanned"], done.verdicts) == (2, {"fresh": 1})


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (lambda row: Photo.objects.filter(pk=row.pk).update(thumbnail=""), "missing"),
        (lambda row: Photo.objects.filter(pk=row.pk).update(image=""), "orphaned"),
        (lambda row: Photo.objects.filter(pk=row.pk).update(image=None), "orphaned"),
        (lambda row: default_storage.delete(row.thumbnail.name), "lost"),
        (lambda row: default_storage.delete(row.image.name), "failed"),
    ],
    ids=["no thumbnail", "no source", "null", "thumbnail lost", "source lost"],
)
def test_stale_rows_are_found_among_fresh_ones(spoil, verdict):
    spoil(photos(3)[1])
    assert report(REGENERATE, "--dry-run").verdicts == {"fresh": 2, verdict: 1}
    assert f"2 fresh (by stat), 1 {verdict}" in run("thumbnail_status", "--model", "testapp.Photo").out


def test_a_limited_run_counts_rows_up_to_where_it_stopped():
    rows = photos(6)
    Photo.objects.filter(pk__in=[rows[1].pk, rows[4].pk]).update(thumbnail="thumbnails/by-hand.jpg")
    for name in ("thumbnails/by-hand.jpg",):
        default_storage.save(name, upload())
    done = report(REGENERATE, "--limit", "1", "--dry-run")
    assert (done.json["scanned"], done.verdicts) == (2, {"fresh": 1, "unknown": 1})


def test_a_run_is_stopped_between_chunks_of_fresh_rows(monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", 2)
    photos(6)
    (selection,) = choose(["testapp.Photo"])
    going = Run(RunOptions(frozenset()))
    seen = 0
    for step in going.steps([selection]):
        seen += step.looked_at
        going.stop.set()
    assert seen == 2


@pytest.mark.parametrize("options", [("--force",), ("--clear-cache",), ("--verify", "content")])
def test_options_that_need_every_row_skip_none(options, assessed):
    photos(2)
    report(REGENERATE, "--dry-run", *options)
    assert len(assessed) == 2


def test_a_fresh_row_costs_two_system_calls_and_no_cache_call(settings, monkeypatch):
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.CountingCache"}}
    photos(3)
    stat, checked = os.stat, []
    with monkeypatch.context() as counted:
        counted.setattr(os, "stat", lambda path, **rest: checked.append(path) or stat(path, **rest))
        assert [row.rows for row in scanned(Photo)] == [3]
    assert len(checked) == 2 * 3
    assert not caches["default"].calls
