"""`--enqueue` on the commands."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import upload
from tests.fields.conftest import in_database
from tests.testapp.models import Gallery, Photo, Plot

from .conftest import BACKENDS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _inline_by_default(queue, settings):
    settings.ADVANCE_THUMBNAIL_MODE = "inline"


def run(command, *words, model="Photo"):
    out = StringIO()
    options = {"stdout": out, "stderr": StringIO(), "workers": 1, "enqueue": True}
    call_command(command, "--model", f"testapp.{model}", *words, **options)
    return out.getvalue()


def photos(count):
    """Create rows whose thumbnails are missing."""
    rows = [Photo.objects.create(image=upload()) for _ in range(count)]
    Photo.objects.update(thumbnail="")
    return rows


@pytest.mark.parametrize("command", ["generate_thumbnails", "sync_thumbnails"])
def test_a_task_is_enqueued_for_each_row_and_the_number_is_printed(queue, stored, command):
    photos(3)
    before = stored()
    assert "3 missing; 3 enqueued" in run(command)
    assert stored() == before
    assert len(queue) == 3
    assert queue.run_all() == [{"thumbnail": "made"}] * 3
    assert "3 fresh" in run(command)


def test_thumbnails_of_one_source_are_one_task(queue):
    Gallery.objects.create(image=upload())
    Gallery.objects.update(small="", square="", webp="")
    run("generate_thumbnails", model="Gallery")
    assert [kwargs["fields"] for kwargs in queue.kwargs] == [["small", "square", "webp"]]


def test_the_same_command_again_enqueues_nothing(queue):
    photos(2)
    run("generate_thumbnails")
    assert "2 waiting" in run("generate_thumbnails")
    assert len(queue) == 2


def test_force_makes_each_thumbnail_again_once(queue):
    photo = Photo.objects.create(image=upload())
    name = photo.thumbnail.name
    run("regenerate_thumbnails", "--force")
    assert queue.run(keep=True) == {"thumbnail": "made"}
    again = in_database(photo).thumbnail.name
    assert again != name
    assert queue.run() == {"thumbnail": "left"}
    assert in_database(photo).thumbnail.name == again


def test_a_thumbnail_of_version_2_is_made_again(queue, media):
    photo = Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="thumbnails/a_thumbnail.jpg")
    (media / "thumbnails").mkdir(exist_ok=True)
    (media / "thumbnails/a_thumbnail.jpg").write_bytes(b"old")
    assert "1 unknown; 1 enqueued" in run("regenerate_thumbnails")
    assert queue.run() == {"thumbnail": "made"}
    assert in_database(photo).thumbnail.name != "thumbnails/a_thumbnail.jpg"


def test_a_row_without_a_source_is_cleared_by_a_task(queue):
    Photo.objects.create(image=upload())
    Photo.objects.update(image="")
    run("sync_thumbnails")
    queue.run()
    assert not Photo.objects.get().thumbnail


def test_limit_counts_rows_with_tasks(queue):
    photos(3)
    run("generate_thumbnails", "--limit", "2")
    assert len(queue) == 2


def test_a_dry_run_enqueues_nothing(queue):
    photos(1)
    assert "1 due" in run("generate_thumbnails", "--dry-run")
    assert not len(queue)


def test_json_counts_and_lists_them(queue):
    photos(1)
    document = json.loads(run("generate_thumbnails", "--json", "--verbosity", "2"))
    assert document["outcomes"]["enqueued"] == 1
    assert [row["outcome"] for row in document["rows"]] == ["enqueued"]


def test_a_composite_key(queue):
    plot = Plot(pk=("A", 1), image=upload())
    plot.save()
    Plot.objects.update(thumbnail="")
    run("generate_thumbnails", model="Plot")
    assert queue.run() == {"thumbnail": "made"}


def test_a_broker_that_is_down_stops_the_command(queue, monkeypatch):
    photos(2)
    tried = []

    def refuse(*_args, **_kwargs):
        tried.append(1)
        raise ConnectionError("the broker is down")

    monkeypatch.setattr(f"{BACKENDS}.dummy.DummyBackend.enqueue", refuse)
    with pytest.raises(CommandError, match=r"No task could be enqueued.*the broker is down"):
        run("generate_thumbnails")
    assert len(tried) == 1
