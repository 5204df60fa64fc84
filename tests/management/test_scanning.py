"""How rows are scanned: in the order of any primary key, while others write, and at what cost."""

import tracemalloc
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from advthumb.core.detection import Verdict
from advthumb.management import scanning
from advthumb.management.bulk import Run
from advthumb.management.run_options import RunOptions
from advthumb.management.selection import choose
from tests.conftest import upload
from tests.testapp.models import Gallery, Hidden, Page, Photo, Place, Plot, Restaurant

from .commands import GENERATE, REGENERATE, fresh_name, report

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.costs]

PHOTO = Photo._meta.get_field("thumbnail")


def insert_fresh_photos(count):
    """Insert rows with thumbnails that are fresh by their names, without files."""
    names = [f"images/photo-{number:06}.jpg" for number in range(count)]
    Photo.objects.bulk_create(
        (Photo(image=name, thumbnail=fresh_name(PHOTO, name)) for name in names), batch_size=1000
    )


def keys_of_rows(model):
    """Return the keys of all rows that a scan of a model yields."""
    (selection,) = choose([model._meta.label], "thumbnail")
    return [row.pk for row in scanning.Scan(selection, "name", everything=True).checked(1)]


NUMBERS = (3, 2, 11, 5, 7, 23, 13)


@pytest.mark.parametrize("chunk", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize(
    ("model", "keys"),
    [
        (Photo, [{"pk": number} for number in NUMBERS]),
        (Hidden, [{"pk": UUID(int=number << 96)} for number in NUMBERS]),
        (Page, [{"pk": f"page {number}"} for number in NUMBERS]),
        (Plot, [{"block": "ab"[number % 2], "number": number} for number in NUMBERS]),
        (Restaurant, [{"pk": number} for number in NUMBERS]),
    ],
    ids=["integer", "uuid", "text", "composite", "child"],
)
def test_every_row_comes_once_whatever_its_key(model, keys, chunk, monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", chunk)
    for key in keys:
        model(**key).save(force_insert=True)
    if model is Restaurant:
        Place.objects.create(pk=1000)
    found = keys_of_rows(model)
    assert len(found) == len(keys)
    assert set(found) == set(model._base_manager.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (Hidden, {}),
        (Page, {"pk": "cover"}),
        (Plot, {"block": "a", "number": 1}),
    ],
)
def test_rows_of_any_key_are_made_and_found_fresh(model, key):
    row = model(image=upload(), **key)
    row.save(force_insert=True)
    model._base_manager.update(thumbnail="")
    assert report(GENERATE).outcomes == {"made": 1}
    assert model._base_manager.get().thumbnail
    assert report(GENERATE, "--force").outcomes == {"made": 1}
    assert report(GENERATE).outcomes == {"left": 1}


def test_a_non_numeric_key_is_reported_in_json():
    plot = Plot(block="a", number=1, image="images/none.jpg")
    plot.save(force_insert=True)
    hidden = Hidden(image="images/none.jpg")
    hidden.save(force_insert=True)
    for model in (Plot, Hidden):
        model._base_manager.update(thumbnail="")
    done = report(GENERATE, "--dry-run")
    assert {str(row["pk"]) for row in done.json["rows"]} == {"['a', 1]", str(hidden.pk)}


def test_rows_inserted_or_deleted_meanwhile_make_no_other_row_skipped(monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", 2)
    for number in range(10, 16):
        Photo(pk=number).save(force_insert=True)
    (selection,) = choose(["testapp.Photo"])
    found = []
    for row in scanning.Scan(selection, "name", everything=True).checked(1):
        found.append(row.pk)
        if row.pk == 11:
            Photo.objects.filter(pk__in=[10, 11, 14]).delete()
            Photo(pk=1).save(force_insert=True)
            Photo(pk=99).save(force_insert=True)
    assert found == [10, 11, 12, 13, 15, 99]


@pytest.mark.parametrize("command", [GENERATE, REGENERATE])
def test_fresh_rows_stay_in_the_database_and_cost_no_storage_call(command, calls):
    """One query finds the rows that are not fresh; another counts the fresh ones."""
    insert_fresh_photos(3000)
    calls.clear()
    with CaptureQueriesContext(connection) as queries:
        done = report(command, "--verify", "name", "--model", "testapp.Photo")
    assert done.verdicts == {"fresh": 3000}
    assert done.json["scanned"] == 3000
    assert len(queries) == 2
    assert not calls


def test_checking_rows_costs_one_query_per_chunk(monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", 100)
    insert_fresh_photos(201)
    with CaptureQueriesContext(connection) as queries:
        done = report(GENERATE, "--verify", "stat", "--dry-run", "--model", "testapp.Photo")
    assert done.verdicts == {"lost": 201}
    assert len(queries) == 3


def test_checking_a_fresh_row_loads_no_instance(monkeypatch):
    insert_fresh_photos(3)
    loaded = []
    monkeypatch.setattr(Photo, "from_db", classmethod(lambda *_: loaded.append(1)))
    assert report(REGENERATE, "--verify", "name").verdicts == {"fresh": 3}
    assert report(REGENERATE, "--verify", "content").verdicts == {"lost": 3}
    assert loaded == []


def test_a_source_whose_content_is_in_doubt_is_read_once_for_all_its_thumbnails(calls):
    Gallery.objects.create(image=upload())
    calls.clear()
    assert report(REGENERATE, "--verify", "content").verdicts == {"fresh": 3}
    assert calls["open"] == 1


def test_a_due_row_is_loaded_once_and_written_once():
    Gallery.objects.create(image=upload())
    Gallery.objects.update(small="", square="", webp="")
    with CaptureQueriesContext(connection) as queries:
        assert report(GENERATE, "--model", "testapp.Gallery").outcomes == {"made": 3}
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "SELECT", "UPDATE"]


def test_memory_stays_flat():
    """Holding the values of all these rows at once would take 3.5 MB."""
    insert_fresh_photos(12_000)
    selections = choose(["testapp.Photo"])
    tracemalloc.start()
    try:
        options = RunOptions(frozenset(Verdict), force=True, verify="name", dry_run=True)
        rows = sum(step.looked_at for step in Run(options).steps(selections))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 12_000
    assert peak < 2_500_000
