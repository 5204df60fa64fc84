"""`thumbnail_status --format prometheus`, read by the parser of the Prometheus client."""

import time
from types import SimpleNamespace

import pytest

from advthumb.core.detection import Level, Verdict
from advthumb.management.reporting import Tally
from advthumb.management.status_formats import FORMATS, FieldCount, Status
from tests.conftest import upload
from tests.testapp.models import Photo

from .commands import photo, run
from .test_scanning import insert_fresh_photos

parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

STATUS = ("thumbnail_status", "--model", "testapp.Photo", "--format", "prometheus")


def families(text):
    """Return the metrics by name; the parser refuses what is no metric."""
    return {family.name: family for family in parser.text_string_to_metric_families(text)}


def counted(text):
    """Return the labels and values of the counts that are not zero."""
    samples = families(text)["advthumb_thumbnails"].samples
    return [(sample.labels, sample.value) for sample in samples if sample.value]


def test_there_is_a_sample_of_each_verdict_with_its_field_database_and_level():
    Photo.objects.create(image=upload())
    photo(thumbnail="")
    text = run(*STATUS, "--verify", "name").out
    labels = {"field": "testapp.Photo.thumbnail", "database": "default", "level": "name"}
    assert counted(text) == [(labels | {"verdict": "fresh"}, 1), (labels | {"verdict": "missing"}, 1)]
    verdicts = [sample.labels["verdict"] for sample in families(text)["advthumb_thumbnails"].samples]
    assert verdicts == [verdict.value for verdict in Verdict]


def test_every_metric_has_a_help_text_and_is_a_gauge():
    text = run(*STATUS).out
    found = families(text)
    assert set(found) == {
        "advthumb_thumbnails",
        "advthumb_unread_tables",
        "advthumb_status_duration_seconds",
        "advthumb_status_timestamp_seconds",
    }
    assert all(family.documentation and family.type == "gauge" for family in found.values())
    assert text.endswith("\n")
    assert found["advthumb_status_timestamp_seconds"].samples[0].value == pytest.approx(time.time(), abs=60)
    assert found["advthumb_status_duration_seconds"].samples[0].value > 0
    assert found["advthumb_unread_tables"].samples[0].value == 0


def test_the_database_is_a_label():
    photo_elsewhere = Photo(image=upload())
    photo_elsewhere.save(using="other")
    [(labels, value)] = counted(run(*STATUS, "--database", "other").out)
    assert (labels["field"], labels["database"], value) == ("testapp.Photo.thumbnail", "other", 1)


def test_the_metrics_of_shards_are_told_apart():
    insert_fresh_photos(5)
    found = [counted(run(*STATUS, "--verify", "name", "--shard", f"{number}/2").out) for number in (1, 2)]
    assert [[(labels["shard"], value) for labels, value in each] for each in found] in (
        [[("1/2", 2)], [("2/2", 3)]],
        [[("1/2", 3)], [("2/2", 2)]],
    )
    text = run(*STATUS, "--shard", "1/2").out
    assert families(text)["advthumb_unread_tables"].samples[0].labels == {"shard": "1/2"}


def test_labels_are_escaped():
    name, tally = 'a "quoted"\\name\nof two lines', Tally()
    tally.add(Verdict.FRESH, Level.NAME)
    unread = [(SimpleNamespace(), "reason")]
    status = Status([FieldCount(name, "default", Level.NAME, tally)], unread, "name", None, 0.5, 1.0)
    text = "\n".join(FORMATS["prometheus"](status)) + "\n"
    [(labels, _)] = counted(text)
    assert labels["field"] == name
    assert families(text)["advthumb_unread_tables"].samples[0].value == 1


def test_the_exit_code_is_that_of_fail_on_and_the_metrics_are_printed():
    photo(thumbnail="")
    done = run(*STATUS, "--fail-on", "missing")
    assert done.code == 1
    assert len(counted(done.out)) == 1


@pytest.mark.parametrize("options", [["--format", "xml"], ["--format", "text", "--json"]])
def test_formats_that_do_not_exist_or_contradict_are_refused(options):
    done = run("thumbnail_status", *options)
    assert done.code == 1
    assert "choose" in done.err


def test_json_is_also_a_format():
    assert run("thumbnail_status", "--format", "json").json == run("thumbnail_status", "--json").json
