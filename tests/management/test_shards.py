"""`--shard K/N`: machines share a table, and each row belongs to exactly one of them."""

from uuid import UUID

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advthumb.management import scanning
from advthumb.management.selection import choose
from advthumb.management.shards import Shard
from tests.conftest import upload
from tests.testapp.models import Hidden, Page, Photo, Place, Plot, Restaurant

from .commands import ALL, GENERATE, REGENERATE, report, rows_without_thumbnails, run
from .resuming import FORCED, PHOTOS, made_by, printed
from .test_scanning import insert_fresh_photos

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = (Photo, Hidden, Page, Plot)
"""Keys that are whole numbers, UUIDs, texts, and two columns."""

WHOLE = st.integers(-(2**63), 10**6) | st.integers(-50, 50)
"""Not up to the largest: SQLite would have no keys left for the rows of other tests."""
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=9).map(str.strip)


def keys_in(model, shard):
    """Return the keys that a scan of one shard yields."""
    (selection,) = choose([model._meta.label], "thumbnail", shard=shard)
    return [row.pk for row in scanning.Scan(selection, "name", everything=True).checked(1)]


def shards(count):
    return [Shard(number, count) for number in range(1, count + 1)]


def rows_of(model, numbers, texts):
    """Return new rows of a model, whatever its keys are."""
    if model is Photo:
        return [Photo(pk=number) for number in numbers if number]  # MariaDB takes 0 for none
    if model is Hidden:
        return [Hidden(pk=key) for key in {UUID(int=number % 2**128, version=4) for number in numbers}]
    if model is Page:
        return [Page(pk=text) for text in {text.casefold(): text for text in texts}.values()]
    return [Plot(block="block", number=number) for number in {abs(number) % 2**31 for number in numbers}]


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.sets(WHOLE, max_size=30),
    texts=st.sets(TEXT, max_size=30),
    count=st.integers(1, 9),
    chunk=st.integers(1, 5),
)
def test_each_row_belongs_to_exactly_one_shard(model, numbers, texts, count, chunk, monkeypatch):
    if connection.vendor == "mysql":  # whose collation finds some texts equal that Python does not
        texts = {text.encode("ascii", "ignore").decode().strip() for text in texts}
    monkeypatch.setattr(scanning, "CHUNK", chunk)
    model._base_manager.all()._raw_delete("default")
    model._base_manager.bulk_create(rows_of(model, numbers, texts))
    found = [key for shard in shards(count) for key in keys_in(model, shard)]
    assert len(found) == len(set(found))
    assert set(found) == set(model._base_manager.values_list("pk", flat=True))


def test_a_negative_key_is_in_the_shard_of_its_remainder():
    Photo.objects.bulk_create(Photo(pk=number) for number in (-4, -3, -2, -1, 1, 2, 3))
    assert [keys_in(Photo, shard) for shard in shards(3)] == [[-3, 3], [-2, 1], [-4, -1, 2]]


def test_the_key_of_a_child_is_that_of_its_parent():
    for number in range(1, 8):
        Restaurant.objects.create(pk=number)
    assert keys_in(Restaurant, Shard(1, 2)) == keys_in(Place, Shard(1, 2)) == [2, 4, 6]


@pytest.mark.parametrize("model", MODELS)
def test_the_shards_of_a_table_are_about_equally_large(model):
    numbers = range(1, 1001)
    model._base_manager.bulk_create(rows_of(model, numbers, [f"page {number}" for number in numbers]))
    assert all(200 <= len(keys_in(model, shard)) <= 300 for shard in shards(4))


@pytest.mark.parametrize("command", ALL)
def test_machines_with_different_shards_make_each_row_once(command, six):
    made = [made_by(command, *PHOTOS, "--force", "--shard", f"{number}/3")[0] for number in (1, 2, 3)]
    assert sorted(pk for pks in made for pk in pks) == six
    assert [len(pks) for pks in made] == [2, 2, 2]


def test_a_stopped_run_of_a_shard_prints_a_command_that_continues_the_same_shard(six):
    made, done = made_by(*FORCED, "--shard", "1/2", "--limit", "1")
    caches["default"].clear()
    rest = [pk for pk in six if pk % 2 == 0]
    assert made == rest[:1]
    assert made_by(*printed(done))[0] == rest[1:2]
    assert made_by(*FORCED, "--shard", "1/2", "--after", str(rest[1]))[0] == rest[2:]


def test_each_shard_remembers_its_own_position(six):
    odd, even = ([pk for pk in six if pk % 2 == remainder] for remainder in (1, 0))
    for number in range(3):
        assert made_by(*FORCED, "--shard", "1/2", "--limit", "1")[0] == [even[number]]
        assert made_by(*FORCED, "--shard", "2/2", "--limit", "1")[0] == [odd[number]]
    assert made_by(*FORCED, "--limit", "1")[0] == six[:1]


def test_a_shard_is_counted_by_itself():
    insert_fresh_photos(1000)
    with CaptureQueriesContext(connection) as queries:
        done = report(GENERATE, *PHOTOS, "--verify", "name", "--shard", "1/4")
    assert (done.json["scanned"], done.verdicts) == (250, {"fresh": 250})
    assert len(queries) == 2
    assert done.json["shard"] == "1/4"
    assert report(GENERATE, *PHOTOS, "--verify", "name").json["shard"] is None


def test_a_shard_is_read_in_batches(monkeypatch):
    monkeypatch.setattr(scanning, "CHUNK", 10)
    insert_fresh_photos(100)
    with CaptureQueriesContext(connection) as queries:
        done = report(REGENERATE, *PHOTOS, "--verify", "stat", "--dry-run", "--shard", "2/4")
    assert done.verdicts == {"lost": 25}
    assert len(queries) == 3
    assert all("LIMIT 10" in query["sql"] for query in queries)


def test_the_output_says_that_only_a_shard_was_processed():
    rows_without_thumbnails(4)
    assert "2 rows of shard 2/2 in " in run(GENERATE, *PHOTOS, "--shard", "2/2").out
    assert "4 rows in " in run(GENERATE, *PHOTOS).out


def test_status_counts_the_rows_of_a_shard():
    insert_fresh_photos(9)
    counted = report("thumbnail_status", *PHOTOS, "--verify", "name", "--shard", "2/3").json
    assert (counted["shard"], counted["total"]["fresh"]) == ("2/3", 3)
    text = run("thumbnail_status", *PHOTOS, "--verify", "name", "--shard", "2/3").out
    assert text.startswith("Only shard 2/3 of each table:")
    assert "3 fresh" in text


@pytest.mark.parametrize("value", ["0/4", "5/4", "1/0", "1", "a/b", "-1/4", "1/2/3", "1/10001", ""])
def test_a_value_that_is_no_shard_is_refused(value):
    done = run(GENERATE, f"--shard={value}")
    assert (done.code, done.out) == (1, "")
    assert "give K/N" in done.err
    assert run("thumbnail_status", f"--shard={value}").code == 1


def test_prune_refuses_a_shard_and_says_what_to_do(stored):
    row = Photo.objects.create(image=upload())
    Photo.objects.filter(pk=row.pk)._raw_delete("default")
    done = run("prune_thumbnails", "--shard", "1/2", "--delete", "--older-than", "0s")
    assert done.code == 1
    assert "--folder" in done.err
    assert stored("thumbnails/") == [row.thumbnail.name]
