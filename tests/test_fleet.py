"""The cost model of `benchmarks/bench_fleet.py`, and what a machine of it does."""

from pathlib import Path
from types import SimpleNamespace

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PICTURE = {
    "processor_seconds": 0.04,
    "reads": 1,
    "writes": 1,
    "call_seconds": 0.05,
    "main_seconds": 0.001,
    "database_seconds": 0.002,
}


@pytest.fixture(autouse=True)
def _modules(monkeypatch):
    """Let tests import the modules of the benchmarks."""
    monkeypatch.syspath_prepend(BENCHMARKS)


def estimate(pictures, machines=1, processors=8, threads=24, processes=1, **cost):
    from fleet import costs

    machine = costs.Machine(processors, threads, processes)
    return costs.estimate(pictures, costs.PictureCost(**PICTURE | cost), machine, machines, costs.Prices())


@pytest.mark.parametrize(
    ("pictures", "processor_hours", "requests", "dollars", "hours"),
    [
        (10**6, 11.1, 2 * 10**6, 5.4, [1.39, 0.139, 0.0139]),
        (10**8, 1111, 2 * 10**8, 540, [139, 13.9, 1.39]),
        (10**9, 11111, 2 * 10**9, 5400, [1389, 138.9, 13.89]),
    ],
)
def test_what_tables_cost_fleets(pictures, processor_hours, requests, dollars, hours):
    for machines, expected in zip((1, 10, 100), hours, strict=True):
        found = estimate(pictures, machines)
        assert found.hours == pytest.approx(expected, rel=0.01)
        assert found.processor_hours == pytest.approx(processor_hours, rel=0.01)
        assert found.requests == requests
        assert found.request_price == pytest.approx(dollars)
        assert found.limit == "processors"


def test_the_slowest_part_decides():
    assert estimate(1000).limit == "processors"
    slow = estimate(1000, call_seconds=0.5)
    assert (slow.limit, slow.rows_per_second) == ("storage", pytest.approx(24))
    slow = estimate(1000, main_seconds=0.1)
    assert (slow.limit, slow.rows_per_second) == ("main threads", pytest.approx(10))
    assert estimate(1000, processes=3, main_seconds=0.1).rows_per_second == pytest.approx(30)


def test_more_of_what_is_short_makes_it_faster_and_more_of_the_rest_does_not():
    before = estimate(1000, call_seconds=0.01).rows_per_second
    assert estimate(1000, processors=16, call_seconds=0.01).rows_per_second == pytest.approx(2 * before)
    assert estimate(1000, threads=48, call_seconds=0.01).rows_per_second == pytest.approx(before)


def test_machines_load_the_database_with_each_row_once():
    one, ten = estimate(1000), estimate(1000, machines=10)
    assert ten.rows_per_second == pytest.approx(10 * one.rows_per_second)
    assert ten.database_connections == pytest.approx(10 * one.database_connections)
    assert one.database_connections == pytest.approx(one.rows_per_second * 0.002)
    assert (one.processor_hours, one.requests) == (ten.processor_hours, ten.requests)


def test_the_cost_of_a_picture_is_that_of_its_run():
    import bench_fleet

    total = {
        "made": 10,
        "processor": 2,
        "reads": 10,
        "writes": 20,
        "main": 0.5,
        "database": 0.2,
        "seconds": 9,
    }
    each = bench_fleet.cost_of(total, 0.05)
    assert (each.processor_seconds, each.reads, each.writes) == (0.2, 1, 2)
    assert (each.call_seconds, each.main_seconds, each.database_seconds) == (0.05, 0.05, 0.02)


def test_estimates_are_for_three_tables_and_three_fleets():
    from fleet import tables
    from fleet.costs import PictureCost

    found = list(tables.estimates(PictureCost(**PICTURE)))
    assert [(pictures, machines) for pictures, machines, _ in found] == [
        (pictures, machines) for pictures in (10**6, 10**8, 10**9) for machines in (1, 10, 100)
    ]


def test_another_database_than_postgresql_is_refused():
    from django.core.exceptions import ImproperlyConfigured
    from fleet import services

    with pytest.raises(ImproperlyConfigured, match="no URL of a PostgreSQL server"), services.started("x", 0):
        pass


def test_calls_of_the_storage_are_counted_and_wait_in_every_thread(monkeypatch):
    pytest.importorskip("storages.backends.s3", reason="django-storages[s3] is not installed")
    from fleet import storage as fleet_storage

    waits = []
    monkeypatch.setattr(fleet_storage.time, "sleep", waits.append)
    storage = fleet_storage.SlowStorage(bucket_name="b", access_key="a", secret_key="s", call_seconds=0.05)
    before = fleet_storage.calls["GET"]
    for _ in range(2):  # a session for each thread
        events = storage._create_session().events
        events.emit("before-send.s3.GetObject", request=SimpleNamespace(method="GET"))
    assert fleet_storage.calls["GET"] - before == 2
    assert waits == [0.05, 0.05]


def test_the_model_counts_the_processor_time_of_the_storage_on_this_computer(monkeypatch):
    import bench_fleet

    monkeypatch.setattr(bench_fleet, "available_cpus", lambda: 2)
    total = {
        "made": 10,
        "processor": 0.2,
        "service": 0.2,
        "reads": 10,
        "writes": 10,
        "main": 0,
        "database": 0,
    }
    assert bench_fleet.modelled(total | {"threads": 100}, 0.05, 1) == (pytest.approx(50), "processors")
    assert bench_fleet.modelled(total | {"threads": 4}, 0.05, 2) == (pytest.approx(40), "storage")


def test_the_page_compares_the_model_with_the_runs_and_estimates_from_their_costs():
    from fleet import tables
    from harness.measuring import Figure
    from harness.results import Report, Row

    speed = Row(tables.fleet(2), "rows/s", {"measured": Figure.of([41.66]), "model": Figure.of([45])})
    speed.remarks["model"] = "processors"
    calls = Row("2 machines: calls", "", {"measured": Figure.of([2])})
    machine = {"cores": 2, "cpu": "C"}
    versions = {"Python": "3", "Django": "5", "Pillow": "13"}
    known = {"date": "D", "commit": "C", "changed_since": False, "machine": machine, "versions": versions}
    report = Report("fleet", True, [speed, calls], facts=known | {"picture": PICTURE})
    assert "| 2 machines | 41.7 | 45 | processors |\n\nMeasured: D" in tables.runs(report)
    text = tables.costs(report)
    assert "costs 40 ms of a processor, 1.0 reads and 1.0 writes of 50 ms each, 1 ms of a main thread" in text
    assert "| 1,000,000 | 1 | 1.4 | 11 | 2,000,000 | 5 | 200 | 0.40 |" in text
